/** Runs stored deliveries again, from what is stored alone: to the same effect, as often as wanted. */

import { notFound } from '../../errors.ts';
import type { JobQueue } from '../../jobs/port.ts';
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
import { type Clock, SECOND } from '../../time/clock.ts';
import { applyNotifications } from './apply.ts';

const TRANSACTION = { maxWait: 10 * SECOND, timeout: 20 * SECOND };

/** What a delivery comes to when it is replayed. */
export interface ReplayOutcome {
  original: Delivery;
  verdict: Verdict;
}

export interface Replay {
  /**
   * What was verified then is not verified again: no secret is kept, the stored verdict stands. Only a delivery whose
   * channel or calendar is gone by now is IGNORED. Only `organisation`'s are found, where it is given.
   * @throws SlotwireError NOT_FOUND
   */
  run(id: string, organisation?: string): Promise<ReplayOutcome & { delivery: Delivery }>;
  /** What `run` would come to. @throws SlotwireError NOT_FOUND */
  preview(id: string): Promise<ReplayOutcome>;
  /** Ids of the deliveries that providers sent within `span`, in the order they were received; no replays. */
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
        const delivery = await insertReplay(tx, original, { verdict, now });
        if (channel && verdict === 'ACCEPTED') {
          await applyNotifications(tx, jobs, [{ channel, signal: signalOf(original) }], now);
        }
        return { original, verdict, delivery };
      }, TRANSACTION);
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
