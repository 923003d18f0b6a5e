import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { createReadiness } from '../../src/store/readiness.ts';
import { until, WAIT_LIMIT } from '../harness/eventually.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { databaseOnSmallDisk } from './small-disk.fixture.ts';
import { startStandby } from './standby.fixture.ts';

const log = createLog('silent');

let database: FreshDatabase;
let store: Store;
beforeEach(async () => {
  database = await freshDatabase();
  store = createStore(database.url);
  await installJobQueue(database.url);
});
afterEach(async () => {
  vi.useRealTimers();
  await closeStore(store);
  await database.drop();
});

/** Asks as a probe that no answer of before spares. */
const reasonNow = (of: Store = store) => createReadiness({ store: of, log, timeout: WAIT_LIMIT }).check();

const probes = () => store.writeProbe.count();

describe('readiness', () => {
  it('says that bookings can be written by writing a row itself', async () => {
    expect(await reasonNow()).toBeNull();
    expect(await probes()).toBe(1);
  });

  it('names what is missing: the queue, a migration, the database', async () => {
    await store.$executeRaw`drop schema graphile_worker cascade`;
    expect(await reasonNow()).toBe('the queue is not installed');
    await store.$executeRaw`update _prisma_migrations set finished_at = null`;
    expect(await reasonNow()).toBe('a migration is not finished');
    await database.drop();
    expect(await reasonNow()).toBe('the database can not be reached');
  });

  it('says that a migration is missing when its own table is', async () => {
    await store.$executeRaw`drop table write_probe`;
    expect(await reasonNow()).toBe('a migration is missing');
  });

  it('tells a database that is set to read-only from one that takes writes, and is ready when the setting ends', async () => {
    const { name } = new URL(database.url).pathname.match(/(?<name>\w+)/)?.groups ?? {};
    const operator = createStore(database.url, { max: 1 });
    await operator.$executeRawUnsafe(`alter database ${name} set default_transaction_read_only = on`);
    const limited = createStore(database.url, { max: 1 });
    expect(await reasonNow(limited)).toBe('the database is read-only');
    await operator.$executeRawUnsafe(`alter database ${name} reset default_transaction_read_only`);
    // The session keeps the setting of when it began, until readiness closes it for its age.
    expect(await until(async () => (await reasonNow(limited)) === null)).toBe(true);
    await closeStore(limited);
    await closeStore(operator);
  });

  it('tells a standby, which answers every query, from a server that takes bookings', async () => {
    const standby = await startStandby();
    const there = createStore(standby.url);
    try {
      expect(await there.host.count()).toBe(0);
      expect(await reasonNow(there)).toBe('the database is a standby, which takes no writes');
      await there.$queryRaw`select pg_promote()`;
      expect(await until(async () => (await reasonNow(there)) === null)).toBe(true);
    } finally {
      await closeStore(there);
      await standby.stop();
    }
  });

  it('finds a full disk although rows still fit into their pages', async () => {
    const disk = await databaseOnSmallDisk();
    await installJobQueue(disk.url);
    const there = createStore(disk.url);
    try {
      expect(await reasonNow(there)).toBeNull();
      await disk.fill();
      await there.writeProbe.create({});
      expect(await reasonNow(there)).toMatch(/disk is full|out of room/);
      await disk.empty();
      expect(await until(async () => (await reasonNow(there)) === null)).toBe(true);
    } finally {
      await closeStore(there);
      await disk.drop();
    }
  });

  it('asks the database once for all who probe within two seconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const readiness = createReadiness({ store, log, timeout: WAIT_LIMIT });
    await Promise.all(Array.from({ length: 200 }, () => readiness.check()));
    await readiness.check();
    expect(await probes()).toBe(1);
    vi.advanceTimersByTime(2_001);
    await readiness.check();
    expect(await probes()).toBe(2);
  });

  it('deletes the rows of earlier probes, but for those of the last minute', async () => {
    await store.$executeRaw`
      insert into write_probe (written_at) select now() - interval '61 seconds' from generate_series(1, 50)`;
    await reasonNow();
    expect(await probes()).toBe(1);
  });

  it('lets a database that hangs hold one connection, however often it is asked', async () => {
    const locker = createStore(database.url, { max: 1 });
    vi.useFakeTimers({ toFake: ['performance'] });
    await locker.$transaction(async (tx) => {
      await tx.$executeRaw`lock table write_probe in access exclusive mode`;
      const readiness = createReadiness({ store, log });
      const answers = [readiness.check(), readiness.check()];
      expect(await Promise.all(answers)).toEqual(Array(2).fill('the database does not answer in time'));
      vi.advanceTimersByTime(2_001);
      void readiness.check();
      const [waiting] = await tx.$queryRaw<{ count: number }[]>`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      expect(waiting?.count).toBeLessThanOrEqual(1);
    });
    await closeStore(locker);
  });
});
