/** Our own id on Graph's events: a property to look them up by, and a transaction that a repeated request is known by. */
import type { GraphEvent } from './map-event.ts';

/** A property of our own (a named string in a namespace of ours). */
const PROPERTY = 'String {6f0e3b1c-8c8e-4d0a-9d5b-2f7c4a1e9b63} Name slotwire';
const TRANSACTION_PREFIX = 'slotwire:';

/** Graph makes one event of it, as long as it remembers the transaction. */
export const transactionIdOf = (ownId: string) => `${TRANSACTION_PREFIX}${ownId}`;

/** Goes with the event for good; no list tells it. */
export const ownIdProperty = (ownId: string) => ({
  singleValueExtendedProperties: [{ id: PROPERTY, value: ownId }],
});

/** For `$filter`: events with the mark. */
export const ownIdFilter = (ownId: string) =>
  `singleValueExtendedProperties/Any(ep: ep/id eq '${PROPERTY}' and ep/value eq '${ownId.replaceAll("'", "''")}')`;

/** Told by the transaction alone, where Graph tells that; what became a series is no longer our event. */
export function ownIdOf({ transactionId, seriesMasterId }: GraphEvent): string | null {
  if (!transactionId?.startsWith(TRANSACTION_PREFIX) || seriesMasterId) return null;
  return transactionId.slice(TRANSACTION_PREFIX.length) || null;
}
