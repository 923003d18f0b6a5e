/** The combined calendar as a feed, from the provider to an independent reader: Debian's python3-recurring-ical-events. */
import { execFile } from 'node:child_process';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startGateway } from '../../src/main.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { makeHost, sql } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { pathOf, RECURRING_ICAL_EVENTS } from '../harness/programs.ts';
import { createFeed, revokeFeed } from '../http/routes/feeds-world.fixture.ts';
import { createBooker } from './booker.fixture.ts';
import { asker } from './client.fixture.ts';
import {
  ADMIN_TOKEN,
  type ConnectedHost,
  connectHost,
  type Stack,
  startStack,
  testDay,
} from './stack.fixture.ts';

const { at, iso } = testDay();
const one = (time: string) => iso(time)[0] ?? '';

const READER = `
import json, sys, icalendar, recurring_ical_events
from datetime import datetime, timezone
start, end = (datetime.fromtimestamp(int(at) / 1000, timezone.utc) for at in sys.argv[1:3])
calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
print(json.dumps(sorted([e["DTSTART"].dt.strftime("%H:%M"), e["DTEND"].dt.strftime("%H:%M"), str(e["SUMMARY"]), str(e["UID"])]
    for e in recurring_ical_events.of(calendar).between(start, end))))
`;

/** Start, end, title and UID of what stands in the test's day, as another program reads them. */
function readFeed(text: string): Promise<[string, string, string, string][]> {
  const args = ['-W', 'ignore', '-c', READER, String(at('00:00')), String(at('23:59'))];
  return new Promise((resolve, reject) => {
    const child = execFile('/usr/bin/python3', args, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout)),
    );
    child.stdin?.end(text);
  });
}

let stack: Stack;
beforeAll(async () => {
  expect(pathOf(RECURRING_ICAL_EVENTS)).toBeTruthy();
  stack = await startStack();
});
afterAll(() => stack?.close());

const textAt = async (url: string) => (await fetch(url)).text();
const count = (text: string) => text.split('BEGIN:VEVENT').length - 1;

describe.each(['GOOGLE', 'MICROSOFT'] as const)('the feed of a host at %s', (provider) => {
  let host: ConnectedHost;
  let url: string;
  let titled: string;
  beforeAll(async () => {
    host = await connectHost(stack, provider, `feed-${provider.toLowerCase()}`);
    [{ url }, { url: titled }] = await Promise.all([
      createFeed(stack, host.id),
      createFeed(stack, host.id, true),
    ]);
  });

  it("publishes changes of the host's calendar in the feed, with stable UIDs", async () => {
    const { world } = stack.simulator;
    const { id } = world.createEvent(host.remoteCalendar, {
      title: 'Dentist',
      start: at('10:00'),
      end: at('11:00'),
    });
    await until(async () => count(await textAt(url)) === 1);
    const [first] = await readFeed(await textAt(url));
    expect(first).toEqual(['10:00', '11:00', 'Busy', expect.any(String)]);
    expect((await readFeed(await textAt(titled)))[0]).toEqual([
      '10:00',
      '11:00',
      'Dentist',
      expect.any(String),
    ]);
    const before = await textAt(url);
    world.moveEvent(host.remoteCalendar, id, at('12:00'), at('12:30'));
    await until(async () => (await textAt(url)) !== before);
    expect(await readFeed(await textAt(url))).toEqual([['12:00', '12:30', 'Busy', first?.[3]]]);
    world.deleteEvent(host.remoteCalendar, id);
    await until(async () => count(await textAt(url)) === 0);
  });

  it('lists a booking once in the feed, from its confirmation on, and not again when the provider returns it', async () => {
    const booker = createBooker(stack.anyone);
    const booked = await booker.book(host.eventType, one('14:00'));
    const [first, ...others] = await readFeed(await textAt(titled));
    expect([first, others]).toEqual([['14:00', '14:30', 'Intro: Grace Hopper', expect.any(String)], []]);
    await booker.becomes(booked.token, 'WRITTEN');
    await stack.simulator.onIdle();
    await stack.admin('mutation ($id: ID!) { syncCalendar(calendar: $id) { id } }', { id: host.calendar });
    expect(await readFeed(await textAt(titled))).toEqual([first]);
    await booker.reschedule(booked.token, one('15:00'));
    expect((await readFeed(await textAt(titled))).filter(([, , , uid]) => uid === first?.[3])).toEqual([
      ['15:00', '15:30', 'Intro: Grace Hopper', first?.[3]],
    ]);
    await booker.becomes(booked.token, 'WRITTEN');
    await until(async () => count(await textAt(titled)) === 1);
    await booker.cancel(booked.token);
    await until(async () => count(await textAt(titled)) === 0);
  });
});

describe('titles of events', () => {
  it('are in the database only while a feed shows them: the first one has its calendars read anew, the end of the last one blanks them', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'feed-untitled');
    const span = { start: at('10:00'), end: at('11:00') };
    stack.simulator.world.createEvent(host.remoteCalendar, { title: 'Dentist, root canal', ...span });
    const plain = await createFeed(stack, host.id);
    await until(async () => count(await textAt(plain.url)) === 1);
    const stored = async () => {
      const { rows } = await query(
        `select coalesce(title, '-') as title from event where calendar_id = $1 order by id`,
        [host.calendar],
      );
      return [...new Set(rows.map(({ title }) => title))];
    };
    expect(await stored()).toEqual(['-']);
    const titled = await createFeed(stack, host.id, true);
    await until(async () => (await textAt(titled.url)).includes('SUMMARY:Dentist\\, root canal'));
    expect(await textAt(plain.url)).not.toContain('Dentist');
    expect(await stored()).toContain('Dentist, root canal');
    await revokeFeed(stack, titled.id);
    expect(await stored()).toEqual(['-']);
    expect(count(await textAt(plain.url))).toBe(1);
  });
});

/** Straight from the database, for what no query shows. */
async function query(text: string, values: unknown[]) {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await client.connect();
  return client.query<{ title: string }>(text, values).finally(() => client.end());
}

describe('the secret', () => {
  it('logs no feed secret, whatever goes wrong', async () => {
    const database = await freshDatabase();
    const lines: string[] = [];
    const port = await freePort();
    const environment = {
      ...stack.environment,
      DATABASE_URL: database.url,
      PORT: String(port),
      LOG_LEVEL: 'trace',
    };
    const config = readConfig(environment);
    const gateway = await startGateway({
      config,
      log: createLog(
        'trace',
        new PassThrough().on('data', (line) => lines.push(String(line))),
      ),
      installation: {
        databaseUrl: database.url,
        keyRing: createKeyRing(config.ENCRYPTION_KEYS ?? []),
        adminToken: ADMIN_TOKEN,
      },
      http: true,
      sync: false,
    });
    try {
      const admin = asker(gateway.url, ADMIN_TOKEN);
      const own = { ...stack, admin, environment };
      const host = await makeHost(admin, 'logan');
      const { url, secret } = await createFeed(own, host.id);
      const authorization = `Basic ${Buffer.from(`logan:${secret}`).toString('base64')}`;
      const statuses = async () => {
        const asked = [
          fetch(url),
          fetch(url.replace('.ics', 'x.ics')),
          fetch(`${gateway.url}/dav/calendars/logan/busy/`, {
            method: 'PROPFIND',
            headers: { authorization },
          }),
          fetch(`${gateway.url}/dav/`, { method: 'PROPFIND', body: '<', headers: { authorization } }),
        ];
        return (await Promise.all(asked)).map(({ status }) => status);
      };
      expect(await statuses()).toEqual([200, 404, 207, 400]);
      await sql(own, 'alter table native_time rename to native_time_away');
      expect(await statuses()).toEqual([500, 404, 500, 400]);
      await sql(own, 'alter table feed rename to feed_away');
      expect(await statuses()).toEqual([500, 500, 500, 500]);
      expect(lines.filter((line) => line.includes('request failed'))).toHaveLength(6);
      expect(lines.filter((line) => line.includes(secret) || line.includes(authorization.slice(6)))).toEqual(
        [],
      );
    } finally {
      await gateway.close();
      await database.drop();
    }
  });
});
