/** XML by namespace: every server chooses its own prefixes. */
import { DOMParser, type Element } from '@xmldom/xmldom';

export type { Element };

export const DAV = 'DAV:';
export const CALDAV = 'urn:ietf:params:xml:ns:caldav';
export const CALENDAR_SERVER = 'http://calendarserver.org/ns/';
export const NEXTCLOUD = 'http://nextcloud.com/ns';

/** @throws when the text is not well-formed: a truncated answer must not pass for a short one. */
export function parseXml(text: string): Element | null {
  const parser = new DOMParser({
    locator: false,
    onError: (level, message) => {
      if (level !== 'warning') throw new Error(message);
    },
  });
  return parser.parseFromString(text, 'application/xml').documentElement;
}

export function* children(element: Element | null | undefined): Generator<Element> {
  for (let node = element?.firstChild ?? null; node; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE) yield node as Element;
  }
}

export const hasName = (element: Element, namespace: string, name: string) =>
  element.namespaceURI === namespace && element.localName === name;

export function child(
  element: Element | null | undefined,
  namespace: string,
  name: string,
): Element | undefined {
  for (const one of children(element)) if (hasName(one, namespace, name)) return one;
  return undefined;
}

/** Trimmed text content; empty for an absent element. */
export const elementText = (element: Element | null | undefined): string =>
  element?.textContent?.trim() ?? '';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeMarkup = (text: string) =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
