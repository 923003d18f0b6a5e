/** Brings the endpoints' secrets under the key that encrypts now, so that the one before can be taken out. */
import type { Log } from '../../log.ts';
import type { KeyRing } from '../../secrets.ts';
import type { Store } from '../../store/client.ts';
import { replaceSecret, sealedSecrets } from '../../store/outbound/webhook-endpoints.ts';
import { sealContext } from './endpoints.ts';

export interface ResealDeps {
  store: Store;
  keyRing: KeyRing;
  log: Log;
}

/** For the sweep: keys change at a start, so that only the first look does anything. */
export function createReseal({ store, keyRing, log }: ResealDeps): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    const stale = (await sealedSecrets(store)).filter(({ secret }) => !keyRing.isCurrent(secret));
    for (const { id, secret } of stale) {
      try {
        const plain = keyRing.decrypt(secret, sealContext(id));
        await replaceSecret(store, id, secret, keyRing.encrypt(plain, sealContext(id)));
      } catch (error) {
        log.error({ err: error, endpoint: id }, 'webhook secret not sealed anew');
      }
    }
    done = true;
  };
}
