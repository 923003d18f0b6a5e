/** Refuses to start with keys that open nothing: what is sealed in the database then belongs to another ENCRYPTION_KEYS. */
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { KeyRing } from '../../secrets.ts';
import type { Store } from '../client.ts';

/** Secrets sealed with one key. */
interface SealedWith {
  key: string;
  count: number;
}

/** The second part of a sealed text is its key's id. Accounts and connections come first: all that a host gave is there. */
async function sealedSecrets(store: Store): Promise<SealedWith[]> {
  const given = await store.$queryRaw<SealedWith[]>`
    select split_part(secret, '.', 2) as key, count(*)::int as count from (
      select tokens as secret from account where tokens is not null
      union all select secret from organisation_connection where secret is not null
    ) sealed group by 1 order by 2 desc, 1`;
  if (given.length > 0) return given;
  return store.$queryRaw<SealedWith[]>`
    select split_part(secret, '.', 2) as key, count(*)::int as count from (
      select secret from webhook_endpoint union all select secret from feed
    ) sealed group by 1 order by 2 desc, 1`;
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
  const unopened = sealed.filter(({ key }) => !keyRing.holds(key));
  if (unopened.length === 0) return;
  const keys = unopened.map(({ key }) => key).join(', ');
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
