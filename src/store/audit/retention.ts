/** Deletes what the audit log need not keep any longer. */
import { type Instant, MINUTE } from '../../time/clock.ts';
import type { Store } from '../client.ts';
import { pruneAuditEntries } from './entries.ts';

const INTERVAL = MINUTE;
/** Entries of one pass. */
const BATCH = 1_000;

/** @param retention milliseconds. @returns a task of the sweep */
export function createPruneAudit(store: Store, retention: number): (now: Instant) => Promise<void> {
  let lastRun = Number.NEGATIVE_INFINITY;
  return async (now) => {
    if (now - lastRun < INTERVAL && now >= lastRun) return;
    lastRun = now;
    await pruneAuditEntries(store, now - retention, BATCH);
  };
}
