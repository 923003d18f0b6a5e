/**
 * Restores accounts that an earlier version took for revoked because no key of ENCRYPTION_KEYS opened their secret, which says
 * nothing about the grant: once a key opens it, the account is connected, and its calendars count as unreachable until a pull
 * succeeds.
 */
import { cacheKey } from '../../cache/keys.ts';
import type { SealedColumn } from '../../secrets.ts';
import { accountById, lockAccount, reopenAccount, unopenedAccounts } from '../../store/access/accounts.ts';
import { connectionById } from '../../store/access/organisation-connections.ts';
import { recordFreshness } from '../../store/calendars/freshness-history.ts';
import type { Store } from '../../store/client.ts';
import { type Instant, MINUTE } from '../../time/clock.ts';
import type { ConnectDeps } from '../deps.ts';
import { enqueueFirstSync } from '../selection.ts';

/** A process of an earlier version may still run beside this one. */
const INTERVAL = MINUTE;
/** Accounts of one pass. */
const BATCH = 200;

export type ReopenAccountsDeps = Pick<ConnectDeps, 'store' | 'jobs' | 'publisher' | 'keyRing' | 'log'>;

/** A task of the sweep. */
export function createReopenAccounts(deps: ReopenAccountsDeps): (now: Instant) => Promise<void> {
  const { store, jobs, publisher, keyRing, log } = deps;
  let lastRun = Number.NEGATIVE_INFINITY;

  async function opens(id: string): Promise<boolean> {
    const sealed = await sealedSecretOf(store, id);
    try {
      if (sealed) keyRing.decrypt(sealed.secret, sealed.column, sealed.row);
      return true;
    } catch {
      return false;
    }
  }

  const reopen = (id: string) =>
    publisher.change(async (tx, now) => {
      // The account was connected again, or disconnected, in the meantime.
      if ((await lockAccount(tx, id))?.status !== 'AUTH_REVOKED') return { result: false, keys: [] };
      const calendars = await reopenAccount(tx, id, now);
      const ids = calendars.map((calendar) => calendar.id);
      await recordFreshness(tx, ids, now);
      const selected = calendars.filter((calendar) => calendar.selected);
      await enqueueFirstSync(
        jobs,
        tx,
        selected.map((calendar) => calendar.id),
      );
      return { result: true, keys: ids.map(cacheKey.calendar) };
    });

  return async (now) => {
    if (now - lastRun < INTERVAL) return;
    lastRun = now;
    for (const account of await unopenedAccounts(store, BATCH)) {
      if (!(await opens(account)) || !(await reopen(account))) continue;
      log.warn({ account }, 'account reopened, a key of ENCRYPTION_KEYS opens its secret again');
    }
  };
}

/** What the account's tokens come from; null: nothing sealed. */
async function sealedSecretOf(
  store: Store,
  id: string,
): Promise<{ secret: string; column: SealedColumn; row: string } | null> {
  const account = await accountById(store, id);
  if (!account) return null;
  if (account.tokens !== null) return { secret: account.tokens, column: 'account.tokens', row: id };
  const connection = account.connectionId && (await connectionById(store, account.connectionId));
  return connection && connection.secret !== null
    ? { secret: connection.secret, column: 'organisation_connection.secret', row: connection.id }
    : null;
}
