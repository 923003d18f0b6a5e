import { describe, expect, it } from 'vitest';
import type { NativeTime } from '../../src/availability/native.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import type { SlotList } from '../../src/offers/slot-list.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import {
  at,
  block,
  booking,
  busy,
  DAY_ZERO,
  eventType,
  hold,
  host,
  NOW,
  openDesk,
  source,
  sources,
  taken,
} from './world.fixture.ts';

const IDS = ['host_1', 'host_2', 'host_3'];
const of = (id: string) => host(id, [], id.replace('host_', 'H'));

/** Each slot as "hour hosts×seats". */
const received = ({ starts, seats, teamOf, teams }: SlotList) =>
  Array.from(starts, (start, i) => {
    const names = (teams[teamOf[i] ?? -1] ?? []).map(({ name }) => name).join('');
    return `${(start - DAY_ZERO) / HOUR} ${names}×${seats[i]}`;
  });

/** Hosts that are busy from each given hour to the next. */
const team = (more: Partial<EventTypeRules>, ...hours: number[][]) =>
  openDesk(
    eventType({ length: HOUR, ...more }, IDS.slice(0, hours.length)),
    ...hours.map((busyAt, i) =>
      sources(
        of(IDS[i] ?? ''),
        source({
          provenAsOf: NOW,
          busy: busy(...busyAt.map((hour): [number, number] => [at(hour), at(hour + 1)])),
        }),
      ),
    ),
  );
const slots = async (desk: ReturnType<typeof openDesk>) =>
  received((await desk.ask({ from: at(9), to: at(13) })).slots);

describe('a team', () => {
  it('COLLECTIVE is offered when every host is', async () => {
    expect(await slots(team({ scheduling: 'COLLECTIVE' }, [9], [11]))).toEqual(['10 H1H2×1', '12 H1H2×1']);
  });

  it('ROUND_ROBIN is offered by any, and names who could take it', async () => {
    expect(await slots(team({ scheduling: 'ROUND_ROBIN', seats: 2 }, [9, 10], [10, 11], [10]))).toEqual([
      '9 H2H3×4',
      '11 H1H3×4',
      '12 H1H2H3×6',
    ]);
  });

  it('ROUND_ROBIN has its fixed hosts in every slot', async () => {
    const hostRules = [{ host: 'host_3', priority: 0, weight: 100, fixed: true }];
    expect(await slots(team({ scheduling: 'ROUND_ROBIN', hostRules }, [9], [9, 10], [11]))).toEqual([
      '10 H1H3×1',
      '12 H1H2H3×1',
    ]);
  });

  it('QUORUM is offered by enough of them', async () => {
    expect(await slots(team({ scheduling: 'QUORUM', quorum: 2 }, [9], [9, 10], [11]))).toEqual([
      '10 H1H3×1',
      '11 H1H2×1',
      '12 H1H2H3×1',
    ]);
  });

  it('of which one can not be offered goes on by its rule', async () => {
    const stale = source({ provenAsOf: NOW - DAY });
    const pair = [sources(of('host_1'), source()), sources(of('host_2'), stale)] as const;
    const ask = (scheduling: EventTypeRules['scheduling'], onStale: EventTypeRules['onStale']) =>
      openDesk(eventType({ scheduling, onStale }, ['host_1', 'host_2']), ...pair).ask({
        from: at(9),
        to: at(10),
      });
    expect(received((await ask('ROUND_ROBIN', 'FAIL_CLOSED')).slots)).toEqual(['9 H1×1']);
    expect(received((await ask('ROUND_ROBIN', 'WARN')).slots)).toEqual(['9 H1H2×2']);
    expect(received((await ask('COLLECTIVE', 'FAIL_CLOSED')).slots)).toEqual([]);
    expect(await ask('ROUND_ROBIN', 'FAIL_CLOSED')).toMatchObject({
      complete: false,
      issues: [{ code: 'SOURCE_STALE', host: 'host_2', calendar: 'cal_2_1' }],
    });
  });

  it('of which one is gone goes on by its rule', async () => {
    const gone = (scheduling: EventTypeRules['scheduling']) =>
      slots(openDesk(eventType({ scheduling }, ['host_9', 'host_1']), sources(of('host_1'), source())));
    expect(await gone('ROUND_ROBIN')).toHaveLength(4);
    expect(await gone('COLLECTIVE')).toEqual([]);
  });

  it('of more than 32 hosts names each of them', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `host_${i + 1}`);
    const desk = openDesk(
      eventType({ scheduling: 'ROUND_ROBIN' }, ids),
      ...ids.map((id, i) => sources(of(id), source({ busy: i === 33 ? busy([at(9), at(10)]) : busy() }))),
    );
    const { teams, teamOf } = (await desk.ask({ from: at(9), to: at(12) })).slots;
    expect([...teamOf]).toEqual([0, 1, 1]);
    expect(teams.map((team) => team.length)).toEqual([39, 40]);
    expect(teams[0]?.map(({ id }) => id)).not.toContain('host_34');
  });
});

describe('what is taken', () => {
  const single = (more: Partial<EventTypeRules>, ...native: NativeTime[]) =>
    openDesk(eventType(more), taken(sources(of('host_1'), source({ provenAsOf: NOW })), ...native));

  it('blocks as booking, as live hold and as block', async () => {
    expect(
      await slots(
        single({}, booking(at(9), at(10)), hold(at(10), at(11), NOW + 1), block(at(11, 30), at(11, 45))),
      ),
    ).toEqual(['12 H1×1']);
  });

  it('by a tentative block follows the rule for tentative time', async () => {
    const maybe = block(at(9), at(12), { busyKind: 'BUSY_TENTATIVE' });
    expect(await slots(single({}, maybe))).toEqual(['12 H1×1']);
    expect(await slots(single({ tentativeBlocks: false }, maybe))).toHaveLength(4);
  });

  it('keeps the longer of two buffers free', async () => {
    const other = booking(at(10), at(11), {
      eventType: 'et_2',
      bufferBefore: 20 * MINUTE,
      bufferAfter: 5 * MINUTE,
    });
    expect(
      await slots(single({ length: 30 * MINUTE, interval: 30 * MINUTE, bufferAfter: 10 * MINUTE }, other)),
    ).toEqual(['9 H1×1', '11.5 H1×1', '12 H1×1', '12.5 H1×1']);
  });

  it('shares its seats with its own start alone', async () => {
    const seated = booking(at(10), at(11), { owner: 'bkg_2' });
    expect(await slots(single({ seats: 3, interval: 30 * MINUTE }, booking(at(10), at(11)), seated))).toEqual(
      ['9 H1×3', '10 H1×1', '11 H1×3', '11.5 H1×3', '12 H1×3'],
    );
  });

  it('counts towards the limits of its day', async () => {
    const early = booking(at(1), at(2));
    expect(await slots(single({ maxPerDay: 1 }, early))).toEqual([]);
    expect(await slots(single({ maxPerDay: 2 }, early))).toHaveLength(4);
    expect(await slots(single({ maxPerDay: 1 }, { ...early, eventType: 'et_2' }))).toHaveLength(4);
  });

  it('by the booking that is to be moved does not block, nor count', async () => {
    const desk = single({ maxPerDay: 1 }, booking(at(9), at(10)));
    const ask = async (without: string | null) =>
      received((await desk.ask({ from: at(9), to: at(11), without })).slots);
    expect(await ask(null)).toEqual([]);
    expect(await ask('bkg_9')).toEqual([]);
    expect(await ask('bkg_1')).toEqual(['9 H1×1', '10 H1×1']);
  });

  it('shows in the etag: seats and hosts are of the answer', async () => {
    const etag = async (...native: NativeTime[]) => (await single({ seats: 3 }, ...native).ask()).etag;
    const shared = booking(at(10), at(11));
    expect(await etag(shared)).not.toBe(await etag());
    expect(await etag(shared)).toBe(await etag({ ...shared, owner: 'bkg_7' }));
    const robin = (...hours: number[][]) => team({ scheduling: 'ROUND_ROBIN' }, ...hours).ask();
    expect((await robin([9], [])).etag).not.toBe((await robin([], [9])).etag);
  });
});

describe('time as an event', () => {
  it('brings back what a hold had taken, at the instant of its end', async () => {
    const ends = NOW + 5 * MINUTE;
    const { desk, ask } = openDesk(
      eventType({ staleAfter: DAY }),
      taken(sources(of('host_1'), source()), hold(at(10), at(11), ends), hold(at(12), at(13), NOW)),
    );
    const first = await ask();
    expect(first.changesAt).toBe(ends);
    desk.now = ends - 1;
    expect((await ask()).etag).toBe(first.etag);
    desk.now = ends;
    expect(received((await ask()).slots)).toContain('10 H1×1');
    expect((await ask()).changesAt).toBe(at(9) + 1);
  });

  it('is that of any host of the team, by notice and by the horizon', async () => {
    const { desk, ask } = team(
      { scheduling: 'ROUND_ROBIN', horizon: 90 * MINUTE, minimumNotice: 15 * MINUTE, staleAfter: DAY },
      [9],
      [10],
    );
    const first = await ask();
    expect(received(first.slots)).toEqual(['9 H2×1']);
    expect(first.changesAt).toBe(at(8, 30));
    desk.now = at(8, 30);
    const second = await ask();
    expect(received(second.slots)).toEqual(['9 H2×1', '10 H1×1']);
    expect(second.changesAt).toBe(at(8, 45) + 1);
    desk.now = at(8, 45) + 1;
    expect(received((await ask()).slots)).toEqual(['10 H1×1']);
  });
});
