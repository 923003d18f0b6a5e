/** The answer to every other method at an address that takes notifications and knows no handshake of its own. */
import type { Received } from './port.ts';

export const POST_ONLY: Received = {
  reply: { status: 405, headers: { allow: 'POST' }, body: '' },
  notifications: [],
  keep: [],
};
