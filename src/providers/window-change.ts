/** What an event read from a provider means for the calendar's known window. */
import type { Change, RemoteEvent, Window } from './port.ts';

/** Events of no length lie in the window when their start does. */
export const touches = ({ start, end }: RemoteEvent, { from, to }: Window) =>
  start < to && (end > from || start >= from);

/** An event outside the window may have been inside before it moved: it is removed. */
export const changeOf = (event: RemoteEvent, window: Window): Change =>
  touches(event, window) ? { type: 'upsert', event } : { type: 'remove', externalId: event.externalId };
