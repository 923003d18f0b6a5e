/** The job that erases a deleted organisation, over a real database: what interrupts it, and how it goes on. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createOrganisationErasure } from '../../src/booking/delete-organisation.ts';
import { createJobQueue, installJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import {
  insertOrganisation,
  leaseErasure,
  organisationExists,
} from '../../src/store/access/organisations.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { MINUTE, SECOND } from '../../src/time/clock.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

let database: FreshDatabase;
let store: Store;
beforeEach(async () => {
  database = await freshDatabase();
  await installJobQueue(database.url);
  store = createStore(database.url, { max: 4 });
});
afterEach(async () => {
  await closeStore(store);
  await database.drop();
});

const signal = new AbortController().signal;

/** An organisation with so many hosts, and its erasure. `failing`: hosts that can't be erased now. */
async function closing(hosts: number) {
  const clock = { at: Date.UTC(2026, 10, 23), now: () => clock.at };
  const { id } = await insertOrganisation(store, 'Closing', clock.at);
  await store.host.createMany({
    data: Array.from({ length: hosts }, (_, at) => ({
      id: `host_${at}`,
      organisationId: id,
      name: 'Host',
      slug: `host-${at}`,
      timeZone: 'UTC',
      version: 1n,
    })),
  });
  const failing = new Set<string>();
  const erased: string[] = [];
  const erasure = createOrganisationErasure({
    store,
    jobs: createJobQueue(),
    publisher: {
      change: async (work) => (await store.$transaction((tx) => work(tx, clock.at))).result,
    },
    async deleteHost(_organisation, host) {
      if (failing.has(host)) throw new Error('the database was away');
      await store.host.delete({ where: { id: host } });
      erased.push(host);
    },
    clock,
    log: createLog('silent'),
  });
  return { id, clock, failing, erased, erasure };
}

const waitingJobs = async () =>
  (
    await store.$queryRaw<{ key: string }[]>`
      select key from graphile_worker.jobs where task_identifier = 'erase'`
  ).map(({ key }) => key);

it('goes on after a host that could not be erased, and the sweep finds what is left', async () => {
  const { id, clock, failing, erased, erasure } = await closing(6);
  failing.add('host_1');
  await erasure.mark(id);
  expect(await organisationExists(store, id)).toBe(false);
  await expect(erasure.erase(id, signal)).rejects.toThrow('1 hosts are left');
  expect(erased.sort()).toEqual(['host_0', 'host_2', 'host_3', 'host_4', 'host_5']);
  // The job is lost.
  await store.$executeRaw`delete from graphile_worker._private_jobs`;
  await erasure.sweep(clock.at);
  expect(await waitingJobs()).toEqual([`erase:${id}`]);
  failing.clear();
  await erasure.erase(id, signal);
  expect(await store.organisation.count({ where: { id } })).toBe(0);
  expect(await erasure.waitUntilErased(id)).toBe(true);
});

it('leaves an organisation to the process that erases it, until that process is gone for half a minute', async () => {
  const { id, clock, erased, erasure } = await closing(1);
  await erasure.mark(id);
  await leaseErasure(store, id, clock.at, 30 * SECOND);
  await erasure.erase(id, signal);
  await erasure.sweep(clock.at);
  expect(erased).toEqual([]);
  clock.at += MINUTE;
  await erasure.erase(id, signal);
  expect(erased).toEqual(['host_0']);
});

it('ends between two hosts when its worker stops, and the next one goes on', async () => {
  const { id, erased, erasure } = await closing(9);
  await erasure.mark(id);
  const stopped = AbortSignal.abort(new Error('the worker stops'));
  await expect(erasure.erase(id, stopped)).rejects.toThrow('the worker stops');
  expect(erased).toEqual([]);
  await erasure.erase(id, signal);
  expect(erased).toHaveLength(9);
});
