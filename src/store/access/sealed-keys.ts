/** Refuses to start with keys that open nothing: what is sealed in the database then belongs to another ENCRYPTION_KEYS. */
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { KeyRing, SealedColumn } from '../../secrets.ts';
import type { Store } from '../client.ts';
import { countSealed, SEALED_COLUMNS, type SealedCount } from './sealed-columns.ts';

/** What hosts gave. Where there is any of it, it decides. */
const GIVEN: readonly SealedColumn[] = ['account.tokens', 'organisation_connection.secret'];
/** What nobody misses once it can't be opened: it lasts ten minutes. */
const PASSING: readonly SealedColumn[] = ['connect_attempt.verifier'];

async function sealedSecrets(store: Store): Promise<SealedCount[]> {
  const given = await countSealed(store, GIVEN);
  if (given.length > 0) return given;
  const others = SEALED_COLUMNS.filter((column) => !GIVEN.includes(column) && !PASSING.includes(column));
  const counts = await countSealed(store, others);
  // Without a booking no link of one is out: another key does as well.
  const signsNothing = (await store.booking.count({ take: 1 })) === 0;
  return counts.filter(({ column }) => !(signsNothing && column === 'signing_key.secret'));
}

/**
 * @param allowLost ALLOW_LOST_KEYS: the operator knows that the keys are lost, so that hosts have to connect again
 * @throws StartError when not one of the sealed secrets belongs to a key of the ring
 */
export async function checkKeys(
  store: Store,
  { keyRing, allowLost, log }: { keyRing: KeyRing; allowLost: boolean; log: Log },
): Promise<void> {
  const sealed = await sealedSecrets(store);
  const unopened = sealed.filter(({ key }) => !keyRing.ids.includes(key));
  if (unopened.length === 0) return;
  const keys = [...new Set(unopened.map(({ key }) => key))].join(', ');
  const count = unopened.reduce((sum, one) => sum + one.count, 0);
  if (unopened.length === sealed.length && !allowLost) {
    throw new StartError(
      `ENCRYPTION_KEYS opens none of the ${count} secrets in this database, which are sealed with key ${keys}: ` +
        'put that key back into ENCRYPTION_KEYS, or, if it is lost, set ALLOW_LOST_KEYS=true and have every host connect again.',
    );
  }
  log.error(
    { keys, count },
    'stored secrets not readable, their keys are missing in ENCRYPTION_KEYS: put them back, or have those hosts connect again',
  );
}
