/** The answer to every other method at an address that takes notifications and knows no handshake of its own. */
import type { ReceivedNotifications } from './port.ts';

export const METHOD_NOT_ALLOWED: ReceivedNotifications = {
  reply: { status: 405, headers: { allow: 'POST' }, body: '' },
  notifications: [],
  storedHeaders: [],
};
