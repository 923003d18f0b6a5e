/** The availability documents that also ask how old an answer can be. */
import { FreshAvailabilityLiveDocument, FreshAvailabilityNowDocument } from '../gql/documents.ts';
import type { Answer } from './availability.ts';
import type { Documents } from './watch.ts';

export interface FreshAnswer extends Answer {
  readonly freshness: {
    /** Every change made at a provider before this instant is in the answer. Null: some calendar was never read. */
    readonly provenAsOf: string | null;
    /** computedAt minus provenAsOf, an ISO 8601 duration. */
    readonly bound: string | null;
  };
}

/** For `watch`. */
export const WITH_FRESHNESS: Documents<FreshAnswer> = {
  live: FreshAvailabilityLiveDocument,
  now: FreshAvailabilityNowDocument,
};
