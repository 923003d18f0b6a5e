/** Hooks for the state outside of the page: event type, live availability and clock. */

import { useEffect, useState } from 'preact/hooks';
import { backoffDelay } from '../../async/backoff.ts';
import {
  type EventFormFragment,
  EventTypePageDocument,
  type PageEventTypeFragment,
} from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import { RETRY_BACKOFF } from '../live/retry.ts';
import type { AvailabilityWindow, LiveView } from '../live/watch.ts';
import type { PageAddress } from './address.ts';
import { endFirstTimes, firstTimes, takeFirstEventType } from './first-answer.ts';
import { type Problem, problemOf } from './problems.ts';
import { type TimesAnswer, watchTimes } from './times.ts';
import { changeInWords } from './wording.ts';

export type PageEventType = PageEventTypeFragment;
/** With what it tells and asks its visitors. */
export type BookableEventType = PageEventTypeFragment & EventFormFragment;
export type EventTypeState =
  /** `problem`: why it is not there yet; null: it was asked for a moment ago. */
  | { readonly kind: 'pending'; readonly problem: Problem | null }
  | { readonly kind: 'missing' }
  | { readonly kind: 'found'; readonly eventType: BookableEventType };

/** The event type at an address; retries for ever while the server cannot be reached. */
export function useEventType(client: LiveClient, address: PageAddress | null): EventTypeState {
  const [state, setAsked] = useState<EventTypeState>(() => {
    const eventType = takeFirstEventType(address);
    if (eventType) return { kind: 'found', eventType };
    return address ? { kind: 'pending', problem: null } : { kind: 'missing' };
  });
  useEffect(() => {
    if (!address || state.kind === 'found') return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const load = async (attempt: number) => {
      const reply = await client.request(EventTypePageDocument, { ...address });
      if (stopped) return;
      if (reply.ok) {
        const { eventType } = reply.data;
        return setAsked(eventType ? { kind: 'found', eventType } : { kind: 'missing' });
      }
      if (reply.fault.code === 'NOT_FOUND') return setAsked({ kind: 'missing' });
      setAsked({ kind: 'pending', problem: problemOf(reply.fault, Date.now() + client.skew()) });
      const pause = Math.max(backoffDelay(RETRY_BACKOFF, attempt), reply.fault.retryAfter ?? 0);
      timer = setTimeout(() => load(attempt + 1), pause);
    };
    void load(0);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [client, address]);
  return state;
}

export interface AvailabilityState extends Omit<LiveView<TimesAnswer>, 'change' | 'over'> {
  /** Starts that the last change added. */
  readonly fresh: ReadonlySet<number>;
  /** The last change in words; empty after a while, so that a screen reader announces the same words again. */
  readonly announcement: string;
  /** The server's clock minus this machine's in ms, by the last answer. */
  readonly skew: number;
}

const NO_AVAILABILITY: AvailabilityState = {
  held: null,
  live: false,
  delayed: null,
  fault: null,
  fresh: new Set(),
  announcement: '',
  skew: 0,
};
const ANNOUNCED_FOR = 6_000;

/**
 * The live availability of a window; starts over when the window changes.
 * @param whole whether hosts and seats of each time are asked for
 */
export function useAvailability(
  client: LiveClient,
  { eventType, from, to, rescheduling, length }: AvailabilityWindow,
  whole: boolean,
): AvailabilityState {
  const key = [eventType, from, to, rescheduling, length, whole].join(' ');
  /** With the window that it is of: for the moment in which another one is asked for, it says nothing of that. */
  const window = {
    ...{ eventType, from, to },
    ...(rescheduling ? { rescheduling } : {}),
    ...(length ? { length } : {}),
  };
  const [{ of, ...availability }, setAvailability] = useState(() => ({
    ...NO_AVAILABILITY,
    held: firstTimes(window, whole),
    of: key,
  }));
  useEffect(() => {
    const first = firstTimes(window, whole);
    endFirstTimes();
    // The badge doesn't change while only the window does.
    setAvailability((previous) => ({ ...NO_AVAILABILITY, live: previous.live, of: key }));
    return watchTimes(client, { window, whole, first }, ({ held, change, live, delayed, fault }) => {
      setAvailability((previous) => {
        const text = changeInWords(change);
        // What came with the page says nothing of the clock: the browser may have kept it.
        const newer = held !== null && held !== previous.held && held !== first;
        return {
          of: key,
          held,
          live,
          delayed,
          fault,
          fresh: text ? new Set(change.added) : previous.fresh,
          announcement: text || previous.announcement,
          skew: newer ? Date.parse(held.computedAt) - Date.now() : previous.skew,
        };
      });
    });
  }, [client, eventType, from, to, rescheduling, length, whole]);
  useEffect(() => {
    if (!availability.announcement) return;
    const timer = setTimeout(
      () => setAvailability((previous) => ({ ...previous, announcement: '' })),
      ANNOUNCED_FOR,
    );
    return () => clearTimeout(timer);
  }, [availability.announcement, availability.fresh]);
  if (of === key) return availability;
  return { ...NO_AVAILABILITY, live: availability.live, skew: availability.skew };
}

/** This machine's clock in epoch milliseconds, updated at an interval; null: not updated. */
export function useNow(every: number | null = 30_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (every === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** Whether the machine has a network, as far as the browser knows. */
export function useOnline(): boolean {
  const [isOnline, setOnline] = useState(() => navigator.onLine);
  useEffect(() => {
    const update = () => setOnline(navigator.onLine);
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);
  return isOnline;
}
