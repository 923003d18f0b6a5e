/** WebDAV's XML: requests are parsed by namespace, responses are written with fixed prefixes. */
import { DOMParser, type Element, type Node } from '@xmldom/xmldom';

export const NS = {
  D: 'DAV:',
  C: 'urn:ietf:params:xml:ns:caldav',
  CS: 'http://calendarserver.org/ns/',
  A: 'http://apple.com/ns/ical/',
} as const;

export interface XmlName {
  ns: string;
  local: string;
}

export const sameName = (a: XmlName, b: XmlName) => a.local === b.local && a.ns === b.ns;
export const dav = (local: string): XmlName => ({ ns: NS.D, local });
export const caldav = (local: string): XmlName => ({ ns: NS.C, local });

/** The body is no XML, or contains what is refused. */
export class UnreadableXml extends Error {
  override readonly name = 'UnreadableXml';
}

/** The root element of a request's body; null for an empty body. @throws UnreadableXml */
export function parseRequestBody(body: Buffer): Element | null {
  const text = decode(body);
  if (text.trim() === '') return null;
  // Clients need no DTD, and its entities could expand without limit.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new UnreadableXml('a DTD');
  const fail = (_level: string, message: string) => {
    throw new UnreadableXml(message);
  };
  try {
    const root = new DOMParser({ onError: fail }).parseFromString(text, 'application/xml').documentElement;
    if (root) return root;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  throw new UnreadableXml('no XML');
}

/** Clients send UTF-8; another encoding could hide a DTD. */
function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new UnreadableXml('not UTF-8');
  }
}

const isElement = (node: Node): node is Element => node.nodeType === 1;

export function childrenOf(element: Element): Element[] {
  const found: Element[] = [];
  for (let node = element.firstChild; node; node = node.nextSibling) if (isElement(node)) found.push(node);
  return found;
}

export const elementName = (element: Element): XmlName => ({
  ns: element.namespaceURI ?? '',
  local: element.localName ?? '',
});

export const isNamed = (element: Element, name: XmlName) => sameName(elementName(element), name);

/** The first child with that name. */
export const childOf = (element: Element, name: XmlName): Element | null =>
  childrenOf(element).find((child) => isNamed(child, name)) ?? null;

export const textContentOf = (element: Element | null): string => element?.textContent?.trim() ?? '';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes content and attribute values. CR is written as a reference, since XML parsers drop a literal one. */
export const escapeXml = (text: string) =>
  text
    .toWellFormed()
    .replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char)
    .replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '')
    .replaceAll('\r', '&#13;');

const PREFIXES = Object.entries(NS);
const prefixOf = (ns: string) => PREFIXES.find(([, known]) => known === ns)?.[0];

/** @param content XML */
export function element({ ns, local }: XmlName, content = ''): string {
  const prefix = prefixOf(ns);
  const tag = prefix ? `${prefix}:${local}` : ns === '' ? local : `x:${local}`;
  const declared = prefix || ns === '' ? '' : ` xmlns:x="${escapeXml(ns)}"`;
  return content === '' ? `<${tag}${declared}/>` : `<${tag}${declared}>${content}</${tag}>`;
}

/** A document whose root declares every prefix. */
export function xmlDocument(root: XmlName, content: string): string {
  const declared = PREFIXES.map(([prefix, ns]) => ` xmlns:${prefix}="${ns}"`).join('');
  const tag = `${prefixOf(root.ns)}:${root.local}`;
  return `<?xml version="1.0" encoding="utf-8"?>\n<${tag}${declared}>${content}</${tag}>\n`;
}
