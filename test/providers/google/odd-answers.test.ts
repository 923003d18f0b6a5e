/** Answers of Google that providers and proxies may give, scripted. */
import { afterEach, describe, expect, it } from 'vitest';
import { createGoogle } from '../../../src/providers/google/index.ts';
import {
  type Asked,
  countedAccess,
  createFakeServer,
  type FakeAnswer,
  type FakeServer,
  failureOf,
  pagesOf,
} from '../server.fixture.ts';

const WINDOW = { from: Date.parse('2026-12-01T00:00:00Z'), to: Date.parse('2027-01-01T00:00:00Z') };
const CALENDAR = { externalId: 'de.german#holiday@group.v.calendar.google.com', timeZone: null };

let server: FakeServer;
afterEach(() => server.close());

async function google(answer: (asked: Asked) => FakeAnswer, path = '') {
  server = await createFakeServer(answer);
  return createGoogle({
    clientId: 'id',
    clientSecret: 'secret',
    authUrl: `${server.url}/auth`,
    tokenUrl: `${server.url}/token`,
    apiUrl: `${server.url}${path}`,
  });
}

const pullFrom = async (
  answer: (asked: Asked) => FakeAnswer,
  {
    cursor = null,
    path = '',
    access = countedAccess(),
  }: { cursor?: string | null; path?: string; access?: ReturnType<typeof countedAccess> } = {},
) => {
  const provider = await google(answer, path);
  return pagesOf(provider.pullChanges({ access, calendar: CALENDAR, cursor, window: WINDOW }));
};

const refusal = (code: number, reason: string, headers: Record<string, string> = {}): FakeAnswer => ({
  status: code,
  headers,
  body: { error: { code, message: 'No.', errors: [{ domain: 'global', reason, message: 'No.' }] } },
});

const timed = (id: string, day: string, more: object = {}) => ({
  id,
  status: 'confirmed',
  start: { dateTime: `${day}T09:00:00Z` },
  end: { dateTime: `${day}T10:00:00Z` },
  ...more,
});

describe('requests', () => {
  it.each(['', '/', '/proxy', '/proxy/'])('go below a root that ends in %j', async (path) => {
    await pullFrom(() => ({ body: { items: [], nextSyncToken: 's' } }), { path });
    const encoded = encodeURIComponent(CALENDAR.externalId);
    expect(server.asked[0]?.target.split('?')[0]).toBe(
      `${path.replace(/\/$/, '')}/calendar/v3/calendars/${encoded}/events`,
    );
  });

  it('of a full round hold the window, those of an incremental one the same sync token on every page', async () => {
    await pullFrom(({ query }) => ({
      body: query.get('pageToken') ? { nextSyncToken: 's2' } : { items: [], nextPageToken: 'p2' },
    }));
    expect(
      server.asked.map(({ query }) => [query.get('timeMin'), query.get('timeMax'), query.get('pageToken')]),
    ).toEqual([
      ['2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z', null],
      ['2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z', 'p2'],
    ]);
    await server.close();
    const pages = await pullFrom(
      ({ query }) => ({ body: query.get('pageToken') ? { nextSyncToken: 's2' } : { nextPageToken: 'p2' } }),
      { cursor: 's1' },
    );
    expect(server.asked.map(({ query }) => Object.fromEntries(query))).toEqual([
      { singleEvents: 'true', maxResults: '2500', syncToken: 's1' },
      { singleEvents: 'true', maxResults: '2500', syncToken: 's1', pageToken: 'p2' },
    ]);
    expect(pages.map((page) => page.cursor)).toEqual([undefined, 's2']);
  });

  it('ask for another token once only', async () => {
    const access = countedAccess();
    const failure = await failureOf(pullFrom(() => refusal(401, 'authError'), { access }));
    expect(failure).toMatchObject({ reason: 'transient', status: 401 });
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
  });
});

describe('a pull', () => {
  it('has no cursor when none was given', async () => {
    const pages = await pullFrom(() => ({ body: { items: [timed('e1', '2026-12-02')] } }));
    expect(pages.at(-1)?.cursor).toBeNull();
  });

  it('removes an event that lies outside the window', async () => {
    const pages = await pullFrom(
      () => ({
        body: { items: [timed('far', '2040-01-01', { recurringEventId: 'm' })], nextSyncToken: 's' },
      }),
      { cursor: 's1' },
    );
    expect(pages[0]?.changes).toContainEqual({ type: 'remove', externalId: 'far' });
    expect(pages[0]?.changes.map(({ type }) => type)).not.toContain('upsert');
  });

  it('empties a series that is cancelled by its id alone, not one that lost an instance', async () => {
    const items = [
      { id: 'master', status: 'cancelled' },
      { id: 'm2_1', status: 'cancelled', recurringEventId: 'm2', originalStartTime: {} },
    ];
    const pages = await pullFrom(() => ({ body: { items, nextSyncToken: 's' } }), { cursor: 's1' });
    expect(pages[0]?.changes).toEqual([
      { type: 'remove', externalId: 'master' },
      { type: 'series', seriesId: 'master', events: [] },
      { type: 'remove', externalId: 'm2_1' },
    ]);
  });

  it('keeps the instances of an event that became a series, whichever comes first', async () => {
    const instance = timed('e1_1', '2026-12-02', { recurringEventId: 'e1' });
    const items = [instance, { id: 'e1', status: 'cancelled' }];
    const pages = await pullFrom(() => ({ body: { items, nextSyncToken: 's' } }), { cursor: 's1' });
    expect(pages[0]?.changes.map(({ type }) => type)).toEqual(['remove', 'upsert', 'remove']);
  });

  it('keeps what is known of an event without a readable time, says so, and reads all anew', async () => {
    const items = [
      timed('odd', '2026-12-02', { start: { dateTime: 'soon' } }),
      timed('free', '2026-12-02', { start: {}, transparency: 'transparent' }),
      timed('e1', '2026-12-02'),
    ];
    const pages = await pullFrom(() => ({ body: { items, nextSyncToken: 's' } }));
    expect(pages.at(-1)).toMatchObject({ cursor: null, partial: true });
    expect(pages[0]?.changes.slice(0, 2)).toEqual([
      { type: 'keep', id: 'odd' },
      { type: 'remove', externalId: 'free' },
    ]);
  });

  it('reads all-day events by the zone of the list', async () => {
    const item = { id: 'd', start: { date: '2026-12-02', timeZone: 'UTC' }, end: { date: '2026-12-03' } };
    const pages = await pullFrom(() => ({
      body: { timeZone: 'Asia/Tokyo', items: [item], nextSyncToken: 's' },
    }));
    expect(pages[0]).toMatchObject({
      timeZone: 'Asia/Tokyo',
      changes: [
        { event: { start: Date.parse('2026-12-01T15:00:00Z'), end: Date.parse('2026-12-02T15:00:00Z') } },
      ],
    });
  });

  it.each([
    [410, 'fullSyncRequired'],
    [410, 'updatedMinTooLongAgo'],
    [400, 'invalid'],
  ])('loses its cursor by %i %s, also amid its pages', async (status, reason) => {
    const answer = ({ query }: Asked) =>
      query.get('pageToken') ? refusal(status, reason) : { body: { nextPageToken: 'p2' } };
    expect(await failureOf(pullFrom(answer, { cursor: 's1' }))).toMatchObject({
      reason: 'cursor-expired',
      status,
    });
  });

  it('is rejected, not expired, by a 400 without a cursor', async () => {
    const failure = await failureOf(pullFrom(() => refusal(400, 'timeRangeEmpty')));
    expect(failure.reason).toBe('rejected');
  });

  it('ends when its pages lead in a circle', async () => {
    const failure = await failureOf(pullFrom(() => ({ body: { nextPageToken: 'p2' } })));
    expect(failure.reason).toBe('transient');
  });

  it('does not take a page of HTML for an empty calendar', async () => {
    const failure = await failureOf(pullFrom(() => ({ body: '<html>Sign in to the Wi-Fi</html>' })));
    expect(failure.reason).toBe('transient');
  });
});

describe('failures', () => {
  it.each([
    [403, 'userRateLimitExceeded', 'rate-limited'],
    [403, 'rateLimitExceeded', 'rate-limited'],
    [403, 'quotaExceeded', 'rate-limited'],
    [403, 'dailyLimitExceeded', 'rate-limited'],
    [403, 'insufficientPermissions', 'rejected'],
    [403, 'forbidden', 'rejected'],
    [404, 'notFound', 'rejected'],
    [429, 'rateLimitExceeded', 'rate-limited'],
    [500, 'backendError', 'transient'],
  ])('%i %s', async (status, reason, expected) => {
    expect(await failureOf(pullFrom(() => refusal(status, reason)))).toMatchObject({
      reason: expected,
      status,
    });
  });

  it.each([
    ['7', {}, 7_000],
    ['Tue, 01 Dec 2026 08:01:00 GMT', { date: 'Tue, 01 Dec 2026 08:00:00 GMT' }, 60_000],
    ['soon', {}, null],
  ])('wait as Retry-After: %s says', async (text, headers, expected) => {
    const failure = await failureOf(
      pullFrom(() => refusal(403, 'rateLimitExceeded', { 'retry-after': text, ...headers })),
    );
    expect(failure.retryAfter).toBe(expected);
  });

  it('of a network that is not there are transient', async () => {
    const provider = await google(() => ({}));
    await server.close();
    const pull = pagesOf(
      provider.pullChanges({ access: countedAccess(), calendar: CALENDAR, cursor: null, window: WINDOW }),
    );
    expect(await failureOf(pull)).toMatchObject({ reason: 'transient', status: null });
  });
});

describe('calendars', () => {
  const entries = [
    { id: 'old', deleted: true },
    {
      id: 'reader',
      summary: 'Theirs',
      summaryOverride: 'Mine',
      accessRole: 'freeBusyReader',
      timeZone: 'Nowhere/Here',
    },
    { id: CALENDAR.externalId, summary: 'Holidays', accessRole: 'reader', timeZone: 'Europe/Berlin' },
  ];

  it('are listed with what can be done to them', async () => {
    const provider = await google(() => ({ body: { items: entries } }));
    expect(await provider.listCalendars(countedAccess())).toEqual([
      {
        externalId: 'reader',
        name: 'Mine',
        timeZone: null,
        primary: false,
        writable: false,
        watchable: true,
      },
      {
        externalId: CALENDAR.externalId,
        name: 'Holidays',
        timeZone: 'Europe/Berlin',
        primary: false,
        writable: false,
        watchable: false,
      },
    ]);
  });

  it('give the identity by their primary one, even when the list does not mark it', async () => {
    const provider = await google(({ path }) =>
      path.endsWith('/primary') ? { body: { id: 'ada@example.com' } } : { body: { items: entries } },
    );
    const identity = await provider.identify(countedAccess());
    expect(identity).toEqual({ subject: 'ada@example.com', email: 'ada@example.com' });
  });
});

describe('channels', () => {
  const open = {
    calendar: CALENDAR,
    channelId: 'chan_1',
    secret: 'secret',
    address: 'https://gw.example.com/webhooks/google',
    now: 0,
  };

  it('are opened for a week, and live as long as was granted', async () => {
    const provider = await google(() => ({
      body: { id: 'chan_1', resourceId: 'r1', expiration: '1795219200000' },
    }));
    expect(await provider.watch?.open({ access: countedAccess(), ...open })).toEqual({
      remoteId: 'chan_1',
      resourceId: 'r1',
      expiresAt: 1_795_219_200_000,
    });
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({
      id: 'chan_1',
      type: 'web_hook',
      address: open.address,
      token: 'secret',
      params: { ttl: '604800' },
    });
  });

  it('are refused for calendars that take none', async () => {
    const provider = await google(() => refusal(400, 'pushNotSupportedForRequestedResource'));
    const opening = provider.watch?.open({ access: countedAccess(), ...open }) ?? Promise.resolve();
    expect((await failureOf(opening)).reason).toBe('watch-not-supported');
  });

  it('whose resource is unknown can only run out', async () => {
    const provider = await google(() => ({ status: 204 }));
    const channel = { channelId: 'chan_1', remoteId: 'chan_1', resourceId: null };
    await provider.watch?.close({ access: countedAccess(), channel });
    expect(server.asked).toEqual([]);
  });
});
