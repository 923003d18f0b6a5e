/** What an event read from a provider means for the calendar's known window. */
import type { EventChange, RemoteEvent, SyncWindow } from './port.ts';

/** Events of no length lie in the window when their start does. */
export const touchesWindow = ({ start, end }: RemoteEvent, { from, to }: SyncWindow) =>
  start < to && (end > from || start >= from);

/** An event outside the window may have been inside before it moved: it is removed. */
export const changeWithin = (event: RemoteEvent, window: SyncWindow): EventChange =>
  touchesWindow(event, window) ? { type: 'upsert', event } : { type: 'remove', externalId: event.externalId };
