import { request as httpRequest } from 'node:http';
import { gunzipSync } from 'node:zlib';
import ICAL from 'ical.js';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../../../src/time/civil-date.ts';
import { formatUtcDateTime } from '../../../src/time/instant-text.ts';
import { localDate, startOfDate } from '../../../src/time/local-time.ts';
import type { Stack } from '../../e2e/stack.fixture.ts';
import { makeHost, refusal, sql } from '../../graphql/world.fixture.ts';
import { readMetrics } from '../../harness/metrics.ts';
import {
  addFeedHost,
  createFeed,
  DAY,
  type FeedWorld,
  HOUR,
  MIDNIGHT,
  revokeFeed,
  startFeedStack,
  utc,
} from './feeds-world.fixture.ts';

let stack: Stack;
let world: FeedWorld;

beforeAll(async () => {
  stack = await startFeedStack();
  world = await addFeedHost(stack);
  await world.put('gym', {
    start: MIDNIGHT + 9 * HOUR,
    end: MIDNIGHT + 10 * HOUR,
    title: 'Dentist; really, "now"\nyes',
  });
  // Long enough ago: what changes within a second can be known only when the second is over.
  await sql(stack, "update event set valid_from = now() - interval '2 h' where calendar_id = $1", [
    world.calendar,
  ]);
});
afterAll(() => stack?.close());

interface Raw {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** As it comes over the wire: fetch would unpack it. */
const raw = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<Raw>((resolve, reject) => {
    httpRequest(url, { headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });

const textAt = async (url: string) => (await fetch(url)).text();

/** As an independent reader sees them. */
const eventsOf = (text: string) =>
  new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((event) => ({
    uid: event.getFirstPropertyValue('uid') as string,
    start: String(event.getFirstPropertyValue('dtstart')),
    end: String(event.getFirstPropertyValue('dtend')),
    summary: event.getFirstPropertyValue('summary') as string,
    status: event.getFirstPropertyValue('status') as string,
    microsoft: event.getFirstPropertyValue('x-microsoft-cdo-busystatus') as string,
    transp: event.getFirstPropertyValue('transp') as string,
  }));

describe('a feed', () => {
  it('has an https and a webcal URL with a secret of 256 bits, which is shown again', async () => {
    const feed = await createFeed(stack, world.host.id);
    expect(feed.url).toBe(`${stack.url}/feeds/${feed.secret}.ics`);
    expect(feed.webcalUrl).toBe(feed.url.replace(/^http:/, 'webcal:'));
    expect(Buffer.from(feed.secret, 'base64url')).toHaveLength(32);
    const fields = '{ id url webcalUrl titles createdAt host { id } }';
    const { node, feeds } = await stack.admin<{ node: object; feeds: { edges: { node: { id: string } }[] } }>(
      `query ($id: ID!) { node(id: $id) { ... on Feed ${fields} } feeds(first: 100) { edges { node ${fields} } } }`,
      { id: feed.id },
    );
    expect(node).toMatchObject({ id: feed.id, url: feed.url, titles: false, host: { id: world.host.id } });
    expect(feeds.edges.map((edge) => edge.node)).toContainEqual(node);
  });

  it('keeps its secret sealed in the database', async () => {
    const feed = await createFeed(stack, world.host.id);
    const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query('select f::text as row from feed f').finally(() => client.end());
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ row }) => row.includes(feed.secret))).toEqual([]);
  });

  it('is for operators to make, of hosts that are theirs', async () => {
    const made = (ask = stack.anyone, host = world.host.id) =>
      refusal(ask('mutation ($host: ID!) { createFeed(host: $host) { id } }', { host }));
    expect((await made()).code).toBe('UNAUTHENTICATED');
    expect((await made(stack.admin, 'host_none')).code).toBe('NOT_FOUND');
    expect((await refusal(revokeFeed(stack, 'feed_none'))).code).toBe('NOT_FOUND');
  });
});

describe('GET /feeds/{secret}.ics', () => {
  it('tells busy time and nothing of what it is', async () => {
    const feed = await createFeed(stack, world.host.id);
    const response = await fetch(feed.url);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/calendar; charset=utf-8',
    ]);
    expect(response.headers.get('cache-control')).toContain('private');
    const text = await response.text();
    expect(text).not.toMatch(/Dentist|gym|ATTENDEE|ORGANIZER|LOCATION/i);
    expect(text).not.toContain(world.calendar);
    expect(eventsOf(text)).toEqual([
      {
        uid: expect.stringMatching(/^[\da-f]{32}@slotwire$/),
        start: new Date(MIDNIGHT + 9 * HOUR).toISOString().replace('.000', ''),
        end: new Date(MIDNIGHT + 10 * HOUR).toISOString().replace('.000', ''),
        summary: 'Busy',
        status: 'CONFIRMED',
        microsoft: 'BUSY',
        transp: 'OPAQUE',
      },
    ]);
    for (const line of [
      'METHOD:PUBLISH',
      'REFRESH-INTERVAL;VALUE=DURATION:PT15M',
      'X-PUBLISHED-TTL:PT15M',
      'X-WR-CALNAME:Fay (busy)',
      'X-WR-TIMEZONE:Europe/Berlin',
    ])
      expect(text.split('\r\n')).toContain(line);
  });

  it('tells titles when its maker chose so, escaped', async () => {
    const text = await textAt((await createFeed(stack, world.host.id, true)).url);
    expect(text).toContain('SUMMARY:Dentist\\; really\\, "now" yes\r\n');
    expect(eventsOf(text)[0]?.summary).toBe('Dentist; really, "now" yes');
  });

  it('is equal bytes as long as nothing changed, and then answers 304 without a body', async () => {
    const { url } = await createFeed(stack, world.host.id);
    const [one, two] = [await raw(url), await raw(url)];
    expect(one.body.equals(two.body)).toBe(true);
    const { etag, 'last-modified': modified } = one.headers as Record<string, string>;
    expect(two.headers).toMatchObject({ etag });
    for (const known of [
      { 'if-none-match': etag ?? '' },
      { 'if-none-match': `"other", W/${etag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': new Date(Date.now()).toUTCString() },
      // A matching date is nothing beside an ETag that matches.
      { 'if-none-match': etag ?? '', 'if-modified-since': new Date(0).toUTCString() },
    ]) {
      const answer = await raw(url, known);
      expect([known, answer.status, answer.body.length, answer.headers.etag]).toEqual([known, 304, 0, etag]);
    }
    for (const old of [
      { 'if-none-match': '"other"' },
      { 'if-modified-since': new Date(Date.parse(modified ?? '') - 1_000).toUTCString() },
      { 'if-none-match': '"other"', 'if-modified-since': new Date().toUTCString() },
      { 'if-modified-since': 'yesterday' },
    ]) {
      expect([old, (await raw(url, old)).status]).toEqual([old, 200]);
    }
  });

  it('was last modified when its content was', async () => {
    const own = await addFeedHost(stack);
    const feed = await createFeed(stack, own.host.id);
    await own.put('old', { start: MIDNIGHT, end: MIDNIGHT + HOUR });
    const changed = Math.floor(Date.now() / 1_000) * 1_000 - HOUR + 500;
    await sql(stack, 'update event set valid_from = $2 where calendar_id = $1', [
      own.calendar,
      new Date(changed),
    ]);
    const { headers } = await raw(feed.url);
    // Midnight changes it too: a day leaves, and another comes.
    const midnight = Math.floor(Date.now() / DAY) * DAY;
    expect(Date.parse(String(headers['last-modified']))).toBe(Math.max(changed + 500, midnight));
    const asked = (at: number) => raw(feed.url, { 'if-modified-since': new Date(at).toUTCString() });
    expect((await asked(Date.now() - 60_000)).status).toBe(304);
    await own.put('new', { start: MIDNIGHT, end: MIDNIGHT + HOUR });
    expect((await asked(Date.now() - 60_000)).status).toBe(200);
  });

  it('is another when something changed, and the moved event keeps its UID', async () => {
    const own = await addFeedHost(stack);
    const { url } = await createFeed(stack, own.host.id);
    await own.put('moving', { start: MIDNIGHT, end: MIDNIGHT + HOUR });
    const before = await raw(url);
    const [first] = eventsOf(String(before.body));
    await own.put('moving', { start: MIDNIGHT + 5 * HOUR, end: MIDNIGHT + 6 * HOUR });
    const after = await raw(url, { 'if-none-match': String(before.headers.etag) });
    expect([after.status, after.headers.etag === before.headers.etag]).toEqual([200, false]);
    const [moved] = eventsOf(String(after.body));
    expect(moved?.uid).toBe(first?.uid);
    expect(moved?.start).not.toBe(first?.start);
    await own.put('moving', null);
    expect(eventsOf(await textAt(url))).toEqual([]);
  });

  it('tells the reader of another feed other UIDs', async () => {
    const [one, two] = [await createFeed(stack, world.host.id), await createFeed(stack, world.host.id)];
    expect(eventsOf(await textAt(one.url))[0]?.uid).not.toBe(eventsOf(await textAt(two.url))[0]?.uid);
  });

  it('goes packed to whom takes it so', async () => {
    const own = await addFeedHost(stack);
    for (let i = 0; i < 10; i++)
      await own.put(`many ${i}`, { start: MIDNIGHT + i * HOUR, end: MIDNIGHT + (i + 1) * HOUR });
    const { url } = await createFeed(stack, own.host.id);
    const [plain, packed, refused] = [
      await raw(url),
      await raw(url, { 'accept-encoding': 'br, gzip;q=0.5' }),
      await raw(url, { 'accept-encoding': 'gzip;q=0' }),
    ];
    expect([plain, packed, refused].map(({ headers }) => headers['content-encoding'])).toEqual([
      undefined,
      'gzip',
      undefined,
    ]);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    expect(packed.headers.vary).toContain('Accept-Encoding');
    const again = await raw(url, { 'accept-encoding': 'gzip', 'if-none-match': String(packed.headers.etag) });
    expect([again.status, again.headers.etag]).toEqual([304, packed.headers.etag]);
    const unpacked = await raw(url, { 'if-none-match': String(packed.headers.etag) });
    expect(unpacked.status).toBe(304);
  });

  it('answers HEAD with the same headers', async () => {
    const { url } = await createFeed(stack, world.host.id);
    const [got, head] = [await raw(url), await raw(url, {}, 'HEAD')];
    expect([head.status, head.body.length]).toEqual([200, 0]);
    for (const name of ['etag', 'content-type', 'content-length', 'last-modified'])
      expect(head.headers[name]).toBe(got.headers[name]);
  });

  it('says whole days as dates of the host’s zone, and what kind of busy it is', async () => {
    const own = await addFeedHost(stack, 'dora', 'Pacific/Auckland');
    // Midnight there, in its summer.
    const start = Date.UTC(
      new Date(MIDNIGHT).getUTCFullYear(),
      new Date(MIDNIGHT).getUTCMonth(),
      new Date(MIDNIGHT).getUTCDate(),
    );
    const offset = Number(
      /GMT\+(\d+)/.exec(
        new Intl.DateTimeFormat('en', { timeZone: 'Pacific/Auckland', timeZoneName: 'longOffset' }).format(
          start,
        ),
      )?.[1],
    );
    const from = start - offset * HOUR;
    await own.put('away', { start: from, end: from + 2 * DAY, allDay: true, kind: 'BUSY_UNAVAILABLE' });
    await own.put('perhaps', {
      start: from + 3 * DAY + HOUR,
      end: from + 3 * DAY + 2 * HOUR,
      kind: 'BUSY_TENTATIVE',
    });
    const text = await textAt((await createFeed(stack, own.host.id)).url);
    const date = new Date(start).toISOString().slice(0, 10);
    expect(eventsOf(text)).toMatchObject([
      {
        start: date,
        end: new Date(start + 2 * DAY).toISOString().slice(0, 10),
        microsoft: 'OOF',
        status: 'CONFIRMED',
      },
      { microsoft: 'TENTATIVE', status: 'TENTATIVE' },
    ]);
    expect(text).toContain(`DTSTART;VALUE=DATE:${date.replaceAll('-', '')}\r\n`);
  });

  it('writes whole days of a calendar in another zone as the instants that they are', async () => {
    const own = await addFeedHost(stack, 'nell', 'America/New_York');
    await sql(stack, "update calendar set time_zone = 'Pacific/Auckland' where id = $1", [own.calendar]);
    // A day there begins within one of the host's.
    const today = localDate('UTC', Date.now());
    const [from, to] = [today, addDays(today, 1)].map((day) => startOfDate('Pacific/Auckland', day)) as [
      number,
      number,
    ];
    await own.put('away', { start: from, end: to, allDay: true });
    // A day of the host's is one, wherever its calendar is.
    const date = addDays(today, 3);
    const [start, end] = [
      startOfDate('America/New_York', date),
      startOfDate('America/New_York', addDays(date, 1)),
    ];
    await own.put('here', { start, end, allDay: true });
    const text = await textAt((await createFeed(stack, own.host.id)).url);
    expect(text).toContain(`DTSTART:${formatUtcDateTime(from)}\r\n`);
    expect(text).toContain(`DTEND:${formatUtcDateTime(to)}\r\n`);
    expect(text.match(/DTSTART;VALUE=DATE:\d+/g)).toEqual([`DTSTART;VALUE=DATE:${date.replaceAll('-', '')}`]);
  });

  it('tells bookings and blocks, but no holds', async () => {
    const own = await addFeedHost(stack);
    await own.take('hold_x', 'hold', { start: MIDNIGHT + 8 * HOUR, end: MIDNIGHT + 9 * HOUR });
    await own.take('blk_x', 'block', { start: MIDNIGHT + 10 * HOUR, end: MIDNIGHT + 11 * HOUR }, 'Focus');
    await own.take('bkg_x', 'booking', { start: MIDNIGHT + 12 * HOUR, end: MIDNIGHT + 13 * HOUR });
    await sql(
      stack,
      `insert into booking (id, organisation_id, event_type_id, hold_id, status, starts_at, ends_at, hosts, title,
        attendee_name, attendee_email, attendee_time_zone, created_at, updated_at)
       values ('bkg_x', 'org', 'et', 'hold_x', 'CONFIRMED', now(), now(), '{}', 'Intro', 'Grace', 'grace@example.com', 'UTC', now(), now())`,
    );
    const plain = await textAt((await createFeed(stack, own.host.id)).url);
    expect(eventsOf(plain).map(({ start, summary }) => [utc(Date.parse(start)), summary])).toEqual([
      [utc(MIDNIGHT + 10 * HOUR), 'Busy'],
      [utc(MIDNIGHT + 12 * HOUR), 'Busy'],
    ]);
    const titled = await textAt((await createFeed(stack, own.host.id, true)).url);
    expect(eventsOf(titled).map(({ summary }) => summary)).toEqual(['Focus', 'Intro: Grace']);
    expect(titled).not.toContain('grace@example.com');
  });

  it('reaches from SYNC_PAST to SYNC_AHEAD, and no event without length is in it', async () => {
    const own = await addFeedHost(stack);
    const now = Date.now();
    await own.put('long ago', { start: now - 10 * DAY, end: now - 9 * DAY });
    await own.put('last week', { start: now - 6 * DAY, end: now - 6 * DAY + HOUR });
    await own.put('moment', { start: MIDNIGHT, end: MIDNIGHT });
    await own.put('next year', { start: now + 200 * DAY, end: now + 201 * DAY });
    await own.put('in June', { start: now + 170 * DAY, end: now + 171 * DAY });
    const events = eventsOf(await textAt((await createFeed(stack, own.host.id)).url));
    expect(events.map(({ start }) => Date.parse(start) < now)).toEqual([true, false]);
  });

  it('leaves out calendars that do not count, and events of ours that stand where we put them', async () => {
    const own = await addFeedHost(stack);
    const place = { start: MIDNIGHT + 9 * HOUR, end: MIDNIGHT + 10 * HOUR };
    await own.put('ours', place);
    await own.take('bkg_o', 'booking', place);
    await sql(
      stack,
      `insert into booking (id, organisation_id, event_type_id, hold_id, status, starts_at, ends_at, hosts, title,
        attendee_name, attendee_email, attendee_time_zone, created_at, updated_at)
       values ('bkg_o', 'org', 'et', 'hold_o', 'CONFIRMED', $1, $2, '{}', 'Intro', 'Grace', 'g@example.com', 'UTC', now(), now())`,
      [new Date(place.start), new Date(place.end)],
    );
    await sql(
      stack,
      `insert into booking_write (id, organisation_id, booking_id, host_id, calendar_id, account_id, provider, own_id,
        external_id, wanted, revision, done_revision, status, written_at, written_starts_at, written_ends_at)
       values ('bkw_o', 'org', 'bkg_o', $1, $2, 'acc', 'google', 'own', 'ours', 'present', 1, 1, 'WRITTEN', now(), $3, $4)`,
      [own.host.id, own.calendar, new Date(place.start), new Date(place.end)],
    );
    const { url } = await createFeed(stack, own.host.id);
    expect(eventsOf(await textAt(url))).toHaveLength(1);
    // Its host moved it in their own calendar: for the moment both places are taken.
    await own.put('ours', { start: MIDNIGHT + 12 * HOUR, end: MIDNIGHT + 13 * HOUR });
    expect(eventsOf(await textAt(url))).toHaveLength(2);
    await sql(stack, 'update calendar set selected = false where id = $1', [own.calendar]);
    expect(eventsOf(await textAt(url))).toHaveLength(1);
  });

  it('folds lines by octets and cuts no character in two', async () => {
    const own = await addFeedHost(stack);
    const title = `${'Überraschung für Zoë 🎂 '.repeat(12)}!`;
    await own.put('long', { start: MIDNIGHT, end: MIDNIGHT + HOUR, title });
    const text = await textAt((await createFeed(stack, own.host.id, true)).url);
    const lines = text.split('\r\n');
    expect(lines.at(-1)).toBe('');
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBe(75);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(eventsOf(text)[0]?.summary).toBe(title);
  });
});

describe('a secret that opens nothing', () => {
  it('is answered alike, whether it was revoked, never made, or is none', async () => {
    const feed = await createFeed(stack, world.host.id);
    expect((await fetch(feed.url)).status).toBe(200);
    await revokeFeed(stack, feed.id);
    const never = feed.url.replace(feed.secret, Buffer.alloc(32, 7).toString('base64url'));
    const other = [
      feed.url,
      never,
      `${stack.url}/feeds/x.ics`,
      feed.url.replace('.ics', ''),
      `${stack.url}/feeds/.ics`,
    ];
    const answers = await Promise.all(
      other.map(async (url) => {
        const { status, headers, body } = await raw(url);
        return { status, type: headers['content-type'], cache: headers['cache-control'], body: String(body) };
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
    expect((await refusal(revokeFeed(stack, feed.id))).code).toBe('NOT_FOUND');
  });

  it('is that of a host who is gone', async () => {
    const host = await makeHost(stack.admin, 'leaver');
    const feed = await createFeed(stack, host.id);
    await sql(stack, 'delete from host where id = $1', [host.id]);
    expect((await fetch(feed.url)).status).toBe(404);
  });
});

describe('limits', () => {
  it('count by feed and by address, with 429 and Retry-After', async () => {
    const small = await startFeedStack({ RATE_LIMIT_ANONYMOUS: '5/PT1H', TRUSTED_PROXIES: '127.0.0.1' });
    try {
      const own = await addFeedHost(small);
      const [one, two] = [await createFeed(small, own.host.id), await createFeed(small, own.host.id)];
      const from = (address: string, url: string) => raw(url, { 'x-forwarded-for': address });
      // Each reader has an address of its own: what they use up is the feed's.
      const statuses = [];
      for (let i = 0; i < 6; i++) statuses.push(await from(`192.0.2.${i}`, one.url));
      expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
      expect(Number(statuses.at(-1)?.headers['retry-after'])).toBeGreaterThan(3_000);
      expect((await from('192.0.2.9', two.url)).status).toBe(200);
      // Guesses are counted by address.
      const guess = two.url.replace(two.secret, 'x'.repeat(43));
      const guesses = [];
      for (let i = 0; i < 6; i++) guesses.push((await from('198.51.100.1', guess)).status);
      expect(guesses).toEqual([404, 404, 404, 404, 404, 429]);
      expect((await from('198.51.100.1', two.url)).status).toBe(429);
      const metrics = await readMetrics(small.url);
      expect(metrics).toContain('slotwire_rate_limited_total{limit="feeds"} 1');
    } finally {
      await small.close();
    }
  });
});
