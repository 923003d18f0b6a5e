/** The reply to every method but POST, at a notification address without a handshake of its own. */
import type { ReceivedNotifications } from './port.ts';

export const METHOD_NOT_ALLOWED: ReceivedNotifications = {
  reply: { status: 405, headers: { allow: 'POST' }, body: '' },
  notifications: [],
  storedHeaders: [],
};
