/**
 * The own id on Graph's events: an extended property to find them by, and a transaction id that makes a repeated
 * request harmless.
 */
import type { GraphEvent } from './map-event.ts';

/** Extended property: a named string in a namespace of Slotwire's. */
const PROPERTY = 'String {6f0e3b1c-8c8e-4d0a-9d5b-2f7c4a1e9b63} Name slotwire';
const TRANSACTION_PREFIX = 'slotwire:';

/** Graph creates one event per transaction id, for as long as it remembers the id. */
export const transactionIdOf = (ownId: string) => `${TRANSACTION_PREFIX}${ownId}`;

/** Extended property with the own id; no list returns it. */
export const ownIdProperty = (ownId: string) => ({
  singleValueExtendedProperties: [{ id: PROPERTY, value: ownId }],
});

/** A `$filter` for events with this own id. */
export const ownIdFilter = (ownId: string) =>
  `singleValueExtendedProperties/Any(ep: ep/id eq '${PROPERTY}' and ep/value eq '${ownId.replaceAll("'", "''")}')`;

/** Read from the transaction id, where Graph returns it. An event that became a series is no longer ours. */
export function ownIdOf({ transactionId, seriesMasterId }: GraphEvent): string | null {
  if (!transactionId?.startsWith(TRANSACTION_PREFIX) || seriesMasterId) return null;
  return transactionId.slice(TRANSACTION_PREFIX.length) || null;
}
