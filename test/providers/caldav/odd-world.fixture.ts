/** A server of odd answers, the provider that asks it, and a copy of what it said. */
import { afterEach } from 'vitest';
import { createGuardedClient } from '../../../src/net/client.ts';
import type { DnsServices } from '../../../src/providers/caldav/discovery.ts';
import { createCalDav } from '../../../src/providers/caldav/index.ts';
import type { HttpFetch, HttpRequest } from '../../../src/providers/http.ts';
import { createIcalReader } from '../../../src/providers/ical-reader/reader.ts';
import type { ChangePage } from '../../../src/providers/port.ts';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { createCopy } from '../../contracts/calendar-copy.ts';
import { calendarObject } from '../../harness/dav-server.ts';
import { pagesOf } from '../server.fixture.ts';
import { CALENDAR, createOddServer, type Oddities, USER } from './odd-server.fixture.ts';
import { accessBy } from './world.fixture.ts';

export const NOW = Date.parse('2026-10-20T08:00:00Z');
export const WINDOW = { from: NOW - 7 * DAY, to: NOW + 60 * DAY };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export const stamp = (instant: number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');
export const event = (uid: string, day: number, ...more: string[]) =>
  calendarObject(
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTART:${stamp(NOW + day * DAY)}`,
    `DTEND:${stamp(NOW + day * DAY + HOUR)}`,
    `SUMMARY:${uid}`,
    ...more,
    'END:VEVENT',
  );

/** What the network does to a request, before a server hears of it. */
type Network = (url: string, request: HttpRequest) => void;

export const received = (inner: string) => ({
  status: 207,
  body: `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${inner}</D:multistatus>`,
});

export async function open(odd: Oddities = {}, dns?: DnsServices, network: Network = () => {}) {
  const server = await createOddServer(odd);
  closing.push(server.close);
  // Every name leads here.
  const guarded = createGuardedClient({
    allowPrivate: true,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  const fetch: HttpFetch = async (url, request) => {
    network(url, request);
    return guarded(url, request);
  };
  const provider = createCalDav({
    fetch,
    reader: createIcalReader(),
    allowHttp: true,
    ...(dns ? { dns } : {}),
  });
  const accessAt = (url: string, given: Partial<typeof USER> = {}) =>
    accessBy(provider.secret?.parse({ url, ...USER, ...given }) ?? '');
  const copy = createCopy();
  let cursor: string | null = null;
  return {
    ...server,
    provider,
    copy,
    accessAt,
    access: accessAt(`${server.url}/`),
    /** @returns what was read; the copy has it. */
    async sync(
      more: {
        cursor?: string | null;
        previousCursor?: string;
        timeZone?: string;
        hostZone?: string;
        ownerAddresses?: string[];
      } = {},
    ): Promise<ChangePage[]> {
      const { timeZone = null, hostZone = 'UTC', ownerAddresses = [] } = more;
      const pages = await pagesOf(
        provider.pullChanges({
          access: accessAt(`${server.url}/`),
          calendar: { externalId: `${server.url}${CALENDAR}`, timeZone, hostZone, ownerAddresses },
          cursor: more.cursor === undefined ? cursor : more.cursor,
          ...(more.previousCursor === undefined ? {} : { previousCursor: more.previousCursor }),
          window: WINDOW,
        }),
      );
      for (const page of pages) copy.apply(page);
      cursor = pages.at(-1)?.cursor ?? null;
      return pages;
    },
    titles: () => copy.events().map(({ title }) => title),
    cursor: () => JSON.parse(cursor ?? 'null') as Record<string, unknown>,
  };
}
