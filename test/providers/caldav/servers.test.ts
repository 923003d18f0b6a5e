/** Real servers: each is found, followed, lost and found again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/providers/port.ts';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { createCopy } from '../../contracts/calendar-copy.ts';
import type { DavServer } from '../../harness/dav-server.ts';
import { startRadicale } from '../../harness/radicale.ts';
import { startXandikos } from '../../harness/xandikos.ts';
import { failureOf, pagesOf } from '../server.fixture.ts';
import { accessBy, providerOf, secretOf } from './world.fixture.ts';

const NOW = Date.parse('2026-10-20T08:00:00Z');
const WINDOW = { from: NOW - 7 * DAY, to: NOW + 60 * DAY };
const provider = providerOf();

const at = (uid: string, start: number, ...more: string[]) => [
  'BEGIN:VEVENT',
  `UID:${uid}@test`,
  'DTSTAMP:20261001T000000Z',
  `DTSTART:${stamp(start)}`,
  `DTEND:${stamp(start + HOUR)}`,
  ...more,
  'END:VEVENT',
];
const stamp = (instant: number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');

describe.each<[string, () => Promise<DavServer>, string, boolean]>([
  ['Radicale', startRadicale, '/ada%40example.com/', true],
  ['Xandikos', startXandikos, '/ada/calendars/', false],
])('%s', (name, start, home, asksForPassword) => {
  let server: DavServer;
  beforeAll(async () => {
    server = await start();
    await server.makeCalendar(`${home}private/`);
  });
  afterAll(() => server.close());

  const access = () => accessBy(secretOf(provider, server));
  const accessAt = (url: string) =>
    accessBy(provider.secret?.parse({ url, username: server.username, password: server.password }) ?? '');
  const calendar = () => ({ externalId: `${server.url}${home}private/`, timeZone: null });
  const pull = async (cursor: string | null) =>
    pagesOf(provider.pullChanges({ access: access(), calendar: calendar(), cursor, window: WINDOW }));

  it('is found from its root, from its well-known address, and from a calendar', async () => {
    const identity = await provider.identify(access());
    expect(identity.subject).toMatch(new RegExp(`^${server.url}/ada(%40example.com)?/$`));
    const listed = await provider.listCalendars(access());
    expect(listed.map(({ externalId }) => externalId)).toContain(calendar().externalId);
    expect(listed.filter(({ primary }) => primary)).toHaveLength(1);
    expect(listed).not.toContainEqual(expect.objectContaining({ writable: true }));
    expect(await provider.identify(accessAt(`${server.url}/.well-known/caldav`))).toEqual(identity);
    const own = accessAt(calendar().externalId);
    expect(await provider.identify(own)).toEqual(identity);
    const [primary] = (await provider.listCalendars(own)).filter((one) => one.primary);
    expect(primary?.externalId).toBe(calendar().externalId);
  });

  it('tells what was put, changed and deleted, once each', async () => {
    const copy = createCopy();
    let cursor: string | null = null;
    const sync = async () => {
      const pages = await pull(cursor);
      for (const page of pages) copy.apply(page);
      cursor = pages.at(-1)?.cursor ?? null;
      return pages.flatMap(({ changes }) => changes).length;
    };
    await server.put(`${home}private/one.ics`, ...at('one', NOW + DAY));
    await server.put(
      `${home}private/s%C3%A9ries%20%231.ics`,
      ...at('series', NOW + 2 * DAY, 'RRULE:FREQ=WEEKLY'),
    );
    expect(await sync()).toBe(2);
    expect(copy.events()).toHaveLength(10);
    expect(await sync()).toBe(0);
    await server.put(`${home}private/one.ics`, ...at('one', NOW + 3 * DAY, 'STATUS:TENTATIVE'));
    expect(await sync()).toBe(1);
    expect(copy.busy()).toContainEqual({
      start: NOW + 3 * DAY,
      end: NOW + 3 * DAY + HOUR,
      kind: 'BUSY_TENTATIVE',
    });
    await server.remove(`${home}private/s%C3%A9ries%20%231.ics`);
    expect(await sync()).toBe(1);
    expect(copy.events()).toHaveLength(1);
    await server.remove(`${home}private/one.ics`);
    await sync();
    expect(copy.events()).toEqual([]);
  });

  it('refuses a token that it never gave', async () => {
    const [last] = (await pull(null)).slice(-1);
    const cursor = JSON.parse(last?.cursor ?? '') as { token: string };
    const spoiled = JSON.stringify({
      ...cursor,
      token: cursor.token.replace(/[0-9a-f]{12}$/, 'abcdefabcdef'),
    });
    expect(await failureOf(pull(spoiled))).toMatchObject({ reason: 'cursor-expired' });
  });

  const itAsked = asksForPassword ? it : () => {};
  itAsked('refuses a wrong password', async () => {
    const wrong = provider.secret?.parse({ url: server.url, username: server.username, password: 'wrong' });
    const refused = accessBy(wrong ?? '');
    expect(await failureOf(provider.identify(refused))).toMatchObject({ reason: 'auth-revoked' });
    const round = provider.pullChanges({
      access: refused,
      calendar: calendar(),
      cursor: null,
      window: WINDOW,
    });
    expect(await failureOf(pagesOf(round))).toMatchObject({ reason: 'auth-revoked' });
  });

  it('goes on where it was after the server was away', async () => {
    const cursor = (await pull(null)).at(-1)?.cursor ?? null;
    await server.stop();
    const failure = await failureOf(pull(cursor));
    expect(failure).toBeInstanceOf(ProviderError);
    expect(failure).toMatchObject({ reason: 'transient', status: null });
    expect(await failureOf(provider.identify(access()))).toMatchObject({ reason: 'transient' });
    await server.start();
    await server.put(`${home}private/after.ics`, ...at('after', NOW + DAY));
    const changes = (await pull(cursor)).flatMap((page) => page.changes);
    expect(changes, name).toMatchObject([{ type: 'series', seriesId: 'after.ics' }]);
  });
});
