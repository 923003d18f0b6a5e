/** Requests that wait until their answer is another one: for pages that a cache stands in front of, which no stream passes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DeadlineError, withDeadline } from '../../async/deadline.ts';
import type { AnswerSources } from '../../graphql/answer-basis.ts';
import type { LiveAvailability } from '../../live/availability.ts';
import { SECOND } from '../../time/clock.ts';
import { onDisconnect } from '../streams/event-stream.ts';
import type { StreamRegistry } from '../streams/registry.ts';

/** The longest that a request waits. Proxies give up after a minute, some after half of one. Milliseconds. */
export const LONG_POLL = 25 * SECOND;
/** Requests of this process that may wait. Beyond them, none does. */
const WAITING_MAX = 10_000;

/** Of one request. */
export interface ChangeWait {
  /**
   * Resolves once another answer than the one from these sources is likely, the time is over, the gateway stops, or the caller is gone.
   * @returns false when there is no more waiting
   * @throws SlotwireError NOT_FOUND for what is gone
   */
  changed(sources: AnswerSources): Promise<boolean>;
  end(): void;
}

export interface LongPolls {
  /** @param release gives the place back that the waiting request takes. @returns null when there is no room */
  open(request: IncomingMessage, response: ServerResponse, release: () => void): ChangeWait | null;
}

export interface LongPollDeps {
  live: Pick<LiveAvailability, 'availability'>;
  streams: StreamRegistry;
  /** Default: `LONG_POLL`. */
  longest?: number;
}

export function createLongPolls({ live, streams, longest = LONG_POLL }: LongPollDeps): LongPolls {
  let waiting = 0;
  return {
    open(request, response, release) {
      if (waiting >= WAITING_MAX || streams.isClosing()) return null;
      waiting += 1;
      const over = new AbortController();
      const unregister = streams.add('long poll', { beat: () => {}, goAway: () => over.abort() });
      const timer = setTimeout(() => over.abort(), longest);
      onDisconnect(request, response, () => over.abort());
      let isEnded = false;
      return {
        async changed({ parts }) {
          if (over.signal.aborted) return false;
          const opened = await Promise.allSettled(
            parts.map(({ request: asked, availability }) => live.availability(asked, availability.etag)),
          );
          const followed = opened.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
          try {
            for (const part of opened) if (part.status === 'rejected') throw part.reason;
            // Each says nothing for as long as what it follows is as it was.
            const next = () => Promise.race(followed.map((part) => part.next()));
            const { done } = await withDeadline(longest, over.signal, next);
            return !done;
          } catch (error) {
            if (over.signal.aborted || error instanceof DeadlineError) return false;
            throw error;
          } finally {
            for (const part of followed) await part.return();
          }
        },
        end() {
          if (isEnded) return;
          isEnded = true;
          waiting -= 1;
          clearTimeout(timer);
          unregister();
          release();
        },
      };
    },
  };
}
