/**
 * Deletes an organisation with all that is theirs. What is quick makes it gone for everybody before the answer: its keys, feeds and
 * begun connections end, and its event types. A job does the rest, host by host as `deleteHost` does: bookings that are still to come are cancelled and
 * announced, channels closed, grants revoked, rows deleted. What a job leaves, because its process ended or a host could not be erased,
 * the sweep finds by the organisation's row, which goes last.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LeaseLostError, withLease } from '../async/lease.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import { removeEventTypes } from '../offers/removals.ts';
import {
  deletedOrganisations,
  leaseErasure,
  markOrganisationDeleted,
  releaseErasure,
  renewErasure,
} from '../store/access/organisations.ts';
import type { Store } from '../store/client.ts';
import {
  bookableEventTypes,
  eraseOrganisationRow,
  eraseOrganisationRows,
  hostsToErase,
} from '../store/organisation-erasure.ts';
import type { Publisher } from '../sync/publisher.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../time/clock.ts';
import type { DeleteHost } from './delete-host.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

export interface OrganisationErasure {
  /**
   * The organisation is gone for everybody when this resolves. @throws SlotwireError NOT_FOUND; CONFLICT for the default one
   */
  mark(organisation: string): Promise<void>;
  /** Waits until the job has erased all of it, for some seconds at most. @returns whether it has */
  waitUntilErased(organisation: string): Promise<boolean>;
  /** The job. Rejects when something is left, for it to be tried again. */
  erase(organisation: string, signal: AbortSignal): Promise<void>;
  /** A task of the sweep: enqueues what jobs left. */
  sweep(now: Instant): Promise<void>;
}

export interface OrganisationErasureDeps {
  store: Store;
  jobs: JobQueue;
  publisher: Pick<Publisher, 'change'>;
  deleteHost: DeleteHost;
  clock: Clock;
  log: Log;
}

/** How long a killed process keeps others from erasing the organisation, milliseconds. */
const LEASE_TTL = 30 * SECOND;
const RENEW_INTERVAL = 8 * SECOND;
/** Longer than one host takes whose provider answers nothing, milliseconds. */
const STALL_AFTER = 10 * MINUTE;
/** How often the sweep looks for organisations whose job was lost, milliseconds. */
const SWEEP_INTERVAL = 15 * SECOND;
const SWEEP_BATCH = 100;
/** Event types that one transaction takes away. */
const TYPES_BATCH = 50;
/** Hosts that are erased at the same time: most of the time each waits for providers. */
const HOSTS_AT_ONCE = 4;
/** How long a deletion waits for its job before it answers, and between two looks, milliseconds. */
const WAIT_MAX = 10 * SECOND;
const POLL_INTERVAL = 100;

export function createOrganisationErasure(deps: OrganisationErasureDeps): OrganisationErasure {
  const { store, jobs, publisher, deleteHost, clock, log } = deps;
  let lastSweep = Number.NEGATIVE_INFINITY;

  async function endEventTypes(organisation: string, progress: () => void) {
    for (;;) {
      const types = await bookableEventTypes(store, organisation, TYPES_BATCH);
      if (types.length === 0) return;
      await retryOnConflict(() =>
        publisher.change(async (tx, now) => ({
          result: undefined,
          keys: await removeEventTypes(tx, organisation, types, now),
        })),
      );
      progress();
    }
  }

  /** A host that can't be erased keeps no other from it. @returns how many are left */
  async function eraseHosts(organisation: string, signal: AbortSignal, progress: () => void) {
    let left = 0;
    for (let after = ''; ; ) {
      signal.throwIfAborted();
      const hosts = await hostsToErase(store, organisation, after, HOSTS_AT_ONCE);
      if (hosts.length === 0) return left;
      const results = await Promise.allSettled(hosts.map((host) => deleteHost(organisation, host)));
      for (const [at, result] of results.entries()) {
        if (result.status === 'fulfilled') continue;
        left++;
        log.warn(
          { err: result.reason, organisation, host: hosts[at] },
          'host of a deleted organisation not erased; trying again',
        );
      }
      after = hosts.at(-1) ?? after;
      progress();
    }
  }

  async function eraseAll(organisation: string, signal: AbortSignal, progress: () => void) {
    await endEventTypes(organisation, () => {
      progress();
      signal.throwIfAborted();
    });
    const left = await eraseHosts(organisation, signal, progress);
    if (left > 0) throw new Error(`erasing organisation ${organisation} failed: ${left} hosts are left`);
    await eraseOrganisationRows(store, organisation, progress);
    if (!(await store.$transaction((tx) => eraseOrganisationRow(tx, organisation))))
      throw new Error(`erasing organisation ${organisation} failed: a host came while it was erased`);
    log.info({ organisation }, 'organisation erased');
  }

  return {
    async mark(organisation) {
      await store.$transaction(async (tx) => {
        await markOrganisationDeleted(tx, organisation, clock.now());
        await jobs.enqueue(tx, [eraseJob(organisation)]);
      });
      // The job does the same, but a worker may be busy or away.
      await endEventTypes(organisation, NOTHING);
    },

    async waitUntilErased(organisation) {
      for (let waited = 0; waited < WAIT_MAX; waited += POLL_INTERVAL) {
        if ((await store.organisation.count({ where: { id: organisation } })) === 0) return true;
        await pause(POLL_INTERVAL);
      }
      return false;
    },

    async erase(organisation, signal) {
      const lease = await leaseErasure(store, organisation, clock.now(), LEASE_TTL);
      if (lease === null) return;
      const renew = () => renewErasure(store, organisation, lease, clock.now() + LEASE_TTL);
      const times = { every: RENEW_INTERVAL, stallAfter: STALL_AFTER };
      try {
        await withLease({ renew, ...times, signal, log, subject: { organisation } }, (within, progress) =>
          eraseAll(organisation, within, progress),
        );
      } catch (error) {
        await releaseErasure(store, organisation, lease);
        // Another process goes on.
        if (!(error instanceof LeaseLostError)) throw error;
      }
    },

    async sweep(now) {
      if (now - lastSweep < SWEEP_INTERVAL && now >= lastSweep) return;
      lastSweep = now;
      await jobs.enqueue(store, (await deletedOrganisations(store, now, SWEEP_BATCH)).map(eraseJob));
    },
  };
}

const NOTHING = () => {};

const eraseJob = (organisation: string) => ({
  task: 'erase' as const,
  payload: { organisation },
  key: organisation,
});
