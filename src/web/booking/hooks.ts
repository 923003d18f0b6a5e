/** What the page's parts hear from outside: the server, the clock, the address. */

import { useEffect, useState } from 'preact/hooks';
import { backoffDelay } from '../../async/backoff.ts';
import { EventTypePageDocument, type PageEventTypeFragment } from '../gql/documents.ts';
import { RETRY_BACKOFF } from '../live/again.ts';
import { type Answer, watchAvailability } from '../live/availability.ts';
import type { LiveClient } from '../live/client.ts';
import type { LiveView, Window } from '../live/watch.ts';
import type { PageAddress } from './address.ts';
import { changeInWords } from './wording.ts';

export type PageEventType = PageEventTypeFragment;
export type Asked =
  | { readonly kind: 'asking'; readonly failed: boolean }
  | { readonly kind: 'missing' }
  | { readonly kind: 'found'; readonly eventType: PageEventType };

/** The event type at an address; asks again, for ever, while the server cannot be reached. */
export function useEventType(client: LiveClient, address: PageAddress | null): Asked {
  const [asked, setAsked] = useState<Asked>(
    address ? { kind: 'asking', failed: false } : { kind: 'missing' },
  );
  useEffect(() => {
    if (!address) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const ask = async (attempt: number) => {
      const reply = await client.request(EventTypePageDocument, { ...address });
      if (stopped) return;
      if (reply.ok) {
        const { eventType } = reply.data;
        return setAsked(eventType ? { kind: 'found', eventType } : { kind: 'missing' });
      }
      if (reply.fault.code === 'NOT_FOUND') return setAsked({ kind: 'missing' });
      setAsked({ kind: 'asking', failed: true });
      const pause = Math.max(backoffDelay(RETRY_BACKOFF, attempt), reply.fault.retryAfter ?? 0);
      timer = setTimeout(() => ask(attempt + 1), pause);
    };
    void ask(0);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [client, address]);
  return asked;
}

export interface Watched extends Omit<LiveView<Answer>, 'change' | 'over'> {
  /** Starts that came with the last change. */
  readonly fresh: ReadonlySet<number>;
  /** The last change in words; empty after a while, so that the same words can be said again. */
  readonly said: string;
  /** The server's clock minus this machine's, ms, as far as the last answer tells. */
  readonly skew: number;
}

const NOTHING: Watched = { held: null, live: false, fault: null, fresh: new Set(), said: '', skew: 0 };
const SAID_FOR = 6_000;

/** The live availability of a window; begins anew when the window changes. */
export function useAvailability(client: LiveClient, { eventType, from, to, rescheduling }: Window): Watched {
  const [watched, setWatched] = useState<Watched>(NOTHING);
  useEffect(() => {
    // The badge keeps its word while only the window changes.
    setWatched((before) => ({ ...NOTHING, live: before.live }));
    const window = { eventType, from, to, ...(rescheduling ? { rescheduling } : {}) };
    return watchAvailability(client, window, ({ held, change, live, fault }) => {
      setWatched((before) => {
        const words = changeInWords(change);
        const newer = held !== null && held !== before.held;
        return {
          held,
          live,
          fault,
          fresh: words ? new Set(change.added) : before.fresh,
          said: words || before.said,
          skew: newer ? Date.parse(held.computedAt) - Date.now() : before.skew,
        };
      });
    });
  }, [client, eventType, from, to, rescheduling]);
  useEffect(() => {
    if (!watched.said) return;
    const timer = setTimeout(() => setWatched((before) => ({ ...before, said: '' })), SAID_FOR);
    return () => clearTimeout(timer);
  }, [watched.said, watched.fresh]);
  return watched;
}

/** Epoch milliseconds of this machine, anew every so many; once only for null. */
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
