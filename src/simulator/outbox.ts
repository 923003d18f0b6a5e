/** Sends change notifications, retries as the provider would, and records the outcome of each. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import type { Log } from '../log.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { createEndpointHealth, PENALTY, RESPONSE_LIMIT, RESPONSE_TIMEOUT } from './endpoint-health.ts';
import type { Faults } from './faults.ts';
import type { SimulatedProvider } from './world.ts';

export interface Message {
  provider: SimulatedProvider;
  /** The kind of change, for the page: `exists`, `updated`, `missed`… */
  what: string;
  /** Ids of the channels that the message notifies. */
  channels: string[];
  url: string;
  headers: Record<string, string>;
  body: string | null;
  /** The same message with a token or channel that was never issued. */
  forged(effect: 'wrong-token' | 'unknown-channel'): { headers: Record<string, string>; body: string | null };
  /** @param status null without a response. */
  done(status: number | null): boolean;
  retry(status: number | null): boolean;
}

export interface SentNotification {
  at: Instant;
  provider: SimulatedProvider;
  what: string;
  channels: string[];
  url: string;
  attempts: number;
  /** Of the last attempt; null: no response. */
  status: number | null;
  state: 'pending' | 'delivered' | 'dropped' | 'given-up';
}

export interface DeliveryBackoff {
  /** Milliseconds before the second attempt; each wait after it is twice as long. */
  first: number;
  attempts: number;
  /** Milliseconds for a response. */
  timeout: number;
}

export interface Outbox {
  /** Resolves once the message is delivered, dropped, given up, or delayed. */
  send(message: Message): Promise<void>;
  /** Resolves once all sent messages are delivered, dropped or given up, but for delayed ones that are not due. */
  onIdle(): Promise<void>;
  /** The latest messages, the newest first. */
  sent(): SentNotification[];
  close(): Promise<void>;
}

const HISTORY_SIZE = 200;

export function createOutbox(deps: {
  clock: Clock;
  faults: Faults;
  log: Log | undefined;
  backoff: DeliveryBackoff;
  /** Whether Microsoft's notifications to a receiver that was slow are delayed or dropped. */
  ratesReceivers: boolean;
}): Outbox {
  const { clock, faults, log, backoff, ratesReceivers } = deps;
  const pending = new Set<Promise<void>>();
  const sent: SentNotification[] = [];
  const health = createEndpointHealth({ clock });
  const closing = new AbortController();
  // Each message under way adds a listener.
  setMaxListeners(0, closing.signal);

  /** Delayed messages, sent once they are due by the simulator's clock. */
  let delayed: { due: Instant; deliverNow: () => void }[] = [];
  let releaseTimer: NodeJS.Timeout | null = null;

  function releaseDue() {
    const due = delayed.filter((each) => each.due <= clock.now());
    delayed = delayed.filter((each) => !due.includes(each));
    for (const { deliverNow } of due) deliverNow();
    if (delayed.length > 0 || !releaseTimer) return;
    clearInterval(releaseTimer);
    releaseTimer = null;
  }

  /** A clock has no alarm, so it is polled. */
  function delayUntilDue(delay: number, deliverNow: () => void) {
    delayed.push({ due: clock.now() + delay, deliverNow });
    releaseTimer ??= setInterval(releaseDue, 20).unref();
  }

  /** @param countedDelay milliseconds that the response counts as if it had taken; null: as long as it took. */
  async function attempt(message: Message, countedDelay: number | null): Promise<number | null> {
    const began = performance.now();
    const { url, headers, body } = message;
    let timedOut = false;
    const status = await withDeadline(backoff.timeout, closing.signal, async (signal) => {
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await answer.arrayBuffer();
      return answer.status;
    }).catch((error: unknown) => {
      timedOut = error instanceof DeadlineError;
      return null;
    });
    const elapsed = countedDelay ?? (timedOut ? RESPONSE_TIMEOUT + 1 : performance.now() - began);
    if (message.provider !== 'microsoft') return status;
    health.recordResponse(url, elapsed);
    return elapsed > RESPONSE_LIMIT ? null : status;
  }

  async function deliver(
    message: Message,
    record: SentNotification,
    countedDelay: number | null,
  ): Promise<void> {
    await sleep(0, undefined, { signal: closing.signal });
    let retryDelay = backoff.first;
    for (;;) {
      record.status = await attempt(message, record.attempts === 0 ? countedDelay : null);
      record.attempts += 1;
      if (message.done(record.status)) record.state = 'delivered';
      else if (record.attempts >= backoff.attempts || !message.retry(record.status))
        record.state = 'given-up';
      if (record.state !== 'pending') return;
      await sleep(retryDelay, undefined, { signal: closing.signal });
      retryDelay *= 2;
    }
  }

  async function deliverNow(
    message: Message,
    record: SentNotification,
    countedDelay: number | null,
  ): Promise<void> {
    const { provider, what, url } = message;
    const delivery = deliver(message, record, countedDelay)
      .catch(() => {
        record.state = 'given-up';
      })
      .finally(() => {
        pending.delete(delivery);
        log?.debug({ provider, what, url, status: record.status, state: record.state }, 'notification');
      });
    pending.add(delivery);
    await delivery;
  }

  async function post(message: Message, fault: { effect: string; delay: number } | null): Promise<void> {
    const { provider, what, channels, url } = message;
    const state = ratesReceivers && provider === 'microsoft' ? health.stateOf(url) : 'well';
    const dropped = fault?.effect === 'drop' || state === 'drop';
    const record: SentNotification = {
      at: clock.now(),
      provider,
      what,
      channels,
      url,
      attempts: 0,
      status: null,
      state: dropped ? 'dropped' : 'pending',
    };
    sent.unshift(record);
    sent.length = Math.min(sent.length, HISTORY_SIZE);
    if (dropped) return;
    const delay = (fault?.effect === 'delay' ? fault.delay : 0) + (state === 'slow' ? PENALTY : 0);
    const countedDelay = fault?.effect === 'late' ? fault.delay : null;
    if (delay === 0) return deliverNow(message, record, countedDelay);
    delayUntilDue(delay, () => void deliverNow(message, record, countedDelay));
  }

  async function onIdle() {
    // Changes that are batched within a turn of the event loop are sent at its end.
    await new Promise(setImmediate);
    releaseDue();
    while (pending.size > 0) await Promise.all(pending);
  }

  return {
    async send(message) {
      const fault = faults.takeNotificationFault();
      const forgery = fault?.effect;
      const forged =
        forgery === 'wrong-token' || forgery === 'unknown-channel'
          ? { ...message, ...message.forged(forgery) }
          : message;
      const first = post(forged, fault);
      if (fault?.effect === 'duplicate') await post(message, null);
      await first;
    },
    onIdle,
    sent: () => [...sent],
    async close() {
      closing.abort();
      delayed = [];
      await onIdle();
    },
  };
}
