/** A booking's token is its id, signed. The token is derived, never stored, so a repeated confirm can return it again. */
import type { KeyRing } from '../secrets.ts';

const CONTEXT = 'booking';

export interface BookingTokens {
  sign(bookingId: string): string;
  /** @returns the booking's id, whether or not the booking still exists; null when the gateway did not sign the token. */
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
