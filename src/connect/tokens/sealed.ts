/** Opens what the room stores sealed. A secret that no key opens fails the request: nothing is known of the grant. */
import type { Log } from '../../log.ts';
import { ProviderError } from '../../providers/port.ts';
import type { KeyRing } from '../../secrets.ts';

/** The row that holds the secret; its id is the context that the secret is sealed for. */
export type SealedOwner = { account: string } | { connection: string };

/** @throws ProviderError `sealed` when no key of the ring opens it */
export function openSealed(
  { keyRing, log }: { keyRing: KeyRing; log: Log },
  owner: SealedOwner,
  sealed: string,
): string {
  try {
    return 'account' in owner
      ? keyRing.decrypt(sealed, 'account.tokens', owner.account)
      : keyRing.decrypt(sealed, 'organisation_connection.secret', owner.connection);
  } catch (error) {
    log.error(
      owner,
      'stored secret not readable, no key of ENCRYPTION_KEYS opens it: put the previous key back, or connect it again',
    );
    throw new ProviderError('sealed', 'no key of ENCRYPTION_KEYS opens the stored secret', { cause: error });
  }
}
