/**
 * The times of one window, live. Of each the start alone is asked for, where the page knows the rest by the event type: a month
 * has thousands of them.
 */
import { DAY } from '../../time/clock.ts';
import { PageTimesLiveDocument, PageTimesNowDocument } from '../gql/documents.ts';
import type { Answer, OfferedSlot } from '../live/availability.ts';
import type { LiveClient } from '../live/client.ts';
import type { Document } from '../live/operation.ts';
import { type AvailabilityWindow, type Documents, type LiveView, watch } from '../live/watch.ts';
import type { PageEventType } from './hooks.ts';
import { lengthMs } from './wording.ts';

/** A time as it comes: without the rest where only starts were asked for. */
export type AskedTime = Pick<OfferedSlot, 'start'> & Partial<OfferedSlot>;

export interface TimesAnswer extends Omit<Answer, 'slots'> {
  readonly slots: readonly AskedTime[];
  /** The first start after the window that is offered now; null: none. */
  readonly nextAvailable: string | null;
}

/** The document for a watch, which knows nothing of the variable that `watchTimes` adds. */
const withoutWhole = <Data, Variables>(
  document: Pick<Document<unknown, unknown>, '__meta__'> & { toString(): string },
): Document<Data, Variables> => ({ toString: () => document.toString(), __meta__: document.__meta__ });

const TIMES: Documents<TimesAnswer> = {
  live: withoutWhole(PageTimesLiveDocument),
  now: withoutWhole(PageTimesNowDocument),
};

/**
 * @param asked `first`: an answer that is there already; null: none
 * @returns stop; `onView` is not called after it
 */
export function watchTimes(
  client: LiveClient,
  {
    window,
    whole,
    first,
  }: { readonly window: AvailabilityWindow; readonly whole: boolean; readonly first: TimesAnswer | null },
  onView: (view: LiveView<TimesAnswer>) => void,
): () => void {
  // What each of them is asked with, beside the window.
  const asking: Pick<LiveClient, 'request' | 'subscribe'> = {
    request: (document, variables) => client.request(document, { ...variables, whole }),
    subscribe: (document, variables, sink) => client.subscribe(document, { ...variables, whole }, sink),
  };
  return watch(asking, { ...TIMES, first }, window, onView);
}

/** Fields that an answer may have with hosts and seats, far from where the gateway refuses it. */
const FIELDS_MAX = 60_000;

/**
 * Whether hosts and seats of each time are to be asked for: where they are shown, and not too many.
 * @param span of the window, milliseconds
 */
export function asksWhole(
  { scheduling, seats, hosts, interval }: Pick<PageEventType, 'scheduling' | 'seats' | 'hosts' | 'interval'>,
  span: number,
): boolean {
  const isShared = scheduling === 'ROUND_ROBIN' || scheduling === 'QUORUM';
  if (seats === 1 && !(isShared && hosts.length > 1)) return false;
  // A week is asked as it always was.
  if (span <= 8 * DAY) return true;
  const step = lengthMs(interval) || DAY;
  return (span / step) * (5 + 3 * hosts.length) <= FIELDS_MAX;
}

/** What an answer leaves out of a time is as the event type has it: all of its hosts offer it, as far as is known. */
export const wholeTime = (
  { start, end, seatsLeft, hosts }: AskedTime,
  eventType: Pick<PageEventType, 'hosts'>,
  length: number,
): OfferedTime => ({
  start,
  end: end ?? new Date(Date.parse(start) + length).toISOString(),
  seatsLeft: seatsLeft ?? null,
  hosts: hosts ?? eventType.hosts,
});

/** A time as the page shows it. */
export interface OfferedTime extends Omit<OfferedSlot, 'seatsLeft'> {
  /** Null: not known. */
  readonly seatsLeft: number | null;
}
