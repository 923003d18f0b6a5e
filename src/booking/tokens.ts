/** A booking's token: its id, signed. It is derived, never stored, so a repeated confirm can tell it again. */
import type { KeyRing } from '../secrets.ts';

const CONTEXT = 'booking';

export interface BookingTokens {
  sign(bookingId: string): string;
  /** The id of the booking that the token is of, whether or not it is there still; null: it is no token of ours. */
  verify(token: string): string | null;
}

export function createBookingTokens(keyRing: Pick<KeyRing, 'sign' | 'verifies'>): BookingTokens {
  return {
    sign: (bookingId) => `${bookingId}.${keyRing.sign(bookingId, CONTEXT)}`,
    verify(token) {
      const dot = token.lastIndexOf('.');
      const id = token.slice(0, Math.max(0, dot));
      return keyRing.verifies(id, CONTEXT, token.slice(dot + 1)) ? id : null;
    },
  };
}
