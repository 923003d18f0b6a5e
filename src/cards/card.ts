/** What the picture of a page for previews of its link says, in no language: title, names, lengths. Pure. */
import { createHash } from 'node:crypto';
import { DAY, HOUR, MINUTE, SECOND } from '../time/clock.ts';

export interface Card {
  title: string;
  /** Below it: names of hosts, or what an owner offers; null: nothing. */
  detail: string | null;
  /** "30 min · 1 h"; null: none. */
  lengths: string | null;
  /** Of the brand, as #0b6b5d; null: Slotwire's. */
  color: string | null;
  /** Of the brand's logo, by its hash; null: none. */
  logo: string | null;
}

/** Pixels, as sites want them for a wide preview. */
export const CARD_WIDTH = 1_200;
export const CARD_HEIGHT = 630;

/** Up by one with each change of how cards look: sites fetch them anew. */
const DESIGN = 1;

/** Names the picture: it changes with what is in it. */
export const cardVersion = (card: Card): string =>
  createHash('sha256')
    .update(JSON.stringify([DESIGN, card.title, card.detail, card.lengths, card.color, card.logo]))
    .digest('base64url')
    .slice(0, 22);

/** Scripts of the bundled fonts. */
const OTHER_LETTER =
  /(?![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Common}])\p{L}/u;
/** Emoji, symbols, controls, and marks of selection: the fonts lack them, and a title says the same without. */
const NOT_DRAWN =
  /[^\p{L}\p{M}\p{Nd}\p{P}\p{Sc}\p{Zs}+<=>|~^`\u{a9}\u{ae}\u{b0}\u{b1}\u{d7}\u{f7}\u{2116}]|[\u{fe00}-\u{fe0f}\u{20d0}-\u{20ff}\u{e0100}-\u{e01ef}]/gu;

/** The text as the bundled fonts can write it, in one line; null: they can't, or nothing is left. */
export function drawableText(text: string): string | null {
  const plain = text.normalize('NFKC');
  if (OTHER_LETTER.test(plain)) return null;
  const line = plain.replace(/\s/gu, ' ').replace(NOT_DRAWN, '').replace(/\s+/gu, ' ').trim();
  return /[\p{L}\p{Nd}]/u.test(line) ? line : null;
}

const NAMED = 4;

/** "Ada, Bo, Cy, Di +3". Those that can't be written are counted. */
export function namesOnCard(names: readonly string[]): string | null {
  const shown = names.flatMap((name) => drawableText(name) ?? []).slice(0, NAMED);
  const rest = names.length - shown.length;
  if (shown.length === 0) return null;
  return rest > 0 ? `${shown.join(', ')} +${rest}` : shown.join(', ');
}

// Symbols that all languages share.
const UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
  ['s', SECOND],
] as const;

function lengthOnCard(length: number): string {
  let rest = length;
  const parts: string[] = [];
  for (const [unit, ms] of UNITS) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ');
}

const LENGTHS = 4;

/** "15 min · 30 min · 1 h 30 min" */
export const lengthsOnCard = (lengths: readonly number[]): string =>
  [...lengths.slice(0, LENGTHS).map(lengthOnCard), ...(lengths.length > LENGTHS ? ['…'] : [])].join(' · ');
