/** Parses multistatus answers (RFC 4918 §13) in pieces, so that a long answer doesn't block the event loop. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { ProviderError } from '../port.ts';
import { child, children, DAV, type Element, elementText, hasName, parseXml } from './xml.ts';

export interface MultistatusResponse {
  /** As the server wrote it. */
  href: string;
  /** Status of the whole resource; null when only its properties have one. */
  status: number | null;
  /** A property with a 2xx status. */
  prop(namespace: string, name: string): Element | undefined;
  /** Whether any property was found. */
  found: boolean;
}

/** A piece ends with the response that reaches one of these limits. */
const PIECE_RESPONSES = 100;
const PIECE_CHARACTERS = 256 * 1024;
/** Limit of tags in one piece: far above real answers, it bounds what a hostile server can cost. */
const MAX_TAGS = 100_000;

/**
 * @param onResponse called for every response, in order
 * @returns the sync token (RFC 6578); null when there is none
 * @throws ProviderError `transient` when the text is no complete multistatus
 */
export async function readMultistatus(
  text: string,
  onResponse: (response: MultistatusResponse) => void,
): Promise<string | null> {
  let token: string | null = null;
  try {
    for (const piece of splitMultistatus(text.trimStart())) {
      if (countTags(piece) > MAX_TAGS) throw new Error('too many tags');
      const root = parseXml(piece);
      if (!root || !hasName(root, DAV, 'multistatus')) throw new Error('no multistatus');
      for (const element of children(root)) {
        if (hasName(element, DAV, 'response')) for (const one of responsesOf(element)) onResponse(one);
        else if (hasName(element, DAV, 'sync-token')) token = elementText(element) || null;
      }
      await yieldToEventLoop();
    }
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError('transient', 'The server answered with no complete multistatus.', {
      cause: error,
    });
  }
  return token;
}

const HEAD = /^(?:<\?xml[^>]*\?>\s*)?<((?:[\w.-]+:)?multistatus)(?=[\s>/])[^>]*>/;
/** Markup that may hide a tag (CDATA, comments), and the end of a response. */
const MARKUP = /<!\[CDATA\[|<!--|<\/(?:[\w.-]+:)?response\s*>/g;
const HIDDEN: Record<string, string> = { '<![CDATA[': ']]>', '<!--': '-->' };

/** Complete documents, each made of the root's own tags around some of its responses. */
function* splitMultistatus(text: string): Generator<string> {
  const head = HEAD.exec(text);
  if (!head) throw new Error('no multistatus');
  const [open, name] = head;
  if (open.endsWith('/>')) {
    yield text;
    return;
  }
  const markup = new RegExp(MARKUP);
  let from = open.length;
  let responses = 0;
  markup.lastIndex = from;
  for (let found = markup.exec(text); found; found = markup.exec(text)) {
    const end = HIDDEN[found[0]];
    if (end !== undefined) {
      const at = text.indexOf(end, markup.lastIndex);
      if (at < 0) throw new Error('truncated markup');
      markup.lastIndex = at + end.length;
      continue;
    }
    responses += 1;
    if (responses < PIECE_RESPONSES && markup.lastIndex - from < PIECE_CHARACTERS) continue;
    yield `${open}${text.slice(from, markup.lastIndex)}</${name}>`;
    from = markup.lastIndex;
    responses = 0;
  }
  // The last piece keeps the document's own end, so that a truncated answer fails to parse.
  yield open + text.slice(from);
}

function countTags(text: string): number {
  let count = 0;
  for (let at = text.indexOf('<'); at >= 0 && count <= MAX_TAGS; at = text.indexOf('<', at + 1)) count += 1;
  return count;
}

/** Removed resources may share one response element. */
function* responsesOf(element: Element): Generator<MultistatusResponse> {
  const found = new Map<string, Element>();
  const hrefs: string[] = [];
  let status: number | null = null;
  for (const part of children(element)) {
    if (hasName(part, DAV, 'href')) hrefs.push(elementText(part));
    else if (hasName(part, DAV, 'status')) status = statusOf(part);
    else if (hasName(part, DAV, 'propstat')) {
      const own = child(part, DAV, 'status');
      const code = own ? statusOf(own) : 200;
      if (code === null || code < 200 || code > 299) continue;
      for (const property of children(child(part, DAV, 'prop'))) {
        found.set(`${property.namespaceURI}\n${property.localName}`, property);
      }
    }
  }
  for (const href of hrefs) {
    yield {
      href,
      status,
      prop: (namespace, name) => found.get(`${namespace}\n${name}`),
      found: found.size > 0,
    };
  }
}

const statusOf = (element: Element): number | null => {
  const code = /\b([1-5]\d\d)\b/.exec(elementText(element).replace(/^HTTP\/[\d.]+/, ''))?.[1];
  return code === undefined ? null : Number(code);
};
