/** Pulls of processes whose clocks differ, and of one whose clock has stepped. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { drawPullNumber } from '../../../src/store/calendars/leases.ts';
import { markDirty } from '../../../src/store/calendars/states.ts';
import { createPuller, PULL_LEASE_TTL } from '../../../src/sync/pull/pull.ts';
import { MINUTE, SECOND } from '../../../src/time/clock.ts';
import { gate } from '../../harness/gate.ts';
import { busy } from '../provider.fixture.ts';
import { createWorld, HOUR, NOW, type World } from '../world.fixture.ts';

let world: World;
let id: string;

/** A process whose clock is that far ahead of the one that all go by. */
const processAhead = (ms: number) =>
  createPuller({ ...world.deps, clock: { now: () => world.clock.at + ms } });
const stateOf = () => world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } });

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  world.provider.reset();
  world.provider.script([{ changes: [busy('a', NOW, NOW + HOUR)], cursor: 'c1' }]);
  ({ id } = await world.addCalendar());
});

describe('a request that must be answered from what was read after it', () => {
  test.each([20 * SECOND, HOUR, -HOUR])(
    'takes no earlier pull of a process whose clock is %i ms ahead',
    async (ahead) => {
      await processAhead(ahead).pull(id);
      const after = await drawPullNumber(world.store);
      expect(await createPuller(world.deps).pull(id, { basis: 'STRICT', after: () => after })).toBe(
        'applied',
      );
      expect(world.provider.pulls).toHaveLength(2);
    },
  );

  test('takes a later pull of a process whose clock is behind', async () => {
    const after = await drawPullNumber(world.store);
    await processAhead(-MINUTE).pull(id);
    expect(await createPuller(world.deps).pull(id, { basis: 'STRICT', after: () => after })).toBe('joined');
    expect(world.provider.pulls).toHaveLength(1);
  });
});

test('a lease that ends later than any lease taken now is over: its clock has stepped back since', async () => {
  const { step, open, reached } = gate();
  world.provider.script([step, { changes: [], cursor: 'late' }], [{ changes: [], cursor: 'c1' }]);
  const stepped = processAhead(HOUR).pull(id);
  await reached;
  expect(await processAhead(0).pull(id)).toBe('applied');
  open();
  expect(await stepped).toBe('fenced');
  expect((await stateOf()).cursor).toBe('c1');
});

test('a lease of a clock that differs by little is kept', async () => {
  const { step, open, reached } = gate();
  world.provider.script([step, { changes: [], cursor: 'c1' }]);
  const running = processAhead(SECOND).pull(id);
  await reached;
  expect(await processAhead(0).pull(id)).toBe('busy');
  open();
  expect(await running).toBe('applied');
  expect(PULL_LEASE_TTL).toBeGreaterThan(2 * SECOND);
});

test('a calendar that a clock of an hour ahead marked as dirty is clean after the next pull', async () => {
  await processAhead(0).pull(id);
  await markDirty(world.store, [id], NOW + HOUR);
  expect(await processAhead(0).pull(id)).toBe('applied');
  expect(await stateOf()).toMatchObject({ dirtySince: null, basis: 'NOTIFICATION' });
});

test('a calendar that a clock of an hour behind marked as dirty while it was pulled is pulled again', async () => {
  await processAhead(0).pull(id);
  const { step, open, reached } = gate();
  world.provider.script([step, { changes: [], cursor: 'c2' }]);
  world.clock.at += SECOND;
  const running = processAhead(0).pull(id);
  await reached;
  await markDirty(world.store, [id], NOW - HOUR);
  open();
  await running;
  expect((await stateOf()).dirtySince).not.toBeNull();
  expect(await world.jobs('pull')).toContainEqual(expect.objectContaining({ key: `pull:${id}` }));
});

describe('a process whose clock can not be trusted', () => {
  const untrusted = () =>
    createPuller({ ...world.deps, clock: { now: () => world.clock.at, isUntrusted: () => true } });

  test('stores what it reads, proves nothing, and leaves the calendar due within a minute', async () => {
    await processAhead(0).pull(id);
    const before = await stateOf();
    world.clock.at += MINUTE;
    world.provider.script([{ changes: [busy('b', NOW + 2 * HOUR, NOW + 3 * HOUR)], cursor: 'c2' }]);
    expect(await untrusted().pull(id)).toBe('applied');
    expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR]);
    const { provenAsOf, provenPull, basis } = before;
    expect(await stateOf()).toMatchObject({ provenAsOf, provenPull, basis, cursor: 'c2', trouble: null });
    expect((await stateOf()).dueAt?.getTime()).toBeLessThanOrEqual(world.clock.at + MINUTE);
  });

  test('never makes a calendar known that was not', async () => {
    expect(await untrusted().pull(id)).toBe('applied');
    expect(await stateOf()).toMatchObject({ provenAsOf: null, basis: 'NEVER' });
  });
});
