/** Makes a booking of a hold: the hosts' calendars are pulled, then the booking is decided in one transaction. */
import { cacheKey } from '../cache/keys.ts';
import type { SlotOffer } from '../offers/offer-at.ts';
import { hashSecret } from '../secrets.ts';
import { bookingById } from '../store/bookings/bookings.ts';
import { extendHold, type Hold, holdByHash, isLiveHold, lockHold } from '../store/bookings/holds.ts';
import type { Tx } from '../store/client.ts';
import { type Instant, SECOND } from '../time/clock.ts';
import { chooseHosts } from './assign.ts';
import { type Attendee, createBookHold } from './book.ts';
import type { AdmitRefresh, BookingsDeps } from './deps.ts';
import {
  bookedResult,
  type ConfirmResult,
  HOLD_EXPIRED,
  issuesOfHosts,
  SLOT_TAKEN,
  sourceStale,
} from './outcome.ts';
import { endHold } from './release.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';
import { createRefreshHosts, hostsInvolved } from './writes/calendars.ts';

/** Confirming the same hold again answers its first booking. */
export type ConfirmBooking = (
  hold: string,
  attendee: Attendee,
  admit: AdmitRefresh,
) => Promise<ConfirmResult>;

/** How many teams are tried, the held one among them. */
const ATTEMPTS_MAX = 10;
/** The longest that confirming takes, beside pulling calendars. */
const LEEWAY = 10 * SECOND;

/** What one attempt leads to: an answer, or the team to be tried next. */
type AttemptResult = { answer: ConfirmResult } | { next: string[] };

export function createConfirm(deps: BookingsDeps): ConfirmBooking {
  const { store, withHostLocks, readSlotOffer, refresh, tokens, clock } = deps;
  const book = createBookHold(deps);

  /** The hold outlives the try that begins now. @returns the answer when it is over already, or was confirmed. */
  const ensureHold = (found: Hold): Promise<ConfirmResult | null> =>
    retryOnConflict(async () => {
      const until = () => clock.now() + refresh.deadline + LEEWAY;
      if (isLiveHold(found, clock.now()) && found.expiresAt.getTime() >= until()) return null;
      return withHostLocks(found.hosts, async (tx) => {
        const hold = await lockHold(tx, found.id);
        const answer = await earlierOutcome(tx, hold, clock.now());
        if (answer || !hold) return { result: answer, keys: [] };
        if (hold.expiresAt.getTime() >= until()) return { result: null, keys: [] };
        await extendHold(tx, hold.id, until());
        return { result: null, keys: hold.hosts.map(cacheKey.native) };
      });
    });

  /** @returns null while the hold may still become a booking. */
  async function earlierOutcome(tx: Tx, hold: Hold | null, now: Instant): Promise<ConfirmResult | null> {
    const booking = hold?.bookingId ? await bookingById(tx, hold.bookingId) : null;
    if (booking) return bookedResult(tokens, booking);
    return hold && isLiveHold(hold, now) ? null : HOLD_EXPIRED;
  }

  return async (token, attendee, admit) => {
    const received = clock.now();
    const found = await holdByHash(store, hashSecret(token));
    if (!found) return HOLD_EXPIRED;
    const before = found.bookingId === null ? null : await earlierOutcome(store, found, received);
    if (before) return before;
    const refreshHosts = createRefreshHosts(deps, received, () => admit(found.eventTypeId));
    /** Hosts that could not take the slot when their team was tried. */
    const failed = new Set<string>();

    const attempt = async (hosts: string[], last: boolean): Promise<AttemptResult> => {
      const { type, toLock } = await hostsInvolved(store, found);
      return withHostLocks<AttemptResult>(toLock, async (tx) => {
        const finish = (answer: ConfirmResult, keys: string[] = []) => ({ result: { answer }, keys });
        const hold = await lockHold(tx, found.id);
        const now = clock.now();
        const answer = await earlierOutcome(tx, hold, now);
        if (answer || !hold) return finish(answer ?? HOLD_EXPIRED);

        const query = { eventType: hold.eventTypeId, start: hold.startsAt.getTime(), without: hold.id };
        const offer = type && (await readSlotOffer(tx, { ...query, now, provenSince: received }));
        if (!offer) return finish(HOLD_EXPIRED, await endHold(tx, hold, now));
        if (!offer.type.hosts.every((host) => toLock.includes(host))) throw new RetryTransaction();
        const { clear, stale, blocked } = classifyHosts(offer, hosts);
        if (clear.length === hosts.length) {
          const { booking, keys } = await book(
            tx,
            hold,
            { title: type.title, ...offer.type },
            hosts,
            attendee,
            now,
          );
          return finish(bookedResult(tokens, booking), keys);
        }
        const held = hosts === found.hosts;
        if (held && blocked.length === 0) return finish(sourceStale(issuesOfHosts(offer, stale)));

        for (const host of [...stale, ...blocked]) failed.add(host);
        // Who takes it instead must offer it as the hold found it: notice and horizon were settled then.
        const heldAt = hold.createdAt.getTime();
        const asHeld = await readSlotOffer(tx, { ...query, now: heldAt, provenSince: null });
        const others = (asHeld?.offering ?? []).filter((host) => offer.free.includes(host));
        const untried = others.filter((host) => !failed.has(host));
        const next = last ? null : await chooseHosts(tx, offer.type, untried, now, hold.id);
        if (next) return { result: { next }, keys: [] };
        const unread = others.filter((host) => !failed.has(host) || !offer.usable.includes(host));
        if (await chooseHosts(tx, offer.type, unread, now, hold.id)) {
          return finish(sourceStale(issuesOfHosts(offer, unread)));
        }
        return finish(SLOT_TAKEN, await endHold(tx, hold, now));
      });
    };

    let hosts = found.hosts;
    for (let tries = 1; ; tries++) {
      const ended = await ensureHold(found);
      if (ended) return ended;
      await refreshHosts(hosts);
      const result = await retryOnConflict(() => attempt(hosts, tries === ATTEMPTS_MAX), {
        answer: SLOT_TAKEN,
      });
      if ('answer' in result) return result.answer;
      hosts = result.next;
    }
  };
}

/** What stands against each of the hosts, if anything. A source that can't be trusted says nothing of its host's time. */
function classifyHosts({ usable, free, type }: SlotOffer, hosts: readonly string[]) {
  const stale = hosts.filter((host) => type.hosts.includes(host) && !usable.includes(host));
  const clear = hosts.filter((host) => usable.includes(host) && free.includes(host));
  const blocked = hosts.filter((host) => !stale.includes(host) && !clear.includes(host));
  return { clear, stale, blocked };
}
