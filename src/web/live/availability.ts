/** The availability of an event type, live. Its types are written by hand, because the generated ones are far too many. */
import { AvailabilityLiveDocument, AvailabilityNowDocument } from '../gql/documents.ts';
import type { LiveClient } from './client.ts';
import type { AnyAnswer } from './slots.ts';
import { type AvailabilityWindow, type Documents, type LiveView, type WatchDeps, watch } from './watch.ts';

/** One offered slot; its start names it. Instants are RFC 3339 in UTC. */
export interface OfferedSlot {
  readonly start: string;
  readonly end: string;
  readonly seatsLeft: number;
  /** The hosts who could take this slot. */
  readonly hosts: readonly { readonly id: string; readonly name: string }[];
}

/** Why an answer may be incomplete: what is wrong with a calendar behind it. */
export type AvailabilityIssueCode =
  | 'NO_CALENDARS'
  | 'OUTSIDE_COVERAGE'
  | 'SOURCE_AUTH_REVOKED'
  | 'SOURCE_NEVER_SYNCED'
  | 'SOURCE_PARTIAL'
  | 'SOURCE_STALE'
  | 'SOURCE_UNREACHABLE';

/** The availability of one window. */
export interface Answer extends AnyAnswer {
  /** Names this state of the window; a subscription resumes after it. */
  readonly etag: string;
  /** In order of start. */
  readonly slots: readonly OfferedSlot[];
  /** Every calendar that counts was read within its bound, and is known over the whole window. */
  readonly complete: boolean;
  /** Host by host and calendar by calendar: a code may come more than once. */
  readonly issues: readonly { readonly code: AvailabilityIssueCode }[];
  /** When the server computed this. */
  readonly computedAt: string;
}

/** The documents without freshness, which changes with every read of a calendar. */
export const AVAILABILITY: Documents<Answer> = {
  live: AvailabilityLiveDocument,
  now: AvailabilityNowDocument,
};

/**
 * Watches the slots of a window until stopped, and calls `onView` with each new view.
 * @returns stop; `onView` is not called after it.
 */
export function watchAvailability(
  client: Pick<LiveClient, 'request' | 'subscribe'>,
  window: AvailabilityWindow,
  onView: (view: LiveView<Answer>) => void,
  deps?: WatchDeps,
): () => void {
  return watch(client, AVAILABILITY, window, onView, deps);
}
