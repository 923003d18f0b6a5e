/** The combined calendar as real clients read it: Debian's vdirsyncer with khal, and python3-caldav; tsdav from npm. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createDAVClient } from 'tsdav';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/eventually.ts';
import { KHAL, PYTHON_CALDAV, pathOf, VDIRSYNCER } from '../harness/programs.ts';
import { createFeed, type Feed, revokeFeed, utc } from '../http/routes/feeds-world.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { at } = testDay();
const HOUR = 3_600_000;

let stack: Stack;
let host: ConnectedHost;
let feed: Feed;
let folder: string;

beforeAll(async () => {
  stack = await startStack();
  host = await connectHost(stack, 'GOOGLE', 'davina');
  feed = await createFeed(stack, host.id);
  folder = await mkdtemp(join(tmpdir(), 'slotwire-dav-'));
  await edit((world, calendar) => {
    world.createEvent(calendar, { title: 'Secret review', start: at('10:00'), end: at('11:00') });
    world.createEvent(calendar, { title: 'Overlap', start: at('10:30'), end: at('12:00') });
  });
});

afterAll(async () => {
  await stack?.close();
  if (folder) await rm(folder, { recursive: true });
});

/** Edits at the provider, and waits until the feed tells it. */
async function edit<T>(change: (world: Stack['simulator']['world'], calendar: string) => T): Promise<T> {
  const text = async () => (await fetch(feed.url)).text();
  const before = await text();
  const result = change(stack.simulator.world, host.remoteCalendar);
  await stack.simulator.onIdle();
  await until(async () => (await text()) !== before);
  // Two events come in one pull or in two.
  await until(async () => {
    const events = stack.simulator.world.events(host.remoteCalendar, at('00:00'), at('23:59'));
    return (await text()).split('BEGIN:VEVENT').length - 1 === events.length;
  });
  return result;
}

const run = (program: string, args: string[], input = '') =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const env = { ...process.env, HOME: folder, LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };
    const child = execFile(program, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
    child.stdin?.end(input);
  });

describe('vdirsyncer and khal', () => {
  const local = () => join(folder, 'local');
  const config = () => join(folder, 'vdirsyncer.conf');

  const sync = async () => {
    const { code, output } = await run(pathOf(VDIRSYNCER), ['-c', config(), 'sync']);
    expect([code, output]).toEqual([0, expect.stringContaining('Syncing')]);
    return (await readdir(join(local(), 'busy'))).sort();
  };

  const agenda = async () => {
    const day = new Date(at('00:00')).toISOString().slice(0, 10);
    const { output } = await run(pathOf(KHAL), [
      '-c',
      join(folder, 'khal.conf'),
      'list',
      '--format',
      '{start-time} {end-time} {title}',
      day,
      '1d',
    ]);
    return output.split('\n').filter((line) => /^\d/.test(line));
  };

  beforeAll(async () => {
    await mkdir(local());
    await writeFile(
      config(),
      `[general]
status_path = "${join(folder, 'status')}"
[pair host]
a = "remote"
b = "local"
collections = ["from a"]
[storage remote]
type = "caldav"
url = "${stack.url}/"
username = "${host.slug}"
password = "${feed.secret}"
read_only = true
[storage local]
type = "filesystem"
path = "${local()}"
fileext = ".ics"
`,
    );
    await writeFile(
      join(folder, 'khal.conf'),
      `[calendars]
[[busy]]
path = ${join(local(), 'busy')}
readonly = True
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = ${join(folder, 'khal.db')}
`,
    );
  });

  it('lets vdirsyncer and khal find the calendar, fetch it, and sync added, moved and deleted events', async () => {
    const found = await run(pathOf(VDIRSYNCER), ['-c', config(), 'discover'], 'y\n');
    expect([found.code, found.output]).toEqual([0, expect.stringContaining('busy')]);
    const first = await sync();
    expect(first).toHaveLength(2);
    expect(await agenda()).toEqual(['10:00 11:00 Busy', '10:30 12:00 Busy']);
    const text = await readFile(join(local(), 'busy', first[0] ?? ''), 'utf8');
    expect(text).not.toContain('Secret');

    const added = await edit((world, calendar) =>
      world.createEvent(calendar, { title: 'Third', start: at('15:00'), end: at('16:00') }),
    );
    const second = await sync();
    expect(second).toHaveLength(3);
    expect(second).toEqual(expect.arrayContaining(first));

    await edit((world, calendar) => world.moveEvent(calendar, added.id, at('17:00'), at('18:00')));
    expect(await sync()).toEqual(second);
    expect(await agenda()).toEqual(['10:00 11:00 Busy', '10:30 12:00 Busy', '17:00 18:00 Busy']);

    await edit((world, calendar) => world.deleteEvent(calendar, added.id));
    expect(await sync()).toEqual(first);
    expect(await agenda()).toEqual(['10:00 11:00 Busy', '10:30 12:00 Busy']);
  }, 120_000);
});

describe('python3-caldav', () => {
  it('lets python3-caldav discover, search, fetch and sync the calendar, query free-busy time, and refuses its writes', async () => {
    expect(pathOf(PYTHON_CALDAV)).toContain('caldav');
    const script = fileURLToPath(new URL('dav.py', import.meta.url));
    const args = [
      '-W',
      'ignore',
      script,
      `${stack.url}/`,
      host.slug,
      feed.secret,
      String(at('00:00')),
      String(at('11:00')),
    ];
    const child = spawn('/usr/bin/python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse(String((await lines.next()).value ?? 'null'));
    try {
      const iso = (time: string) => new Date(at(time)).toISOString().replace('.000Z', '+00:00');
      const both = [iso('10:00'), iso('10:30')];
      expect(await next()).toEqual({
        'wrong password': 'refused',
        calendars: [`/dav/calendars/${host.slug}/busy/`],
        name: `${host.slug} (busy)`,
        events: both,
        search: both,
        expanded: both,
        open: both,
        'by uid': true,
        multiget: both,
        'free-busy': [[iso('10:00'), iso('11:00')]],
        objects: 2,
        put: 'forbidden',
        delete: 'forbidden',
        make: 'forbidden',
        after: both,
      });
      const ask = () => {
        child.stdin.write('\n');
        return next();
      };
      const before = await ask();
      expect(before).toHaveLength(2);
      const added = await edit((world, calendar) =>
        world.createEvent(calendar, { start: at('15:00'), end: at('16:00') }),
      );
      const more = await ask();
      expect(more).toEqual(expect.arrayContaining(before));
      expect(more).toHaveLength(3);
      await edit((world, calendar) => world.moveEvent(calendar, added.id, at('17:00'), at('18:00')));
      expect(await ask()).toEqual(more);
      await edit((world, calendar) => world.deleteEvent(calendar, added.id));
      expect(await ask()).toEqual(before);
    } finally {
      child.stdin.end();
      child.kill();
    }
  }, 120_000);
});

describe('tsdav', () => {
  const connect = (password = feed.secret) =>
    createDAVClient({
      serverUrl: `${stack.url}/`,
      credentials: { username: host.slug, password },
      authMethod: 'Basic',
      defaultAccountType: 'caldav',
    });

  it('lets tsdav list the calendar and sync it by sync-collection, tombstones included', async () => {
    const client = await connect();
    const calendars = await client.fetchCalendars();
    expect(calendars.map(({ url, displayName, components }) => ({ url, displayName, components }))).toEqual([
      {
        url: `${stack.url}/dav/calendars/${host.slug}/busy/`,
        displayName: `${host.slug} (busy)`,
        components: ['VEVENT'],
      },
    ]);
    const [calendar] = calendars;
    if (!calendar) throw new Error('no calendar');
    expect(calendar.reports).toContain('syncCollection');
    const range = { start: new Date(at('00:00')).toISOString(), end: new Date(at('23:00')).toISOString() };
    const objects = await client.fetchCalendarObjects({ calendar, timeRange: range });
    expect(objects).toHaveLength(2);
    for (const { data, etag } of objects) {
      expect(data).toMatch(/^BEGIN:VCALENDAR\r?\n/);
      expect(etag).toMatch(/^"?[\w-]{27}"?$/);
    }

    const report = async (syncToken?: string) => {
      const answers = await client.syncCollection({
        url: calendar.url,
        props: { 'd:getetag': {} },
        syncLevel: 1,
        ...(syncToken ? { syncToken } : {}),
      });
      return {
        token: String(answers[0]?.raw?.multistatus?.syncToken),
        received: answers
          .filter(({ href }) => href)
          .map(({ href, status }) => `${status} ${href?.split('/').at(-1)}`),
      };
    };
    const begin = await report();
    expect(begin.received).toHaveLength(2);
    expect((await report(begin.token)).received).toEqual([]);
    const added = await edit((world, calendarId) =>
      world.createEvent(calendarId, { start: at('15:00'), end: at('16:00') }),
    );
    const one = await report(begin.token);
    expect(one.received).toEqual([expect.stringMatching(/^207 [\da-f]{32}\.ics$/)]);
    await edit((world, id) => world.moveEvent(id, added.id, at('17:00'), at('18:00')));
    const two = await report(one.token);
    expect(two.received).toEqual(one.received);
    await edit((world, id) => world.deleteEvent(id, added.id));
    const three = await report(two.token);
    expect(three.received).toEqual(one.received.map((line) => line.replace('207', '404')));
    // Who missed all of it hears of nothing but the end.
    expect((await report(begin.token)).received.filter((line) => !line.startsWith('404'))).toEqual([]);
  }, 120_000);

  it('refuses tsdav writes, and every request once the feed is revoked', async () => {
    const client = await connect();
    const [calendar] = await client.fetchCalendars();
    if (!calendar) throw new Error('no calendar');
    const put = await client.createCalendarObject({
      calendar,
      filename: 'mine.ics',
      iCalString: `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:mine\r\nDTSTART:${utc(at('09:00'))}\r\nDTEND:${utc(at('09:00') + HOUR)}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    });
    expect(put.status).toBe(403);
    expect(await put.text()).toContain('need-privileges');
    const [object] = await client.fetchCalendarObjects({ calendar });
    expect((await client.deleteCalendarObject({ calendarObject: object ?? { url: '' } })).status).toBe(403);

    await expect(connect('wrong')).rejects.toThrow();
    const other = await createFeed(stack, host.id);
    const reader = await connect(other.secret);
    expect(await reader.fetchCalendars()).toHaveLength(1);
    await revokeFeed(stack, other.id);
    await expect(connect(other.secret)).rejects.toThrow();
    expect(await client.fetchCalendars()).toHaveLength(1);
  });
});
