/** The availability of an event type, live: what the documents ask, in types of our own, for generated ones are too many. */
import { AvailabilityLiveDocument, AvailabilityNowDocument } from '../gql/documents.ts';
import type { LiveClient } from './client.ts';
import type { AnyAnswer } from './slots.ts';
import { type Documents, type LiveView, type WatchDeps, type Window, watch } from './watch.ts';

/** One offered slot; its start names it. Instants are RFC 3339 in UTC. */
export interface OfferedSlot {
  readonly start: string;
  readonly end: string;
  readonly seatsLeft: number;
  /** Those who could take it. */
  readonly hosts: readonly { readonly id: string; readonly name: string }[];
}

/** What is wrong with a calendar behind an answer. */
export type IssueCode =
  | 'NO_CALENDARS'
  | 'OUTSIDE_COVERAGE'
  | 'SOURCE_AUTH_REVOKED'
  | 'SOURCE_NEVER_SYNCED'
  | 'SOURCE_PARTIAL'
  | 'SOURCE_STALE'
  | 'SOURCE_UNREACHABLE';

/** The window as it stands. */
export interface Answer extends AnyAnswer {
  /** To resume after. */
  readonly etag: string;
  /** In order of start. */
  readonly slots: readonly OfferedSlot[];
  /** Every calendar that counts was read within its bound, and is known over the whole window. */
  readonly complete: boolean;
  /** Host by host and calendar by calendar: a code may come more than once. */
  readonly issues: readonly { readonly code: IssueCode }[];
  /** When the server computed this. */
  readonly computedAt: string;
}

/** Without freshness, which changes with every read of a calendar. */
export const AVAILABILITY: Documents<Answer> = {
  live: AvailabilityLiveDocument,
  now: AvailabilityNowDocument,
};

/**
 * Watches the slots of a window until stopped, and tells each change of what is known.
 * @returns stop; nothing is told after it.
 */
export function watchAvailability(
  client: Pick<LiveClient, 'request' | 'subscribe'>,
  window: Window,
  tell: (view: LiveView<Answer>) => void,
  deps?: WatchDeps,
): () => void {
  return watch(client, AVAILABILITY, window, tell, deps);
}
