/** Finds the links in a text: `https://…`, `http://…` and `mailto:…` as they stand, and `[words](address)`. All else stays text. Pure. */
import { isMailAddress, isWebAddress } from './text.ts';

export interface TextPart {
  readonly text: string;
  /** Absolute, of a scheme that opens nothing but pages and mails; null: no link. */
  readonly href: string | null;
}

const LINK = /\[([^[\]\n]{1,500})\]\(([^\s()]{1,2000})\)|(?:https?:\/\/|mailto:)[^\s<>"]{1,2000}/gi;
/** What ends a sentence and not the address in it, closing quotation marks and the ellipsis among it. */
const TRAILING = /[.,:;!?'\u2019\u201d\u00bb\u2026]+$/;

export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  const add = (part: string, href: string | null) => {
    const last = parts.at(-1);
    if (part === '') return;
    if (href === null && last?.href === null) parts.splice(-1, 1, { text: last.text + part, href: null });
    else parts.push({ text: part, href });
  };
  let read = 0;
  for (const match of text.matchAll(LINK)) {
    add(text.slice(read, match.index), null);
    read = match.index + match[0].length;
    const [whole, words, address] = match;
    if (words !== undefined && address !== undefined) {
      if (isSafeLink(address)) add(words, address);
      else add(whole, null);
      continue;
    }
    const link = withoutTrail(whole);
    if (isSafeLink(link)) add(link.replace(/^mailto:/i, ''), link);
    else add(link, null);
    add(whole.slice(link.length), null);
  }
  add(text.slice(read), null);
  return parts;
}

/** An address in parentheses ends before the closing one. */
function withoutTrail(address: string): string {
  const trimmed = address.replace(TRAILING, '');
  const isClosed = trimmed.endsWith(')') && !trimmed.includes('(');
  return isClosed ? withoutTrail(trimmed.slice(0, -1)) : trimmed;
}

export function isSafeLink(address: string): boolean {
  if (isWebAddress(address)) return true;
  const [, mailbox] = /^mailto:([^?]+)(?:\?\S*)?$/i.exec(address) ?? [];
  return mailbox !== undefined && isMailAddress(mailbox) && address.length <= 2_000;
}
