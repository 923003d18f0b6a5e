/** Our own id on Google's events: their id is made of it, and a private property tells it. */
import { createHash } from 'node:crypto';
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';

const PROPERTY = 'slotwire';

/** Google takes ids that its client chose, in the letters of base32hex: hexadecimal digits are among them. */
export const remoteIdOf = (ownId: string) => createHash('sha256').update(ownId).digest('hex');

/** Goes with the event, and comes back with every list. */
export const ownIdProperty = (ownId: string): calendar_v3.Schema$Event => ({
  extendedProperties: { private: { [PROPERTY]: ownId } },
});

/** A copy of our event, or an instance of a series that it became, has the property too, but an id of its own. */
export function ownIdOf(event: calendar_v3.Schema$Event): string | null {
  const ownId = event.extendedProperties?.private?.[PROPERTY];
  return ownId && event.id === remoteIdOf(ownId) ? ownId : null;
}
