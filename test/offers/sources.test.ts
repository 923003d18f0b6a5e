import { describe, expect, it } from 'vitest';
import { cacheKey } from '../../src/cache/keys.ts';
import { createSources } from '../../src/offers/sources.ts';
import { at, booking, busy, eventType, fakeCache, host, source } from './world.fixture.ts';

const key = {
  type: cacheKey.eventType('et_1'),
  host: cacheKey.host,
  native: cacheKey.native,
  calendar: cacheKey.calendar,
};

/** One event type of one host with two calendars, asked for once, so that guesses are right. */
async function warm() {
  const world = fakeCache();
  world.putType(1, eventType());
  world.putHost(2, host('host_1', ['cal_1', 'cal_2']));
  world.putNative(2, 'host_1', [booking(at(11), at(12))]);
  world.putBusy(3, 'cal_1', source({ busy: busy([at(9), at(10)]) }));
  world.putBusy(4, 'cal_2', source());
  const sources = createSources(world.cache);
  const first = await sources.forEventType('et_1');
  const trips = world.reads.splice(0);
  return { ...world, sources, first, trips };
}

const calendarsOf = (found: Awaited<ReturnType<ReturnType<typeof createSources>['forEventType']>>) =>
  found?.hosts.flatMap(({ calendars }) => calendars.map(({ id }) => id));

describe('the sources of an event type', () => {
  it('are found step by step the first time, and in one round trip from then on', async () => {
    const { sources, first, trips, reads } = await warm();
    expect(trips).toEqual([
      [key.type],
      [key.host('host_1'), key.native('host_1')],
      [key.calendar('cal_1'), key.calendar('cal_2')],
    ]);
    expect(first?.type).toEqual(eventType());
    expect(first?.hosts[0]?.native).toEqual([booking(at(11), at(12))]);
    expect(first?.hosts[0]?.calendars[0]?.source).toEqual(source({ busy: busy([at(9), at(10)]) }));
    expect(await sources.forEventType('et_1')).toEqual(first);
    expect(reads).toEqual([
      [key.type, key.host('host_1'), key.native('host_1'), key.calendar('cal_1'), key.calendar('cal_2')],
    ]);
  });

  it('show a new version of busy time in one round trip', async () => {
    const { sources, putBusy, reads } = await warm();
    putBusy(9, 'cal_2', source({ busy: busy([at(12), at(13)]) }));
    const found = await sources.forEventType('et_1');
    expect(found?.hosts[0]?.calendars[1]?.source.busy).toEqual(busy([at(12), at(13)]));
    expect(reads).toHaveLength(1);
  });

  it('show what was taken meanwhile in one round trip', async () => {
    const { sources, putNative, reads } = await warm();
    putNative(9, 'host_1', []);
    expect((await sources.forEventType('et_1'))?.hosts[0]?.native).toEqual([]);
    expect(reads).toHaveLength(1);
  });

  it('follow when a calendar is selected: one more round trip, once', async () => {
    const { sources, putHost, putBusy, reads } = await warm();
    putHost(10, host('host_1', ['cal_1', 'cal_2', 'cal_3']));
    putBusy(11, 'cal_3', source({ busy: busy([at(15), at(16)]) }));
    const found = await sources.forEventType('et_1');
    expect(found?.hosts[0]?.calendars[2]?.source.busy).toEqual(busy([at(15), at(16)]));
    expect(reads.splice(0)[1]).toEqual([key.calendar('cal_3')]);
    await sources.forEventType('et_1');
    expect(reads).toHaveLength(1);
  });

  it('forget a calendar that was deselected, at once', async () => {
    const { sources, putHost, reads } = await warm();
    putHost(10, host('host_1', ['cal_2']));
    expect(calendarsOf(await sources.forEventType('et_1'))).toEqual(['cal_2']);
    expect(reads).toHaveLength(1);
    await sources.forEventType('et_1');
    expect(reads[1]).toEqual([key.type, key.host('host_1'), key.native('host_1'), key.calendar('cal_2')]);
  });

  it('follow when the event type goes to another host', async () => {
    const { sources, putType, putHost, putNative, putBusy, reads } = await warm();
    putType(12, eventType({}, ['host_2']));
    putHost(13, host('host_2', ['cal_9'], 'Bob'));
    putNative(13, 'host_2', []);
    putBusy(14, 'cal_9', source());
    const found = await sources.forEventType('et_1');
    expect(found?.hosts.map((one) => one.host.name)).toEqual(['Bob']);
    expect(calendarsOf(found)).toEqual(['cal_9']);
    expect(reads.splice(0)).toHaveLength(3);
    await sources.forEventType('et_1');
    expect(reads).toEqual([[key.type, key.host('host_2'), key.native('host_2'), key.calendar('cal_9')]]);
  });

  it('never go back to an older version than was seen before', async () => {
    const { sources, putBusy, putHost } = await warm();
    putBusy(9, 'cal_1', source({ busy: busy([at(12), at(13)]) }));
    putHost(10, host('host_1', ['cal_1']));
    await sources.forEventType('et_1');
    putBusy(8, 'cal_1', source());
    putHost(2, host('host_1', ['cal_1', 'cal_2']));
    const found = await sources.forEventType('et_1');
    expect(calendarsOf(found)).toEqual(['cal_1']);
    expect(found?.hosts[0]?.calendars[0]?.source.busy).toEqual(busy([at(12), at(13)]));
  });

  it('are never free where a calendar has no value or a damaged one', async () => {
    const { sources, values } = await warm();
    const damaged = values.get(key.calendar('cal_1'));
    values.set(key.calendar('cal_1'), {
      version: 20,
      bytes: damaged?.bytes.subarray(0, 41) ?? Buffer.alloc(0),
    });
    values.delete(key.calendar('cal_2'));
    const found = await sources.forEventType('et_1');
    for (const { source: known } of found?.hosts[0]?.calendars ?? []) {
      expect(known).toMatchObject({ provenAsOf: null, basis: 'NEVER', coveredFrom: null, coveredTo: null });
    }
  });

  it('are null for one that does not exist, or no longer', async () => {
    const { sources, values } = await warm();
    expect(await sources.forEventType('et_2')).toBeNull();
    values.delete(key.type);
    expect(await sources.forEventType('et_1')).toBeNull();
  });
});

describe('the sources of hosts', () => {
  it('come in the order asked for, without those that do not exist, in one round trip when known', async () => {
    const world = fakeCache();
    world.putHost(1, host('host_1', ['cal_1']));
    world.putHost(2, host('host_2', []));
    for (const id of ['host_1', 'host_2']) world.putNative(3, id, []);
    world.putBusy(3, 'cal_1', source());
    const sources = createSources(world.cache);
    const ids = async (...asked: string[]) => (await sources.forHosts(asked)).map((found) => found.host.id);
    expect(await ids('host_2', 'host_9', 'host_1')).toEqual(['host_2', 'host_1']);
    world.reads.splice(0);
    expect(await ids('host_1', 'host_2')).toEqual(['host_1', 'host_2']);
    expect(world.reads).toEqual([
      [
        key.host('host_1'),
        key.native('host_1'),
        key.calendar('cal_1'),
        key.host('host_2'),
        key.native('host_2'),
      ],
    ]);
    expect(await ids()).toEqual([]);
  });
});
