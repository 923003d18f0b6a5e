/** The live holds that one address of the public may have. The database knows a keyed hash of its network, while the hold lives. */
import { rateLimited } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { networksOf } from '../net/networks.ts';
import type { KeyRing } from '../secrets.ts';
import { type Hold, liveHoldsOfNetworks } from '../store/bookings/holds.ts';
import type { Tx } from '../store/client.ts';
import { type Instant, SECOND } from '../time/clock.ts';

const CONTEXT = 'network of a hold';

export interface HoldQuota {
  /**
   * Without a lock it is cheap: a flood is refused before it queues for hosts. In the transaction that inserts the hold, with its
   * hosts and the network locked, holds of one address are counted one after another, so that several at once don't all pass.
   * @throws SlotwireError RATE_LIMITED
   */
  check(tx: Tx, address: string, now: Instant): Promise<void>;
  /** The network that is locked meanwhile: the widest of the address, which has all others in it. */
  networkToLock(address: string): string;
  /** What the hold's row keeps of the address. @param address null for a caller that isn't counted */
  hashes(address: string | null): Pick<Hold, 'networkHash' | 'wideNetworkHash'>;
}

export interface HoldQuotaDeps {
  keyRing: Pick<KeyRing, 'sign' | 'signatures'>;
  metrics: Pick<Metrics, 'rateLimited'>;
  /** HOLDS_PER_ADDRESS */
  limit: number;
}

export function createHoldQuota({ keyRing, metrics, limit }: HoldQuotaDeps): HoldQuota {
  return {
    async check(tx, address, now) {
      // Holds that were taken before the keys changed count, too.
      const networks = networksOf(address).map(({ network, share }) => ({
        share,
        hashes: keyRing.signatures(network, CONTEXT),
      }));
      const live = await liveHoldsOfNetworks(
        tx,
        networks.flatMap(({ hashes }) => hashes),
        now,
      );
      for (const { share, hashes } of networks) {
        const own = live.filter(({ hash }) => hashes.includes(hash));
        if (own.reduce((sum, { count }) => sum + count, 0) < limit * share) continue;
        metrics.rateLimited.inc({ limit: 'holds' });
        const ends = own.map(({ firstEnd }) => firstEnd);
        throw rateLimited((ends.length > 0 ? Math.min(...ends) : now + SECOND) - now);
      }
    },
    networkToLock: (address) => networksOf(address).at(-1)?.network ?? address,
    hashes(address) {
      const [own, wide] = address === null ? [] : networksOf(address);
      const hash = (found: typeof own) => (found ? keyRing.sign(found.network, CONTEXT) : null);
      return { networkHash: hash(own), wideNetworkHash: hash(wide) };
    },
  };
}
