/**
 * Holds one time for the visitor and books it. Framework-free, so that its races can be tested.
 *
 *     none ──hold──▶ pending ──▶ held ──confirm──▶ a booking
 *                       └─▶ none, with a problem     ├─▶ none, with a problem: taken
 *     held ──release──▶ none                         ├─▶ held, with a problem: retry
 *                                                    ├─▶ held, with the problem that a code is wanted
 *                                                    └─▶ over: the hold has expired
 */
import type { MetadataPair } from '../../form/details.ts';
import type { PlaceKind } from '../../form/event-form.ts';
import { formatInstant } from '../../time/instant-text.ts';
import type { SolveChallenge } from '../challenge/solver.ts';
import {
  ConfirmBookingDocument,
  type HeldBookingFragment,
  HoldSlotDocument,
  type HoldSlotMutation,
  ReleaseHoldDocument,
} from '../gql/documents.ts';
import type { Reply } from '../live/operation.ts';
import { type RetryDeps, requestWithRetry } from '../live/retry.ts';
import type { ClientHold, PageStorage } from './page-storage.ts';
import { type Problem, problemOf, problemOfResult } from './problems.ts';

export type HoldState =
  | { readonly kind: 'none'; readonly problem: Problem | null; readonly start: number | null }
  /** `checking`: the server asked for a challenge to be solved, which takes a moment. */
  | { readonly kind: 'pending'; readonly start: number; readonly checking: boolean }
  | {
      readonly kind: 'held';
      readonly held: ClientHold;
      readonly sending: boolean;
      readonly problem: Problem | null;
    }
  | { readonly kind: 'over'; readonly held: ClientHold };

export interface AttendeeInput {
  readonly name: string;
  readonly email: string;
  readonly notes: string | null;
  readonly timeZone: string;
  /** BCP 47: what the visitor's browser is set to. */
  readonly locale: string;
  /** That was sent to the address, once the server wants one. */
  readonly code?: string;
  /** What the event type asked for; absent: nothing was given. */
  readonly answers?: readonly { readonly question: string; readonly values: readonly string[] }[];
  readonly guests?: readonly string[];
  readonly place?: PlaceKind;
  readonly phone?: string;
  readonly metadata?: readonly MetadataPair[];
}

export interface HoldController {
  state(): HoldState;
  /**
   * Resolves with true once the start is held; a hold from before is released.
   * @param length of the booking, ISO 8601; absent: the event type's first
   */
  hold(start: number, length?: string): Promise<boolean>;
  release(): void;
  /** Resolves with the booking, or with null after `onChange` got the problem. A second call while one is under way does nothing. */
  confirm(attendee: AttendeeInput): Promise<HeldBookingFragment | null>;
  /** Moves a hold that has expired to the state `over`; to be called from time to time. */
  lapse(): void;
}

export interface HoldControllerDeps extends RetryDeps {
  readonly eventType: string;
  readonly solve: SolveChallenge;
  readonly storage: Pick<PageStorage, 'hold' | 'saveHold'>;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly onChange: (state: HoldState) => void;
}

/** A solution can come too late, or be used up by an answer that got lost. After so many challenges the visitor is asked to try again. */
const CHALLENGES_MAX = 3;

const NO_HOLD: HoldState = { kind: 'none', problem: null, start: null };

export function createHoldController({
  eventType,
  solve,
  storage,
  clock,
  onChange,
  ...retryDeps
}: HoldControllerDeps): HoldController {
  const { client } = retryDeps;
  const stored = storage.hold(eventType);
  let state: HoldState =
    stored && stored.expiresAt > clock()
      ? { kind: 'held', held: stored, sending: false, problem: null }
      : NO_HOLD;
  /** The number of the latest request: an answer to an older one is discarded. */
  let latestRequest = 0;
  /** A confirm got no answer: the booking may exist, also when the hold has expired since. */
  let confirmUnknown = false;
  let releaseRequested = false;
  /** Ends the solving of a challenge for a hold that nobody waits for any more. */
  let solving = new AbortController();

  const set = (next: HoldState) => {
    state = next;
    storage.saveHold(eventType, next.kind === 'held' || next.kind === 'over' ? next.held : null);
    onChange(next);
  };
  const releaseHold = (token: string) => client.request(ReleaseHoldDocument, { token });

  /** Requests the hold, and solves the challenges that the server answers with. */
  async function requestHold(
    start: number,
    length: string | undefined,
    signal: AbortSignal,
  ): Promise<Reply<HoldSlotMutation>> {
    const input = { eventType, start: formatInstant(start), ...(length ? { length } : {}) };
    let reply = await client.request(HoldSlotDocument, { input });
    for (let asked = 0; asked < CHALLENGES_MAX && !signal.aborted; asked++) {
      if (!reply.ok || reply.data.holdSlot.__typename !== 'ChallengeRequired') break;
      set({ kind: 'pending', start, checking: true });
      const solution = await solve(reply.data.holdSlot.challenge, signal);
      if (solution === null || signal.aborted) break;
      reply = await client.request(HoldSlotDocument, { input: { ...input, solution } });
    }
    return reply;
  }

  async function hold(start: number, length?: string): Promise<boolean> {
    if (state.kind === 'pending' && state.start === start) return false;
    const request = ++latestRequest;
    solving.abort();
    solving = new AbortController();
    const { signal } = solving;
    const previous = state;
    [confirmUnknown, releaseRequested] = [false, false];
    set({ kind: 'pending', start, checking: false });
    if (previous.kind === 'held' || previous.kind === 'over') await releaseHold(previous.held.token);
    const reply = await requestHold(start, length, signal);
    const answer = reply.ok ? reply.data.holdSlot : null;
    if (request !== latestRequest) {
      if (answer?.__typename === 'SlotHold') void releaseHold(answer.token);
      return false;
    }
    if (answer?.__typename !== 'SlotHold') {
      const problem = reply.ok
        ? problemOfResult(reply.data.holdSlot.__typename)
        : problemOf(reply.fault, clock());
      set({ kind: 'none', problem, start });
      return false;
    }
    const { token, slot, expiresAt } = answer;
    const held: ClientHold = {
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
    if (state.kind === 'none') return;
    // A hold whose confirm is under way may be a booking already, so its release waits for the answer.
    if (state.kind === 'held' && state.sending) {
      releaseRequested = true;
      return;
    }
    latestRequest++;
    solving.abort();
    if (state.kind === 'held') void releaseHold(state.held.token);
    set(NO_HOLD);
  }

  async function confirm(attendee: AttendeeInput): Promise<HeldBookingFragment | null> {
    if (state.kind !== 'held' || state.sending) return null;
    const { held } = state;
    const request = latestRequest;
    releaseRequested = false;
    set({ kind: 'held', held, sending: true, problem: null });
    const reply = await requestWithRetry(retryDeps, ConfirmBookingDocument, {
      input: { hold: held.token, ...attendee },
    });
    if (reply.ok && reply.data.confirmBooking.__typename === 'Booking') {
      if (request === latestRequest) set(NO_HOLD);
      return reply.data.confirmBooking;
    }
    // Another time was chosen meanwhile, and this hold was released then.
    if (request !== latestRequest) return null;
    const answer = reply.ok ? reply.data.confirmBooking : null;
    if (answer?.__typename === 'VerificationRequired') {
      const { reason, triesLeft, expiresAt } = answer;
      // The hold lives as long as the code.
      const until = Math.max(held.expiresAt, expiresAt === null ? 0 : Date.parse(expiresAt));
      const problem: Problem = { kind: 'code', email: attendee.email, reason, triesLeft };
      set({ kind: 'held', held: { ...held, expiresAt: until }, sending: false, problem });
      confirmUnknown = false;
      if (releaseRequested) release();
      return null;
    }
    const problem = reply.ok
      ? problemOfResult(reply.data.confirmBooking.__typename)
      : problemOf(reply.fault, clock());
    confirmUnknown = problem.kind === 'network';
    if (reply.ok && reply.data.confirmBooking.__typename === 'HoldExpired') set({ kind: 'over', held });
    else if (problem.kind === 'taken') set({ kind: 'none', problem, start: held.start });
    else set({ kind: 'held', held, sending: false, problem });
    if (releaseRequested) release();
    else lapse();
    return null;
  }

  function lapse(): void {
    if (state.kind !== 'held' || state.sending || confirmUnknown || clock() < state.held.expiresAt) return;
    set({ kind: 'over', held: state.held });
  }

  return { state: () => state, hold, release, confirm, lapse };
}
