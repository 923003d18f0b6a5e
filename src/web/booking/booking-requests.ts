/** Requests about an existing booking, by its token: read, cancel, move. Each repeats harmlessly. */
import { formatInstant } from '../../time/instant-text.ts';
import {
  BookingByTokenDocument,
  CancelBookingDocument,
  type HeldBookingFragment,
  RescheduleBookingDocument,
} from '../gql/documents.ts';
import { type RetryDeps, requestWithRetry } from '../live/retry.ts';
import { type Problem, problemOf, problemOfResult } from './problems.ts';

export type BookingResult =
  | { readonly ok: true; readonly booking: HeldBookingFragment }
  | { readonly ok: false; readonly problem: Problem };

/** The server's clock, epoch ms. */
type Clock = () => number;

/** The problem `gone` means that the token belongs to no booking. */
export async function readBooking(deps: RetryDeps, clock: Clock, token: string): Promise<BookingResult> {
  const reply = await requestWithRetry(deps, BookingByTokenDocument, { token });
  if (!reply.ok) return { ok: false, problem: problemOf(reply.fault, clock()) };
  const { booking } = reply.data;
  return booking ? { ok: true, booking } : { ok: false, problem: { kind: 'gone' } };
}

export async function cancelBooking(
  deps: RetryDeps,
  clock: Clock,
  token: string,
  reason: string,
): Promise<BookingResult> {
  const reply = await requestWithRetry(deps, CancelBookingDocument, { token, reason: reason.trim() || null });
  if (!reply.ok) return { ok: false, problem: problemOf(reply.fault, clock()) };
  return resultOf(reply.data.cancelBooking);
}

export async function moveBooking(
  deps: RetryDeps,
  clock: Clock,
  token: string,
  start: number,
): Promise<BookingResult> {
  const reply = await requestWithRetry(deps, RescheduleBookingDocument, {
    token,
    start: formatInstant(start),
  });
  if (!reply.ok) return { ok: false, problem: problemOf(reply.fault, clock()) };
  return resultOf(reply.data.rescheduleBooking);
}

type BookingUnionMember = ({ __typename: 'Booking' } & HeldBookingFragment) | { __typename: string };

const isBooking = (member: BookingUnionMember): member is { __typename: 'Booking' } & HeldBookingFragment =>
  member.__typename === 'Booking';

const resultOf = (member: BookingUnionMember): BookingResult =>
  isBooking(member)
    ? { ok: true, booking: member }
    : { ok: false, problem: problemOfResult(member.__typename) };
