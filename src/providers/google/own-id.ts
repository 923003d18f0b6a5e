/** The own id on Google's events: their event id is derived from it, and a private extended property holds it. */
import { createHash } from 'node:crypto';
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';

const PROPERTY = 'slotwire';

/** Google accepts event ids from its clients in the alphabet of base32hex, which includes hexadecimal digits. */
export const remoteIdOf = (ownId: string) => createHash('sha256').update(ownId).digest('hex');

/** Private property with the own id; Google returns it in every list. */
export const ownIdProperty = (ownId: string): calendar_v3.Schema$Event => ({
  extendedProperties: { private: { [PROPERTY]: ownId } },
});

/** A copy of our event, or an instance of a series it became, inherits the property but has another event id. */
export function ownIdOf(event: calendar_v3.Schema$Event): string | null {
  const ownId = event.extendedProperties?.private?.[PROPERTY];
  return ownId && event.id === remoteIdOf(ownId) ? ownId : null;
}
