/** A feed on a real server of the test's own, and a provider that reads it as a gateway would. */
import type { ServerResponse } from 'node:http';
import { createGuardedClient, type GuardedClientDeps } from '../../../src/net/client.ts';
import { createFeed } from '../../../src/providers/feed/index.ts';
import { createIcalReader } from '../../../src/providers/ical-reader/reader.ts';
import type { ChangePage, ProviderError } from '../../../src/providers/port.ts';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { createCopy } from '../../contracts/calendar-copy.ts';
import { type Asked, startServer } from '../../net/server.fixture.ts';
import { failureOf, pagesOf } from '../server.fixture.ts';
import { accessWith } from '../unlimited.fixture.ts';

export const NOW = Date.parse('2026-10-20T08:00:00Z');
export const WINDOW = { from: NOW - 7 * DAY, to: NOW + 60 * DAY };
/** What nobody may read anywhere. */
export const SECRET_PATH = '/private-1b3d5f/basic.ics';

export const stamp = (instant: number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');
export const event = (uid: string, day: number, ...more: string[]) => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  'DTSTAMP:20261001T000000Z',
  `DTSTART:${stamp(NOW + day * DAY)}`,
  `DTEND:${stamp(NOW + day * DAY + HOUR)}`,
  `SUMMARY:${uid}`,
  ...more,
  'END:VEVENT',
];
export const calendar = (...lines: string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');
export const many = (count: number) =>
  calendar(...Array.from({ length: count }, (_, at) => event(`e${at}`, at % 30)).flat());

interface RoundOptions {
  anew?: boolean;
  externalId?: string;
  cursor?: string;
  signal?: AbortSignal;
  timeZone?: string | null;
  hostZone?: string;
  ownerAddresses?: string[];
}

export type FeedWorld = Awaited<ReturnType<typeof createFeedWorld>>;

export async function createFeedWorld(client: Partial<GuardedClientDeps> = {}) {
  const server = await startServer();
  const clock = { at: NOW, now: () => clock.at };
  const fetch = createGuardedClient({
    allowPrivate: true,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...client,
  });
  const provider = createFeed({
    ...{ fetch, reader: createIcalReader(), allowHttp: true, clock },
    userAgent: 'Calendar/1.0',
  });
  const copy = createCopy();
  let cursor: string | null = null;

  const accessTo = (url: string, name?: string) => {
    const secret = provider.secret?.parse({ url, ...(name === undefined ? {} : { name }) }) ?? '';
    return accessWith(async () => secret);
  };
  const url = `http://feed.example:${server.port}${SECRET_PATH}`;

  const world = {
    ...server,
    url,
    clock,
    provider,
    copy,
    accessTo,
    titles: () => copy.events().map(({ title }) => title),
    cursor: () => JSON.parse(cursor ?? 'null') as Record<string, unknown> | null,
    say: (text: string | Buffer, headers: Record<string, string> = {}) =>
      server.answer((_asked, response) => response.writeHead(200, headers).end(text)),
    refuse: (status: number, headers: Record<string, string> = {}) =>
      server.answer((_asked, response) => response.writeHead(status, headers).end('no')),
    /** A round; the copy has what was read, and the next one begins where it ended. `anew`: as when the window moved on. */
    async read(more: RoundOptions = {}): Promise<ChangePage[]> {
      const { timeZone = null, hostZone = 'UTC', ownerAddresses = [], ...request } = more;
      const access = accessTo(url);
      const { subject: externalId } = await provider.identify(access);
      const pages = await pagesOf(
        provider.pullChanges({
          access,
          calendar: { externalId: request.externalId ?? externalId, timeZone, hostZone, ownerAddresses },
          cursor: request.cursor ?? (request.anew ? null : cursor),
          ...(more.anew && cursor !== null ? { previousCursor: cursor } : {}),
          window: WINDOW,
          ...(request.signal ? { signal: request.signal } : {}),
        }),
      );
      if (pages[0]?.full) for (const { externalId } of copy.events()) copy.apply(gone(externalId));
      for (const page of pages) copy.apply(page);
      cursor = pages.at(-1)?.cursor ?? null;
      return pages;
    },
    /** A round that fails, and leaves what it says it does. */
    async fail(more: RoundOptions = {}): Promise<ProviderError> {
      const error = await failureOf(world.read(more));
      cursor = error.cursor ?? cursor;
      return error;
    },
  };
  return world;
}

const gone = (externalId: string): ChangePage => ({ changes: [{ type: 'remove', externalId }] });

/** Answers 304 to who knows what is there. */
export const validating =
  (content: string, validators: { etag?: string; 'last-modified'?: string }) =>
  ({ headers }: Asked, response: ServerResponse): void => {
    const same =
      headers['if-none-match'] === undefined
        ? validators['last-modified'] !== undefined &&
          headers['if-modified-since'] === validators['last-modified']
        : headers['if-none-match'] === validators.etag;
    if (same) response.writeHead(304, validators).end();
    else response.writeHead(200, validators).end(content);
  };
