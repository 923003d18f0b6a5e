/** What the holder of a booking's token does with it: reads, cancels, moves. Each repeats harmlessly. */
import { formatInstant } from '../../time/instant-text.ts';
import {
  BookingByTokenDocument,
  CancelBookingDocument,
  type HeldBookingFragment,
  RescheduleBookingDocument,
} from '../gql/documents.ts';
import { type AgainDeps, requestAgain } from '../live/again.ts';
import { type Problem, problemOf, refusalOf } from './problems.ts';

export type Outcome =
  | { readonly ok: true; readonly booking: HeldBookingFragment }
  | { readonly ok: false; readonly problem: Problem };

/** The server's clock, epoch ms. */
type Clock = () => number;

/** `gone`: the token is of no booking. */
export async function readBooking(deps: AgainDeps, clock: Clock, token: string): Promise<Outcome> {
  const reply = await requestAgain(deps, BookingByTokenDocument, { token });
  if (!reply.ok) return { ok: false, problem: problemOf(reply.fault, clock()) };
  const { booking } = reply.data;
  return booking ? { ok: true, booking } : { ok: false, problem: { kind: 'gone' } };
}

export async function cancelBooking(
  deps: AgainDeps,
  clock: Clock,
  token: string,
  reason: string,
): Promise<Outcome> {
  const reply = await requestAgain(deps, CancelBookingDocument, { token, reason: reason.trim() || null });
  if (!reply.ok) return { ok: false, problem: problemOf(reply.fault, clock()) };
  return settled(reply.data.cancelBooking);
}

export async function moveBooking(
  deps: AgainDeps,
  clock: Clock,
  token: string,
  start: number,
): Promise<Outcome> {
  const reply = await requestAgain(deps, RescheduleBookingDocument, {
    token,
    start: formatInstant(start),
  });
  if (!reply.ok) return { ok: false, problem: problemOf(reply.fault, clock()) };
  return settled(reply.data.rescheduleBooking);
}

type Member = ({ __typename: 'Booking' } & HeldBookingFragment) | { __typename: string };

const isBooking = (member: Member): member is { __typename: 'Booking' } & HeldBookingFragment =>
  member.__typename === 'Booking';

const settled = (member: Member): Outcome =>
  isBooking(member) ? { ok: true, booking: member } : { ok: false, problem: refusalOf(member.__typename) };
