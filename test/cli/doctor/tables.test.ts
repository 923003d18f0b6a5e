import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { diagnoseClock } from '../../../src/cli/doctor/clock.ts';
import { diagnoseKeys } from '../../../src/cli/doctor/keys.ts';
import { diagnoseCalendars, diagnoseWorkers } from '../../../src/cli/doctor/sync.ts';
import { createKeyRing } from '../../../src/secrets.ts';
import { closeStore, createStore, readDatabaseTime, type Store } from '../../../src/store/client.ts';
import { recordWorker } from '../../../src/store/workers.ts';
import { HOUR, MINUTE, SECOND, systemClock } from '../../../src/time/clock.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addCalendars } from '../../store/parents.fixture.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 2 });
});
beforeEach(async () => {
  await store.$executeRaw`delete from account`;
  await store.$executeRaw`delete from worker_presence`;
  await addCalendars(store, 'org', 'one', 'two', 'three', 'four', 'five', 'six');
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

describe('the doctor on encryption keys', () => {
  const [key, other] = [randomBytes(32), randomBytes(32)];
  const ring = createKeyRing([key]);
  const ACCOUNT = 'acc-of-org';

  const seal = (row = ACCOUNT) =>
    store.account.update({
      where: { id: ACCOUNT },
      data: { tokens: ring.encrypt('geheim', 'account.tokens', row) },
    });

  it('counts the accounts that they open', async () => {
    await seal();
    expect(await diagnoseKeys(store, ring)).toEqual([
      {
        check: 'encryption keys',
        status: 'ok',
        finding: "1 key; of 1 connected accounts 1 open, 0 don't; of 0 other secrets 0 open, 0 don't",
        advice: null,
      },
    ]);
  });

  it('fails and names the key that is missing', async () => {
    await seal();
    expect(await diagnoseKeys(store, createKeyRing([other]))).toMatchObject([
      {
        status: 'failed',
        finding: expect.stringMatching(new RegExp(`0 open, 1 don't;.*missing: ${ring.ids[0]}$`)),
        advice: expect.stringContaining('Put the missing key back'),
      },
    ]);
  });

  it('fails a secret that was altered, though its key is there', async () => {
    await seal('another-row');
    expect(await diagnoseKeys(store, ring)).toMatchObject([
      { status: 'failed', finding: expect.stringContaining("0 open, 1 don't") },
    ]);
  });

  it('warns when another key than the first seals something', async () => {
    await seal();
    expect(await diagnoseKeys(store, createKeyRing([other, key]))).toMatchObject([
      { status: 'warning', advice: 'Run: slotwire keys rotate' },
    ]);
  });

  it('fails when there are no keys, and says how much waits for them', async () => {
    await seal();
    expect(await diagnoseKeys(store, 'the file is gone')).toMatchObject([
      { status: 'failed', finding: 'the file is gone; 1 stored secrets wait for them' },
    ]);
  });
});

describe('the doctor on the clock', () => {
  it.each([
    [1, 'ok', 'ahead of'],
    [-1, 'ok', 'behind'],
    [20, 'failed', 'ahead of'],
    [-20, 'failed', 'behind'],
  ])('of a machine that is %s s from its database says %s', async (seconds, status, direction) => {
    const wall = { now: () => systemClock.now() + seconds * SECOND };
    const [found] = await diagnoseClock(store, wall);
    expect(found).toMatchObject({ check: 'clock', status, finding: expect.stringContaining(direction) });
  });
});

describe('the doctor on workers', () => {
  it('fails when none is seen, and says when the last one was', async () => {
    expect(await diagnoseWorkers(store)).toMatchObject([
      {
        status: 'failed',
        finding: 'no worker seen: calendars are not read, and bookings not written, until one runs',
      },
    ]);
    await store.$executeRaw`
      insert into worker_presence (id, seen_at) values ('gone', clock_timestamp() - interval '2 hours')`;
    expect((await diagnoseWorkers(store))[0]?.finding).toMatch(/\(the last one was seen 7[23]\d\d s ago\)$/);
  });

  it('counts those that take jobs', async () => {
    await recordWorker(store, 'here', 35_000);
    expect(await diagnoseWorkers(store)).toMatchObject([
      { status: 'ok', finding: '1 seen within the last 35 s' },
    ]);
  });
});

describe('the doctor on calendars', () => {
  const POLLS = { POLL_INTERVAL: 5 * MINUTE, POLL_INTERVAL_WATCHED: 5 * MINUTE };

  it('counts them by how they are, and warns of those that are not as they should be', async () => {
    expect(await diagnoseCalendars(store, POLLS)).toMatchObject([
      { status: 'ok', finding: 'none is selected' },
    ]);
    await store.$executeRaw`update calendar set selected = true`;
    const now = await readDatabaseTime(store);
    type Trouble = 'unreachable' | 'auth_revoked' | 'partial';
    const state = (calendarId: string, provenAsOf: number, trouble: Trouble | null) =>
      store.calendarState.create({
        data: { calendarId, organisationId: 'org', version: 1, provenAsOf: new Date(provenAsOf), trouble },
      });
    await state('one', now, null);
    await state('two', now, 'unreachable');
    await state('three', now, 'auth_revoked');
    await state('four', now, 'partial');
    await state('five', now - HOUR, null);
    const [found] = await diagnoseCalendars(store, POLLS);
    expect(found?.status).toBe('warning');
    for (const part of [
      '6 selected: ',
      '1 fresh',
      '1 not reachable',
      '1 with access withdrawn',
      '1 read in part',
      '1 read too long ago',
      '1 not read yet',
    ])
      expect(found?.finding).toContain(part);
    await store.$executeRaw`update calendar set selected = (id = 'one')`;
    expect(await diagnoseCalendars(store, POLLS)).toMatchObject([
      { status: 'ok', finding: '1 selected: 1 fresh' },
    ]);
  });
});
