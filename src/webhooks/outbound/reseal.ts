/** Seals the endpoints' secrets with the current key, so that the previous key can be removed. */
import type { Log } from '../../log.ts';
import type { KeyRing } from '../../secrets.ts';
import type { Store } from '../../store/client.ts';
import { replaceEndpointSecret, sealedEndpointSecrets } from '../../store/outbound/webhook-endpoints.ts';
import { endpointSealContext } from './endpoints.ts';

export interface ResealEndpointsDeps {
  store: Store;
  keyRing: KeyRing;
  log: Log;
}

/** A task of the sweep. Keys change at a start only, so the work is done once. */
export function createResealEndpoints({ store, keyRing, log }: ResealEndpointsDeps): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    const stale = (await sealedEndpointSecrets(store)).filter(({ secret }) => !keyRing.isCurrent(secret));
    for (const { id, secret } of stale) {
      try {
        const plain = keyRing.decrypt(secret, endpointSealContext(id));
        await replaceEndpointSecret(store, id, secret, keyRing.encrypt(plain, endpointSealContext(id)));
      } catch (error) {
        log.error({ err: error, endpoint: id }, 'webhook secret not resealed');
      }
    }
    done = true;
  };
}
