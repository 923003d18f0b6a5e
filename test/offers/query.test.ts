import { describe, expect, it } from 'vitest';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import type { CalendarBusy } from '../../src/calendars/source.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import {
  at,
  busy,
  DAY_ZERO,
  eventType,
  host,
  NOW,
  openDesk,
  source,
  sources,
  unread,
} from './world.fixture.ts';

const desk = (more: Partial<EventTypeRules>, ...known: CalendarBusy[]) =>
  openDesk(eventType(more), sources(host(), ...known));
const hours = (starts: Float64Array) => Array.from(starts, (start) => (start - DAY_ZERO) / HOUR);
/** Hours of the day at which the host is offered. */
const offered = async (more: Partial<EventTypeRules>, ...known: CalendarBusy[]) =>
  hours((await desk(more, ...known).ask()).slots.starts);

const ALL = [9, 10, 11, 12, 13, 14, 15, 16];

describe('slots', () => {
  it('are working hours minus the busy time of every calendar', async () => {
    const lunch = source({ busy: busy([at(12), at(13)]) });
    const meeting = source({ busy: busy([at(9, 30), at(10, 30)]) });
    expect(await offered({}, lunch, meeting)).toEqual([11, 13, 14, 15, 16]);
    expect(await offered({})).toEqual(ALL);
  });

  it('take tentative time as the rules say', async () => {
    const maybe = source({
      busy: busy([at(9), at(11), 'BUSY_TENTATIVE'], [at(12), at(13), 'BUSY_UNAVAILABLE']),
    });
    expect(await offered({}, maybe)).toEqual([11, 13, 14, 15, 16]);
    expect(await offered({ tentativeBlocks: false }, maybe)).toEqual([9, 10, 11, 13, 14, 15, 16]);
  });

  it('are offered inside coverage only, buffers included, whatever the policy', async () => {
    const known = source({ coveredFrom: at(11), coveredTo: at(15) });
    for (const onStale of ['FAIL_CLOSED', 'WARN'] as const) {
      expect(await offered({ onStale }, known, source())).toEqual([11, 12, 13, 14]);
      expect(await offered({ onStale, bufferBefore: 1, bufferAfter: 1 }, known)).toEqual([12, 13]);
    }
    const answer = await desk({}, known).ask();
    expect(answer).toMatchObject({
      complete: false,
      issues: [{ code: 'OUTSIDE_COVERAGE', calendar: 'cal_1' }],
    });
  });

  it('of a calendar that was never read are none, whatever the policy', async () => {
    expect(await offered({ onStale: 'WARN' }, source(), unread())).toEqual([]);
  });

  it('of a stale calendar follow the policy, with the last known busy time', async () => {
    const stale = source({ provenAsOf: NOW - 16 * MINUTE, busy: busy([at(9), at(16)]) });
    expect(await offered({}, stale)).toEqual([]);
    expect(await offered({ onStale: 'WARN' }, stale)).toEqual([16]);
    expect(await offered({ staleAfter: 16 * MINUTE }, stale)).toEqual([16]);
    const young = source({ provenAsOf: NOW - 2 * MINUTE });
    expect(await offered({ staleAfter: MINUTE }, young)).toEqual([]);
  });

  it('name the host and nothing private, and the seats', async () => {
    const { slots } = await desk({ seats: 3 }, source()).ask();
    expect(slots).toMatchObject({
      length: HOUR,
      teams: [[{ id: 'host_1', name: 'Ada', slug: 'host-1' }]],
    });
    expect([...slots.seats]).toEqual(ALL.map(() => 3));
    expect([...slots.teamOf]).toEqual(ALL.map(() => 0));
    expect(Object.keys(slots.teams[0]?.[0] ?? {}).sort()).toEqual(['id', 'name', 'slug']);
  });

  it('of an unknown event type are NOT_FOUND', async () => {
    await expect(desk({}).ask({ eventType: 'et_9' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the etag', () => {
  it('is the same for the same question and slots, however they came to be', async () => {
    const one = await desk({}, source({ busy: busy([at(9), at(10)]) })).ask();
    const later = desk({}, source({ provenAsOf: NOW }), source({ busy: busy([at(8, 30), at(9, 45)]) }));
    later.desk.now += MINUTE;
    const two = await later.ask();
    expect(two.etag).toBe(one.etag);
    expect(one.etag).toMatch(/^[\w-]{22}$/);
  });

  it('tells every difference of question, slots, hosts and seats', async () => {
    const { desk: seen, ask } = desk({}, source());
    const etags = [
      (await ask()).etag,
      (await ask({ to: DAY_ZERO + 2 * DAY })).etag,
      (await ask({ from: NOW })).etag,
    ];
    seen.type = eventType({ seats: 2 });
    etags.push((await ask()).etag);
    seen.type = eventType({ length: 30 * MINUTE });
    etags.push((await ask()).etag);
    seen.type = eventType();
    seen.hosts = [sources(host('host_1', [], 'Ada L.'), source())];
    etags.push((await ask()).etag);
    seen.hosts = [sources(host(), source({ busy: busy([at(9), at(10)]) }))];
    etags.push((await ask()).etag);
    expect(new Set(etags).size).toBe(etags.length);
  });
});

describe('time as an event', () => {
  /** Asks again at the instant that an answer names, and just before. */
  async function around(more: Partial<EventTypeRules>, ...known: CalendarBusy[]) {
    const { desk: seen, ask } = desk(more, ...known);
    const first = await ask();
    if (first.changesAt === null) throw new Error('nothing changes');
    seen.now = first.changesAt - 1;
    const before = await ask();
    seen.now = first.changesAt;
    return { first, before, after: await ask(), at: first.changesAt };
  }

  it('minimum notice takes the first slot away', async () => {
    const {
      first,
      before,
      after,
      at: when,
    } = await around({ minimumNotice: 30 * MINUTE, staleAfter: DAY }, source());
    expect(when).toBe(at(8, 30) + 1);
    expect(before.etag).toBe(first.etag);
    expect(hours(after.slots.starts)).toEqual(ALL.slice(1));
  });

  it('the horizon lets the next slot in, at the very instant', async () => {
    const {
      first,
      before,
      after,
      at: when,
    } = await around({ horizon: 90 * MINUTE, staleAfter: DAY }, source());
    expect(hours(first.slots.starts)).toEqual([9]);
    expect(when).toBe(at(8, 30));
    expect(before.etag).toBe(first.etag);
    expect(hours(after.slots.starts)).toEqual([9, 10]);
  });

  it('the horizon brings nothing that is busy, or beyond the window', async () => {
    const packed = source({ busy: busy([at(10), at(16)]) });
    const { desk: seen, ask } = desk({ horizon: 2 * HOUR, staleAfter: DAY }, packed);
    expect((await ask()).changesAt).toBe(at(9) + 1);
    seen.now = at(9) + 1;
    expect((await ask()).changesAt).toBe(at(14));
    seen.now = at(14);
    expect(hours((await ask()).slots.starts)).toEqual([16]);
    expect((await ask()).changesAt).toBe(at(16) + 1);
    seen.now = at(16) + 1;
    expect((await ask()).changesAt).toBe(NOW - MINUTE + DAY + 1);
  });

  it('age makes a source stale', async () => {
    const { first, before, after, at: when } = await around({}, source());
    expect(when).toBe(NOW + 14 * MINUTE + 1);
    expect(before).toMatchObject({ complete: true, etag: first.etag });
    expect(after).toMatchObject({ complete: false, changesAt: null });
    expect(after.slots.starts).toHaveLength(0);
  });

  it('is none where nothing is offered and nothing gets older', async () => {
    expect((await desk({}, unread()).ask()).changesAt).toBeNull();
    expect((await desk({}).ask({ from: DAY_ZERO - DAY, to: DAY_ZERO })).changesAt).toBeNull();
  });
});

it('rings for its event type, its hosts and their calendars', async () => {
  const { dependencies } = await desk({}, source(), source()).ask();
  expect([...dependencies.keys()]).toEqual([
    'type:et_1',
    'host:host_1',
    'native:host_1',
    'busy:cal_1',
    'busy:cal_2',
  ]);
  const without = openDesk(eventType({}, ['host_gone']));
  expect([...(await without.ask()).dependencies.keys()]).toEqual([
    'type:et_1',
    'host:host_gone',
    'native:host_gone',
  ]);
});
