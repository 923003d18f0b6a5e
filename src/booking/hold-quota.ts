/** The live holds that one address of the public may have. The database knows a keyed hash of its network, while the hold lives. */
import { rateLimited } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { networksOf } from '../net/networks.ts';
import type { KeyRing } from '../secrets.ts';
import { type Hold, liveHoldsOfNetwork, lockNetwork } from '../store/bookings/holds.ts';
import type { Tx } from '../store/client.ts';
import { type Instant, SECOND } from '../time/clock.ts';

const CONTEXT = 'network of a hold';

export interface HoldQuota {
  /** Cheap, without a lock: a flood is refused before it queues for hosts. @throws SlotwireError RATE_LIMITED */
  check(tx: Tx, address: string, now: Instant): Promise<void>;
  /**
   * In the transaction that inserts the hold, with its hosts locked: holds of one address are counted one after another, so
   * that several at once don't all pass. @throws SlotwireError RATE_LIMITED
   */
  claim(tx: Tx, address: string, now: Instant): Promise<void>;
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
  async function check(tx: Tx, address: string, now: Instant) {
    for (const { network, share } of networksOf(address)) {
      // Holds that were taken before the keys changed count, too.
      const hashes = keyRing.signatures(network, CONTEXT);
      const { count, firstEnd } = await liveHoldsOfNetwork(tx, hashes, now);
      if (count < limit * share) continue;
      metrics.rateLimited.inc({ limit: 'holds' });
      throw rateLimited((firstEnd ?? now + SECOND) - now);
    }
  }

  return {
    check,
    async claim(tx, address, now) {
      // The widest network has all others in it.
      await lockNetwork(tx, networksOf(address).at(-1)?.network ?? address);
      await check(tx, address, now);
    },
    hashes(address) {
      const [own, wide] = address === null ? [] : networksOf(address);
      const hash = (found: typeof own) => (found ? keyRing.sign(found.network, CONTEXT) : null);
      return { networkHash: hash(own), wideNetworkHash: hash(wide) };
    },
  };
}
