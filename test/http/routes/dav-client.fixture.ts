/** Sends CalDAV requests as they stand, and reads multistatus answers by namespace. */
import { DOMParser, type Element } from '@xmldom/xmldom';
import type { Stack } from '../../e2e/stack.fixture.ts';

const PREFIXES: Record<string, string> = {
  'DAV:': 'D',
  'urn:ietf:params:xml:ns:caldav': 'C',
  'http://calendarserver.org/ns/': 'CS',
  'http://apple.com/ns/ical/': 'A',
};

/** The prefixes that requests use. */
export const DAV_NS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"';

export interface Received {
  href: string;
  /** Of the whole response, or null where each property has one. */
  status: number | null;
  /** By status and prefixed name: names of children where there are any, else the text. */
  props: Record<number, Record<string, string>>;
  /** The condition that failed. */
  error: string | null;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  responses: Received[];
  syncToken: string | null;
  /** Of a refusal: the condition that failed. */
  error: string | null;
}

export interface Asking {
  headers?: Record<string, string>;
  body?: string;
  /** False: as somebody who hasn't said who they are. */
  known?: boolean;
}

const children = (element: Element): Element[] =>
  Array.from(element.childNodes).filter((node): node is Element => node.nodeType === 1);
const name = (element: Element) =>
  `${PREFIXES[element.namespaceURI ?? ''] ?? element.namespaceURI}:${element.localName}`;
const find = (element: Element, wanted: string) => children(element).find((child) => name(child) === wanted);
const code = (line: Element | undefined) => (line ? Number(line.textContent?.split(' ')[1]) : null);
const errorIn = (element: Element) => {
  const error = name(element) === 'D:error' ? element : find(element, 'D:error');
  const [condition] = error ? children(error) : [];
  return condition ? name(condition) : null;
};

/** What an element holds, in short: hrefs and names rather than markup. */
function brief(element: Element): string {
  const inside = children(element);
  if (inside.length === 0) return element.textContent?.trim() ?? '';
  return inside
    .map((child) => {
      const attribute = child.getAttribute('name');
      const content = brief(child);
      return name(child) === 'D:href'
        ? content
        : `${name(child)}${attribute ? `=${attribute}` : ''}${content && `(${content})`}`;
    })
    .join(' ');
}

function readResponse(response: Element): Received {
  const props: Received['props'] = {};
  for (const propstat of children(response).filter((child) => name(child) === 'D:propstat')) {
    const status = code(find(propstat, 'D:status')) ?? 0;
    const prop = find(propstat, 'D:prop');
    props[status] = Object.fromEntries((prop ? children(prop) : []).map((each) => [name(each), brief(each)]));
  }
  const href = find(response, 'D:href')?.textContent ?? '';
  return { href, status: code(find(response, 'D:status')), props, error: errorIn(response) };
}

export function davClient(stack: Stack, user: string, password: string) {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return async (
    method: string,
    path: string,
    { headers = {}, body, known = true }: Asking = {},
  ): Promise<Answer> => {
    const response = await fetch(stack.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(known ? { authorization } : {}), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const isXml = response.headers.get('content-type')?.includes('xml') && text !== '';
    const root = isXml ? new DOMParser().parseFromString(text, 'application/xml').documentElement : null;
    const token = root && find(root, 'D:sync-token');
    return {
      status: response.status,
      headers: response.headers,
      text,
      responses: root
        ? children(root)
            .filter((child) => name(child) === 'D:response')
            .map(readResponse)
        : [],
      syncToken: token?.textContent ?? null,
      error: root ? errorIn(root) : null,
    };
  };
}

export type AskDav = ReturnType<typeof davClient>;

/** What lies in a calendar, by start. */
export async function itemsOf(
  ask: AskDav,
  calendar: string,
): Promise<{ href: string; etag: string; data: string }[]> {
  const { responses } = await ask('REPORT', calendar, {
    headers: { depth: '1' },
    body: `<C:calendar-query ${DAV_NS}><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`,
  });
  return responses.map(({ href, props }) => ({
    href,
    etag: props[200]?.['D:getetag'] ?? '',
    data: props[200]?.['C:calendar-data'] ?? '',
  }));
}
