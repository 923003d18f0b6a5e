/** The address where a booking is looked after, moved and cancelled: nothing else knows how it is made. Pure. */
import type { BookingTokens } from './tokens.ts';

/** @param booking its id. @returns an address that opens the booking to its reader; the same each time */
export type ManageUrl = (booking: string) => string;

/** @param publicUrl PUBLIC_URL */
export const createManageUrl =
  (tokens: Pick<BookingTokens, 'sign'>, publicUrl: string): ManageUrl =>
  (booking) =>
    `${publicUrl}/book/b/${tokens.sign(booking)}`;

/** The address as a line of an event's text. */
export const manageLine = (url: string) => `Move or cancel: ${url}`;
