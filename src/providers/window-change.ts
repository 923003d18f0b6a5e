/** Changes of single events, seen from the calendar's window. */
import type { EventChange, RemoteEvent, SyncWindow } from './port.ts';

/** An event without duration lies in the window when its start does. */
export const touchesWindow = ({ start, end }: RemoteEvent, { from, to }: SyncWindow) =>
  start < to && (end > from || start >= from);

/** An event outside the window is removed: it may have been inside before it moved. */
export const changeWithin = (event: RemoteEvent, window: SyncWindow): EventChange =>
  touchesWindow(event, window) ? { type: 'upsert', event } : { type: 'remove', externalId: event.externalId };
