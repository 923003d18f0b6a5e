/** A booking's token is its id, signed. The token is derived, never stored, so a repeated confirm can return it again. */
import type { Signer } from '../secrets.ts';

export interface BookingTokens {
  sign(bookingId: string): string;
  /** @returns the booking's id, whether or not the booking still exists; null when the gateway did not sign the token. */
  verify(token: string): string | null;
}

/** @param signer of keys that outlive ENCRYPTION_KEYS, for links of bookings are out for months. */
export function createBookingTokens(signer: Signer): BookingTokens {
  return {
    sign: (bookingId) => `${bookingId}.${signer.sign(bookingId)}`,
    verify(token) {
      const dot = token.lastIndexOf('.');
      const id = token.slice(0, Math.max(0, dot));
      return signer.verifies(id, token.slice(dot + 1)) ? id : null;
    },
  };
}
