/** Applies stored deliveries again, as often as needed and with the same effect. */

import { notFound } from '../../errors.ts';
import type { JobQueue } from '../../jobs/port.ts';
import { recordChange } from '../../store/audit/audited.ts';
import {
  type Delivery,
  type DeliverySpan,
  deliveryIdsWithin,
  findDelivery,
  insertReplay,
  signalOf,
  type Verdict,
} from '../../store/calendars/deliveries.ts';
import { lockActiveChannel } from '../../store/calendars/watch-channels.ts';
import type { Store } from '../../store/client.ts';
import type { Clock } from '../../time/clock.ts';
import { applyNotifications } from './apply.ts';

/** The result of replaying a delivery. */
export interface ReplayOutcome {
  original: Delivery;
  verdict: Verdict;
}

export interface Replay {
  /**
   * Deliveries are not verified again, since no secret is stored: the stored verdict counts. A delivery whose channel
   * or calendar no longer exists is IGNORED.
   * @param organisation finds only its deliveries; absent: all
   * @throws SlotwireError NOT_FOUND
   */
  run(id: string, organisation?: string): Promise<ReplayOutcome & { delivery: Delivery }>;
  /** What `run` would do, without doing it. @throws SlotwireError NOT_FOUND */
  preview(id: string): Promise<ReplayOutcome>;
  /** Ids of the deliveries received within `span`, in order, without replays. */
  within(span: DeliverySpan): Promise<string[]>;
}

export interface ReplayDeps {
  store: Store;
  jobs: JobQueue;
  clock: Clock;
}

export function createReplay({ store, jobs, clock }: ReplayDeps): Replay {
  async function find(id: string, organisation?: string): Promise<Delivery> {
    const original = await findDelivery(store, id, organisation);
    if (!original) throw notFound('delivery', id);
    return original;
  }

  return {
    async run(id, organisation) {
      const original = await find(id, organisation);
      return store.$transaction(async (tx) => {
        const now = clock.now();
        const channel = await lockActiveChannel(tx, original.channelId);
        const verdict = verdictOf(original, channel);
        recordChange(tx);
        const delivery = await insertReplay(tx, original, { verdict, now });
        if (channel && verdict === 'ACCEPTED') {
          await applyNotifications(tx, jobs, [{ channel, signal: signalOf(original) }], now);
        }
        return { original, verdict, delivery };
      });
    },
    async preview(id) {
      const original = await find(id);
      const verdict = await store.$transaction(async (tx) =>
        verdictOf(original, await lockActiveChannel(tx, original.channelId)),
      );
      return { original, verdict };
    },
    within: (span) => deliveryIdsWithin(store, span),
  };
}

const verdictOf = ({ verdict }: Delivery, channel: object | null): Verdict => (channel ? verdict : 'IGNORED');
