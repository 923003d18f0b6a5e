/** Seals the feeds' secrets with the current key, so that the previous key can be removed. */
import type { Log } from '../log.ts';
import type { KeyRing } from '../secrets.ts';
import type { Store } from '../store/client.ts';
import { resealFeed, sealedFeedSecrets } from '../store/outbound/feeds.ts';
import { sealContext, sealFeed } from './links.ts';

export interface ResealFeedsDeps {
  store: Store;
  keyRing: KeyRing;
  log: Log;
}

/** A task of the sweep. Keys change at a start only, so the work is done once. */
export function createResealFeeds({ store, keyRing, log }: ResealFeedsDeps): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    const stale = (await sealedFeedSecrets(store)).filter(({ secret }) => !keyRing.isCurrent(secret));
    for (const { id, secret } of stale) {
      try {
        await resealFeed(store, id, sealFeed(keyRing, id, keyRing.decrypt(secret, sealContext(id))));
      } catch (error) {
        log.error({ err: error, feed: id }, 'feed secret not resealed');
      }
    }
    done = true;
  };
}
