import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { type DatabaseClock, startDatabaseClock } from '../../src/time/database-clock.ts';
import { until } from '../harness/eventually.ts';

const START = Date.UTC(2026, 10, 20, 12);
const opened: DatabaseClock[] = [];
afterEach(async () => {
  for (const clock of opened.splice(0)) await clock.close();
});

/** A process and its database, with all their clocks in the test's hands. */
async function machines({ wallAhead = 0, roundTrip = 0, answerAfter = 0 } = {}) {
  const world = {
    /** Time as it passes. */
    passed: 0,
    /** Milliseconds that the machine's clock and the database's are ahead of it. */
    wallAhead,
    databaseAhead: 0,
    roundTrip,
    /** Of the round trip, until the database looks at its clock. */
    answerAfter,
    asked: 0,
    away: false,
    measured: [] as { skew: number; isTrusted: boolean }[],
    changes: 0,
  };
  const clock = await startDatabaseClock({
    async askDatabase() {
      world.asked++;
      if (world.away) throw new Error('no database');
      world.passed += world.answerAfter;
      const at = START + world.passed + world.databaseAhead;
      world.passed += world.roundTrip - world.answerAfter;
      return at;
    },
    wall: { now: () => START + world.passed + world.wallAhead },
    monotonic: { now: () => 77 + world.passed },
    onMeasured: (skew, isTrusted) => void world.measured.push({ skew, isTrusted }),
    log: createLog('silent'),
  });
  opened.push(clock);
  clock.onTrustChange(() => void world.changes++);
  /** How far the process is from the database. */
  const error = () => clock.now() - (START + world.passed + world.databaseAhead);
  return { world, clock, error };
}

describe('the clock that all processes share', () => {
  it.each([0, 20 * SECOND, -HOUR])(
    "is the database's, with a machine whose clock is %i ms ahead",
    async (ahead) => {
      const { world, clock, error } = await machines({ wallAhead: ahead });
      expect(error()).toBe(0);
      world.passed += 5 * SECOND;
      expect(error()).toBe(0);
      expect(clock.skew()).toBe(ahead);
    },
  );

  it('is wrong by half the round trip at most, wherever in it the database looked at its clock', async () => {
    for (const answerAfter of [0, 30, 100]) {
      const { error } = await machines({ roundTrip: 100, answerAfter });
      expect(Math.abs(error())).toBeLessThanOrEqual(50);
    }
  });

  it('does not move for an answer that took long and says nothing better', async () => {
    const { world, clock, error } = await machines({ roundTrip: 10, answerAfter: 5 });
    Object.assign(world, { roundTrip: 4 * SECOND, answerAfter: 4 * SECOND });
    await clock.measure();
    expect(Math.abs(error())).toBeLessThanOrEqual(5);
  });

  it("stays where it is when the machine's clock steps", async () => {
    const { world, clock, error } = await machines();
    world.wallAhead = HOUR;
    expect(error()).toBe(0);
    await clock.measure();
    expect(error()).toBe(0);
  });

  it("follows the database when that one's clock is set", async () => {
    const { world, clock, error } = await machines();
    world.databaseAhead = -HOUR;
    await clock.measure();
    expect(error()).toBe(0);
  });
});

describe('a process', () => {
  it.each([
    [0, true],
    [2 * SECOND, true],
    [-2 * SECOND, true],
    [2 * SECOND + 1, false],
    [-2 * SECOND - 1, false],
  ])('whose machine is %i ms ahead of the database is trusted: %s', async (wallAhead, trusted) => {
    const { world, clock } = await machines({ wallAhead });
    expect(clock.isUntrusted()).toBe(!trusted);
    expect(world.measured).toEqual([{ skew: wallAhead, isTrusted: trusted }]);
  });

  it('is not accused of a skew that the round trip may have made', async () => {
    const { clock } = await machines({ wallAhead: 3 * SECOND, roundTrip: 2 * SECOND, answerAfter: SECOND });
    expect(clock.isUntrusted()).toBe(false);
  });

  it("proves nothing from the moment its machine's clock steps, until the clocks were compared", async () => {
    const { world, clock } = await machines();
    world.away = true;
    world.wallAhead = SECOND;
    expect(clock.isUntrusted()).toBe(true);
    expect(world.changes).toBe(1);
    await until(() => world.asked > 3);
    expect(clock.isUntrusted()).toBe(true);
    world.away = false;
    await clock.measure().catch(() => clock.measure());
    expect(clock.isUntrusted()).toBe(false);
    expect(world.changes).toBe(2);
  });

  it('whose machine slept gets the time from the database', async () => {
    const { world, clock, error } = await machines();
    // Monotonic time stands still meanwhile; both clocks go on.
    world.wallAhead += 8 * HOUR;
    world.databaseAhead += 8 * HOUR;
    expect(clock.isUntrusted()).toBe(true);
    await until(() => !clock.isUntrusted());
    expect(error()).toBe(0);
  });

  it('is trusted again when its machine is right again', async () => {
    const { world, clock } = await machines({ wallAhead: MINUTE });
    expect(clock.isUntrusted()).toBe(true);
    world.wallAhead = 0;
    await clock.measure();
    expect(clock.isUntrusted()).toBe(false);
    expect(world.changes).toBe(1);
    expect(world.measured.map(({ isTrusted }) => isTrusted)).toEqual([false, true]);
  });

  it('does not start when its database does not tell the time', async () => {
    const start = startDatabaseClock({
      askDatabase: () => Promise.reject(new Error('no database')),
      log: createLog('silent'),
    });
    await expect(start).rejects.toThrow('no database');
  });
});
