/** Sends change notifications, tries again where the provider would, and remembers what became of each. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import type { Log } from '../log.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { createEndpointHealth, GIVEN_UP, IN_TIME, SENTENCE } from './endpoint-health.ts';
import type { Faults } from './faults.ts';
import type { ProviderName } from './world.ts';

export interface Message {
  provider: ProviderName;
  /** In words, for the page: `exists`, `updated`, `missed`… */
  what: string;
  /** Ids of the channels that it tells. */
  channels: string[];
  url: string;
  headers: Record<string, string>;
  body: string | null;
  /** The same with a token or channel that nobody gave out. */
  forged(effect: 'wrong-token' | 'unknown-channel'): { headers: Record<string, string>; body: string | null };
  /** Status null: no answer. */
  done(status: number | null): boolean;
  retry(status: number | null): boolean;
}

export interface SentNotification {
  at: Instant;
  provider: ProviderName;
  what: string;
  channels: string[];
  url: string;
  attempts: number;
  /** Of the last attempt; null: no answer. */
  status: number | null;
  state: 'pending' | 'delivered' | 'dropped' | 'given-up';
}

export interface Backoff {
  /** Milliseconds before the second attempt; each wait after it is twice as long. */
  first: number;
  attempts: number;
  /** Milliseconds for an answer. */
  timeout: number;
}

export interface Outbox {
  /** @returns when it is delivered, dropped, given up, or held back. */
  send(message: Message): Promise<void>;
  /** All sent messages are delivered, dropped or given up, but for those that the clock holds back. */
  settled(): Promise<void>;
  /** The last ones, newest first. */
  sent(): SentNotification[];
  close(): Promise<void>;
}

const KEPT = 200;

export function createOutbox(deps: {
  clock: Clock;
  faults: Faults;
  log: Log | undefined;
  backoff: Backoff;
}): Outbox {
  const { clock, faults, log, backoff } = deps;
  const pending = new Set<Promise<void>>();
  const sent: SentNotification[] = [];
  const health = createEndpointHealth({ clock });
  const closing = new AbortController();
  // Each message that is under way listens.
  setMaxListeners(0, closing.signal);

  /** Messages that leave when the clock says so. */
  let held: { due: Instant; leave: () => void }[] = [];
  let watch: NodeJS.Timeout | null = null;

  function release() {
    const due = held.filter((each) => each.due <= clock.now());
    held = held.filter((each) => !due.includes(each));
    for (const { leave } of due) leave();
    if (held.length > 0 || !watch) return;
    clearInterval(watch);
    watch = null;
  }

  /** The clock can be asked only, so it is asked often. */
  function hold(delay: number, leave: () => void) {
    held.push({ due: clock.now() + delay, leave });
    watch ??= setInterval(release, 20).unref();
  }

  /** @param late milliseconds that the answer counts as if it had taken; null: as long as it took. */
  async function attempt(message: Message, late: number | null): Promise<number | null> {
    const began = performance.now();
    const { url, headers, body } = message;
    let silent = false;
    const status = await withDeadline(backoff.timeout, closing.signal, async (signal) => {
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await answer.arrayBuffer();
      return answer.status;
    }).catch((error: unknown) => {
      silent = error instanceof DeadlineError;
      return null;
    });
    const took = late ?? (silent ? GIVEN_UP + 1 : performance.now() - began);
    if (message.provider !== 'microsoft') return status;
    health.answered(url, took);
    return took > IN_TIME ? null : status;
  }

  async function deliver(message: Message, record: SentNotification, late: number | null): Promise<void> {
    await sleep(0, undefined, { signal: closing.signal });
    let wait = backoff.first;
    for (;;) {
      record.status = await attempt(message, record.attempts === 0 ? late : null);
      record.attempts += 1;
      if (message.done(record.status)) record.state = 'delivered';
      else if (record.attempts >= backoff.attempts || !message.retry(record.status))
        record.state = 'given-up';
      if (record.state !== 'pending') return;
      await sleep(wait, undefined, { signal: closing.signal });
      wait *= 2;
    }
  }

  async function leave(message: Message, record: SentNotification, late: number | null): Promise<void> {
    const { provider, what, url } = message;
    const delivery = deliver(message, record, late)
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
    const state = provider === 'microsoft' ? health.of(url) : 'well';
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
    sent.length = Math.min(sent.length, KEPT);
    if (dropped) return;
    const delay = (fault?.effect === 'delay' ? fault.delay : 0) + (state === 'slow' ? SENTENCE : 0);
    const late = fault?.effect === 'late' ? fault.delay : null;
    if (delay === 0) return leave(message, record, late);
    hold(delay, () => void leave(message, record, late));
  }

  async function settled() {
    // What is batched within a turn of the loop is sent at its end.
    await new Promise(setImmediate);
    release();
    while (pending.size > 0) await Promise.all(pending);
  }

  return {
    async send(message) {
      const fault = faults.meetNotification();
      const lie = fault?.effect;
      const forged =
        lie === 'wrong-token' || lie === 'unknown-channel' ? { ...message, ...message.forged(lie) } : message;
      const first = post(forged, fault);
      if (fault?.effect === 'duplicate') await post(message, null);
      await first;
    },
    settled,
    sent: () => [...sent],
    async close() {
      closing.abort();
      held = [];
      await settled();
    },
  };
}
