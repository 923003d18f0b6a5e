import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { busyOf, worldBusy } from './busy.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack } from './stack.fixture.ts';

const PAST = DAY;
const AHEAD = 3 * DAY;
const PROVIDERS = ['GOOGLE', 'MICROSOFT'] as const;
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

let stack: Stack;
let store: Store;
let hosts: Record<(typeof PROVIDERS)[number], ConnectedHost>;

beforeAll(async () => {
  stack = await startStack({
    clock,
    env: { SYNC_PAST: 'P1D', SYNC_AHEAD: 'P3D', POLL_INTERVAL_WATCHED: 'P10D', LOG_LEVEL: 'fatal' },
  });
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
  hosts = {
    GOOGLE: await connectHost(stack, 'GOOGLE', 'gina'),
    MICROSOFT: await connectHost(stack, 'MICROSOFT', 'mia'),
  };
});

afterAll(async () => {
  await closeStore(store);
  await stack?.close();
});

/** Providers tell no fractions of a second. */
const now = () => Math.floor(clock.now() / MINUTE) * MINUTE;
const ids = () => PROVIDERS.map((provider) => hosts[provider].id);
const calendars = () => PROVIDERS.map((provider) => hosts[provider].calendar);
const states = () => store.calendarState.findMany({ where: { calendarId: { in: calendars() } } });
/** The promised window, now. */
const promised = () => ({ from: clock.now() - PAST, to: clock.now() + AHEAD });
const create = (from: number, to: number) =>
  PROVIDERS.map((provider) => {
    const { remoteCalendar } = hosts[provider];
    return {
      remoteCalendar,
      id: stack.simulator.world.createEvent(remoteCalendar, { start: from, end: to }).id,
    };
  });

/** Both hosts' busy time is what the providers hold. */
const agree = (window: { from: number; to: number }) =>
  until(async () => {
    const found = await busyOf(stack.admin, ids(), window);
    return PROVIDERS.every((provider, i) => {
      const truth = worldBusy(stack.simulator, hosts[provider].remoteCalendar, window);
      return JSON.stringify(found[i]?.periods) === JSON.stringify(truth);
    });
  });

describe('the window', () => {
  it('slides the window with time, so that coverage never falls short of the promise', async () => {
    const start = now();
    create(start - 20 * DAY, start + HOUR);
    create(start + 4 * DAY + HOUR, start + 4 * DAY + 2 * HOUR);
    create(start + 6 * DAY, start + 6 * DAY + HOUR);
    create(start + 5 * DAY, start + 40 * DAY);
    await agree(promised());
    const [first] = (await busyOf(stack.admin, ids(), promised())).map(({ periods }) => periods[0]);
    expect(Date.parse(first?.start ?? '')).toBeLessThan(start - PAST + MINUTE);
    for (let step = 0; step < 8; step++) {
      // In the worst case the window is read anew just before its spare day is over.
      clock.ahead += 13 * HOUR;
      for (const { coveredFrom, coveredTo } of await states()) {
        expect(coveredFrom?.getTime()).toBeLessThanOrEqual(promised().from);
        expect(coveredTo?.getTime()).toBeGreaterThanOrEqual(promised().to);
      }
      await until(async () =>
        (await states()).every(({ coveredTo }) => (coveredTo?.getTime() ?? 0) >= promised().to + 22 * HOUR),
      );
      await agree(promised());
    }
  });

  it('adds events that enter the window, and drops events that leave it', async () => {
    const start = now();
    const at = start + 2 * DAY;
    const made = create(at, at + HOUR);
    await agree(promised());
    for (const { remoteCalendar, id } of made) {
      stack.simulator.world.moveEvent(remoteCalendar, id, start + 60 * DAY, start + 60 * DAY + HOUR);
    }
    await agree(promised());
    for (const { remoteCalendar, id } of made) {
      stack.simulator.world.moveEvent(remoteCalendar, id, at + HOUR, at + 2 * HOUR);
    }
    await agree(promised());
    expect(worldBusy(stack.simulator, made[0]?.remoteCalendar ?? '', promised())).not.toEqual([]);
  });

  it('offers no time beyond the end of the window', async () => {
    for (const provider of PROVIDERS) {
      const { id, eventType, calendar } = hosts[provider];
      const { coveredTo } = await store.calendarState.findUniqueOrThrow({ where: { calendarId: calendar } });
      const end = coveredTo?.getTime() ?? 0;
      const window = { from: end - 3 * DAY, to: end + 3 * DAY };
      const [busy] = await busyOf(stack.admin, [id], window);
      expect(busy).toMatchObject({ complete: false });
      expect(busy?.issues).toContainEqual({ code: 'OUTSIDE_COVERAGE' });
      const { availability } = await stack.anyone<{
        availability: { complete: boolean; issues: { code: string }[]; slots: { end: string }[] };
      }>(
        'query ($input: AvailabilityInput!) { availability(input: $input) { complete issues { code } slots { end } } }',
        {
          input: {
            eventType,
            from: new Date(window.from).toISOString(),
            to: new Date(window.to).toISOString(),
          },
        },
      );
      expect(availability).toMatchObject({ complete: false });
      expect(availability.issues).toContainEqual({ code: 'OUTSIDE_COVERAGE' });
      expect(availability.slots.filter((slot) => Date.parse(slot.end) > end)).toEqual([]);
    }
  });
});

describe.each(PROVIDERS)('a round at %s', (provider) => {
  it('never shows busy time as free when a cursor expires at any page of a round', async () => {
    const { id, remoteCalendar } = hosts[provider];
    const { world, faults } = stack.simulator;
    const start = now() + DAY;
    const many = Array.from({ length: 9 }, (_, i) =>
      world.createEvent(remoteCalendar, { start: start + 2 * i * HOUR, end: start + (2 * i + 1) * HOUR }),
    );
    const window = { from: start, to: start + DAY };
    await agree(promised());
    const whole = worldBusy(stack.simulator, remoteCalendar, window);
    let asking = true;
    const seen = new Set<string>();
    const asked = (async () => {
      while (asking) {
        const [found] = await busyOf(stack.admin, [id], window);
        seen.add(JSON.stringify(found?.periods));
      }
    })();
    faults.add({ kind: 'page-size', size: 2 });
    faults.add({ kind: 'empty-pages', count: 2 });
    for (let page = 0; page < 4; page++) {
      // Every event changes, none moves: each round names them all, over and over.
      for (const event of many) world.updateEvent(remoteCalendar, event.id, { title: `round ${page}` });
      faults.add({
        kind: 'answer',
        path: '/(events|delta)$',
        after: page,
        status: 410,
        body: { error: { code: 410 } },
      });
      await busyOf(stack.admin, [id], window, { consistency: 'STRICT' });
    }
    faults.add({ kind: 'expire-cursors', calendar: remoteCalendar });
    await busyOf(stack.admin, [id], window, { consistency: 'STRICT' });
    asking = false;
    await asked;
    faults.clear();
    expect([...seen]).toEqual([JSON.stringify(whole)]);
  });
});
