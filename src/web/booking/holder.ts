/**
 * Holds one time for the visitor and books it. Framework-free, so that its races can be tested.
 *
 *     none ──hold──▶ asking ──▶ held ──confirm──▶ a booking
 *                       └─▶ none, with a problem    ├─▶ none, with a problem: taken
 *     held ──release──▶ none                        ├─▶ held, with a problem: try again
 *                                                   └─▶ over: its time has passed
 */
import { formatInstant } from '../../time/instant-text.ts';
import {
  ConfirmBookingDocument,
  type HeldBookingFragment,
  HoldSlotDocument,
  ReleaseHoldDocument,
} from '../gql/documents.ts';
import { type AgainDeps, requestAgain } from '../live/again.ts';
import type { Held, Keep } from './keep.ts';
import { type Problem, problemOf, refusalOf } from './problems.ts';

export type Holding =
  | { readonly kind: 'none'; readonly problem: Problem | null; readonly start: number | null }
  | { readonly kind: 'asking'; readonly start: number }
  | {
      readonly kind: 'held';
      readonly held: Held;
      readonly sending: boolean;
      readonly problem: Problem | null;
    }
  | { readonly kind: 'over'; readonly held: Held };

export interface Attendee {
  readonly name: string;
  readonly email: string;
  readonly notes: string | null;
  readonly timeZone: string;
}

export interface Holder {
  now(): Holding;
  /** Resolves with true once it is held; what was held before is given back. */
  hold(start: number): Promise<boolean>;
  release(): void;
  /** Resolves with the booking, or null: then `tell` has said why. A second call while the first is under way does nothing. */
  confirm(attendee: Attendee): Promise<HeldBookingFragment | null>;
  /** To be called now and then: a hold whose time has passed is over. */
  lapse(): void;
}

export interface HolderDeps extends AgainDeps {
  readonly eventType: string;
  readonly keep: Pick<Keep, 'hold' | 'keepHold'>;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly tell: (holding: Holding) => void;
}

const NONE: Holding = { kind: 'none', problem: null, start: null };

export function createHolder({ eventType, keep, clock, tell, ...again }: HolderDeps): Holder {
  const { client } = again;
  const kept = keep.hold(eventType);
  let holding: Holding =
    kept && kept.expiresAt > clock() ? { kind: 'held', held: kept, sending: false, problem: null } : NONE;
  /** Counts wishes: an answer to an older one comes too late. */
  let wish = 0;
  /** A confirm was sent that got no answer: it may have been booked, also when its time has passed. */
  let unsure = false;
  let leaving = false;

  const set = (next: Holding) => {
    holding = next;
    keep.keepHold(eventType, next.kind === 'held' || next.kind === 'over' ? next.held : null);
    tell(next);
  };
  const giveBack = (token: string) => client.request(ReleaseHoldDocument, { token });

  async function hold(start: number): Promise<boolean> {
    if (holding.kind === 'asking' && holding.start === start) return false;
    const mine = ++wish;
    const before = holding;
    [unsure, leaving] = [false, false];
    set({ kind: 'asking', start });
    if (before.kind === 'held' || before.kind === 'over') await giveBack(before.held.token);
    const input = { eventType, start: formatInstant(start) };
    const reply = await client.request(HoldSlotDocument, { input });
    const answer = reply.ok ? reply.data.holdSlot : null;
    if (mine !== wish) {
      if (answer?.__typename === 'SlotHold') void giveBack(answer.token);
      return false;
    }
    if (answer?.__typename !== 'SlotHold') {
      const problem = reply.ok ? refusalOf(reply.data.holdSlot.__typename) : problemOf(reply.fault, clock());
      set({ kind: 'none', problem, start });
      return false;
    }
    const { token, slot, expiresAt } = answer;
    const held: Held = {
      token,
      start: Date.parse(slot.start),
      end: Date.parse(slot.end),
      expiresAt: Date.parse(expiresAt),
      hosts: slot.hosts.map(({ name }) => name),
    };
    set({ kind: 'held', held, sending: false, problem: null });
    return true;
  }

  function release(): void {
    if (holding.kind === 'none') return;
    // What may be a booking already is not given back: the answer decides.
    if (holding.kind === 'held' && holding.sending) {
      leaving = true;
      return;
    }
    wish++;
    if (holding.kind === 'held') void giveBack(holding.held.token);
    set(NONE);
  }

  async function confirm(attendee: Attendee): Promise<HeldBookingFragment | null> {
    if (holding.kind !== 'held' || holding.sending) return null;
    const { held } = holding;
    const mine = wish;
    leaving = false;
    set({ kind: 'held', held, sending: true, problem: null });
    const reply = await requestAgain(again, ConfirmBookingDocument, {
      input: { hold: held.token, ...attendee },
    });
    if (reply.ok && reply.data.confirmBooking.__typename === 'Booking') {
      if (mine === wish) set(NONE);
      return reply.data.confirmBooking;
    }
    // Another time was chosen meanwhile; this one was given back then.
    if (mine !== wish) return null;
    const problem = reply.ok
      ? refusalOf(reply.data.confirmBooking.__typename)
      : problemOf(reply.fault, clock());
    unsure = problem.kind === 'network';
    if (reply.ok && reply.data.confirmBooking.__typename === 'HoldExpired') set({ kind: 'over', held });
    else if (problem.kind === 'taken') set({ kind: 'none', problem, start: held.start });
    else set({ kind: 'held', held, sending: false, problem });
    if (leaving) release();
    else lapse();
    return null;
  }

  function lapse(): void {
    if (holding.kind !== 'held' || holding.sending || unsure || clock() < holding.held.expiresAt) return;
    set({ kind: 'over', held: holding.held });
  }

  return { now: () => holding, hold, release, confirm, lapse };
}
