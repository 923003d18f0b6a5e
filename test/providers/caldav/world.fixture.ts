/** Binds the provider contract to a real Radicale: what happens in the world is put there as iCalendar objects. */
import { createGuardedClient } from '../../../src/net/client.ts';
import { createCalDav } from '../../../src/providers/caldav/index.ts';
import type { HttpFetch, HttpResponse } from '../../../src/providers/http.ts';
import { createIcalReader } from '../../../src/providers/ical-reader/reader.ts';
import { type Access, type CalendarProvider, ProviderError } from '../../../src/providers/port.ts';
import type { WorldEvent } from '../../../src/simulator/event.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import type { ProviderBinding } from '../../contracts/provider-binding.ts';
import { calendarObject, type DavServer } from '../../harness/dav-server.ts';
import type { RadicaleServer } from '../../harness/radicale.ts';
import { accessWith } from '../unlimited.fixture.ts';

const NOW = Date.parse('2026-10-20T08:00:00Z');
const ZONE = 'Europe/Berlin';
const EMAIL = 'ada@example.com';

export const BERLIN = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19700329T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

const NAMES = '<D:displayname>Work</D:displayname>';
export const CALENDAR_IN_BERLIN = `${NAMES}<C:calendar-timezone>${calendarObject(...BERLIN)}</C:calendar-timezone>`;

export const providerOf = (fetch: HttpFetch = createGuardedClient({ allowPrivate: true })) =>
  createCalDav({ fetch, reader: createIcalReader(), allowHttp: true });

export const secretOf = (
  provider: CalendarProvider,
  server: Pick<DavServer, 'url' | 'username' | 'password'>,
) =>
  provider.secret?.parse({ url: `${server.url}/`, username: server.username, password: server.password }) ??
  '';

/** A secret that stays the same: refused once, the grant is gone. */
export const accessBy = (secret: string): Access =>
  accessWith(async (rejected) => {
    if (rejected === secret) throw new ProviderError('auth-revoked', 'not accepted', { status: 401 });
    return secret;
  });

export async function davWorld(server: RadicaleServer): Promise<ProviderBinding> {
  const home = `/${encodeURIComponent(EMAIL)}`;
  const path = `${home}/work`;
  await server.makeCalendar(`${path}/`, CALENDAR_IN_BERLIN);
  const world = createWorld({ clock: { now: () => NOW } });
  world.addPerson({ email: EMAIL, name: 'Ada', provider: 'google', timeZone: ZONE });
  const id = world.calendars(EMAIL)[0]?.id ?? '';
  let done: Promise<void> = Promise.resolve();
  const then = (work: () => Promise<void>) => {
    done = done.then(work);
  };
  world.onChange(({ type, event }) => {
    const object = `${path}/${event.id}.ics`;
    then(() => (type === 'deleted' ? server.remove(object) : server.putText(object, objectOf(event))));
  });

  const faults = createFaults(`${path}/`);
  const real = providerOf(faults.fetch(createGuardedClient({ allowPrivate: true })));
  const provider: CalendarProvider = {
    ...real,
    async *pullChanges(request) {
      await done;
      yield* real.pullChanges(request);
    },
  };
  let password = server.password;
  /** The next request still gets it. */
  let stale: string | null = null;
  let revoked = false;
  const access = accessWith(async (rejected) => {
    await done;
    const given = stale ?? password;
    stale = null;
    const secret = secretOf(provider, { ...server, password: given });
    if (revoked && rejected === secret)
      throw new ProviderError('auth-revoked', 'not accepted', { status: 401 });
    return secret;
  });
  return {
    provider,
    access,
    email: EMAIL,
    now: NOW,
    pass: () => {},
    calendar: { externalId: `${server.url}${path}/`, timeZone: ZONE },
    world: {
      create: (input) => world.createEvent(id, input).id,
      update: (event, changes) => world.updateEvent(id, event, changes),
      move: (event, start, end) => world.moveEvent(id, event, start, end),
      changeInstance: (event, originalStart, change) =>
        world.changeInstance(id, event, originalStart, change),
      remove: (event) => world.deleteEvent(id, event),
      busy: ({ from, to }) => world.busy(id, from, to),
    },
    faults: {
      answer: faults.answer,
      lose: () => {},
      // Radicale knows no token but those that it gave.
      expireCursor: faults.spoilToken,
      expireAccess: () => {
        stale = password;
        password = 'the next one';
        then(() => server.setPassword(password));
      },
      revoke: () => {
        revoked = true;
        then(() => server.setPassword('somebody else'));
      },
      pageSize: () => {},
      emptyPages: () => {},
    },
    webhook: { address: '', received: [] },
    channels: () => [],
    settled: () => done,
    async close() {
      await done;
      await server.setPassword(server.password);
      await server.remove(`${path}/`);
    },
  };
}

/** Stands between the provider and the server. */
function createFaults(path: string) {
  const answers: { status: number; headers: Record<string, string>; left: number; skip: number }[] = [];
  let spoiled = false;
  const about = (url: string) => new URL(url).pathname === path;
  return {
    answer: ({
      status,
      headers = {},
      times = 1,
      after = 0,
    }: {
      status: number;
      headers?: Record<string, string>;
      times?: number;
      after?: number;
    }) => {
      answers.push({ status, headers, left: times, skip: after });
    },
    spoilToken: () => {
      spoiled = true;
    },
    fetch:
      (real: HttpFetch): HttpFetch =>
      async (url, request): Promise<HttpResponse> => {
        const [fault] = answers;
        if (fault && about(url)) {
          if (fault.skip > 0) fault.skip -= 1;
          else {
            fault.left -= 1;
            if (fault.left === 0) answers.shift();
            const { status } = fault;
            return { status, headers: new Headers(fault.headers), body: Buffer.alloc(0), url };
          }
        }
        const { body } = request;
        if (spoiled && body?.includes('<D:sync-token>http')) {
          spoiled = false;
          const other = body.replace(
            /<D:sync-token>.*<\/D:sync-token>/,
            `<D:sync-token>${OLD}</D:sync-token>`,
          );
          return real(url, { ...request, body: other });
        }
        return real(url, request);
      },
  };
}

const OLD = `http://radicale.org/ns/sync/${'ab'.repeat(32)}`;

const BUSY_STATUS: Record<string, string> = { oof: 'OOF', workingElsewhere: 'WORKINGELSEWHERE' };

/** The object that a client would have made of it. */
function objectOf(event: WorldEvent): string {
  const { exceptions } = event;
  const moved = [...exceptions].filter(([, change]) => !change.cancelled && change.start !== undefined);
  const cancelled = [...exceptions].filter(([, change]) => change.cancelled).map(([original]) => original);
  return calendarObject(
    ...BERLIN,
    ...component(event, [
      ...times(event, event.start, event.end),
      ...rule(event),
      ...cancelled.map((original) => `EXDATE;TZID=${ZONE}:${local(original)}`),
    ]),
    ...moved.flatMap(([original, { start = event.start, end = event.end }]) =>
      component(event, [
        `RECURRENCE-ID;TZID=${ZONE}:${local(original)}`,
        ...times({ ...event, allDay: null }, start, end),
      ]),
    ),
  );
}

function component(event: WorldEvent, lines: string[]): string[] {
  const status = BUSY_STATUS[event.showAs];
  return [
    'BEGIN:VEVENT',
    `UID:${event.id}`,
    `SUMMARY:${event.title}`,
    'DTSTAMP:20261001T000000Z',
    `SEQUENCE:${event.revision}`,
    ...lines,
    ...(event.showAs === 'free' ? ['TRANSP:TRANSPARENT'] : []),
    ...(event.showAs === 'tentative' ? ['STATUS:TENTATIVE'] : []),
    ...(status ? [`X-MICROSOFT-CDO-BUSYSTATUS:${status}`] : []),
    ...(event.response === 'declined' ? [`ATTENDEE;PARTSTAT=DECLINED:mailto:${EMAIL}`] : []),
    'END:VEVENT',
  ];
}

const times = ({ allDay }: Pick<WorldEvent, 'allDay'>, start: number, end: number): string[] =>
  allDay
    ? [
        `DTSTART;VALUE=DATE:${allDay.start.replaceAll('-', '')}`,
        `DTEND;VALUE=DATE:${allDay.end.replaceAll('-', '')}`,
      ]
    : [`DTSTART;TZID=${ZONE}:${local(start)}`, `DTEND;TZID=${ZONE}:${local(end)}`];

function rule({ series }: WorldEvent): string[] {
  if (!series) return [];
  const frequency = series.every === 'day' ? 'DAILY' : 'WEEKLY';
  return [`RRULE:FREQ=${frequency}${series.count === null ? '' : `;COUNT=${series.count}`}`];
}

const local = (at: number) =>
  new Date(at).toLocaleString('sv', { timeZone: ZONE }).replace(/[-:]/g, '').replace(' ', 'T');
