/** Makes a booking of a hold: the hosts' calendars are read again, then all is decided in one transaction. */
import { cacheKey } from '../cache/port.ts';
import type { OfferAt } from '../offers/offer-at.ts';
import { hashSecret } from '../secrets.ts';
import { bookingById } from '../store/bookings/bookings.ts';
import { type Hold, holdByHash, isLive, lockHold, prolongHold } from '../store/bookings/holds.ts';
import type { Tx } from '../store/client.ts';
import { type Instant, SECOND } from '../time/clock.ts';
import { assigned } from './assign.ts';
import { type Attendee, createBook } from './book.ts';
import type { Admit, BookingsDeps } from './deps.ts';
import { booked, type ConfirmResult, HOLD_EXPIRED, issuesOf, SLOT_TAKEN, sourceStale } from './outcome.ts';
import { endHold } from './release.ts';
import { Again, untilThrough } from './retry-on-conflict.ts';
import { concerned, readerFor } from './writes/calendars.ts';

/** Of the same hold again: the first booking. */
export type ConfirmBooking = (hold: string, attendee: Attendee, admit: Admit) => Promise<ConfirmResult>;

/** How many teams are tried, the held one among them. */
const TRIES = 10;
/** What confirming takes at most, beside reading calendars. */
const LEEWAY = 10 * SECOND;

/** What one try comes to: an answer, or the team to be tried next. */
type Try = { answer: ConfirmResult } | { next: string[] };

export function createConfirm(deps: BookingsDeps): ConfirmBooking {
  const { store, locked, readOfferAt, refresh, tokens, clock } = deps;
  const book = createBook(deps);

  /** The hold outlives the try that begins now. @returns the answer when it is over already, or was confirmed. */
  const keep = (found: Hold): Promise<ConfirmResult | null> =>
    untilThrough(async () => {
      const until = () => clock.now() + refresh.deadline + LEEWAY;
      if (isLive(found, clock.now()) && found.expiresAt.getTime() >= until()) return null;
      return locked(found.hosts, async (tx) => {
        const hold = await lockHold(tx, found.id);
        const answer = await settledAlready(tx, hold, clock.now());
        if (answer || !hold) return { result: answer, keys: [] };
        if (hold.expiresAt.getTime() >= until()) return { result: null, keys: [] };
        await prolongHold(tx, hold.id, until());
        return { result: null, keys: hold.hosts.map(cacheKey.native) };
      });
    });

  /** @returns null while the hold may still become a booking. */
  async function settledAlready(tx: Tx, hold: Hold | null, now: Instant): Promise<ConfirmResult | null> {
    const booking = hold?.bookingId ? await bookingById(tx, hold.bookingId) : null;
    if (booking) return booked(tokens, booking);
    return hold && isLive(hold, now) ? null : HOLD_EXPIRED;
  }

  return async (token, attendee, admit) => {
    const received = clock.now();
    const found = await holdByHash(store, hashSecret(token));
    if (!found) return HOLD_EXPIRED;
    const before = found.bookingId === null ? null : await settledAlready(store, found, received);
    if (before) return before;
    const readAgain = readerFor(deps, received, () => admit(found.eventTypeId));
    /** Hosts that could not be taken when they were asked. */
    const failed = new Set<string>();

    const attempt = async (hosts: string[], last: boolean): Promise<Try> => {
      const { type, whose } = await concerned(store, found);
      return locked<Try>(whose, async (tx) => {
        const done = (answer: ConfirmResult, keys: string[] = []) => ({ result: { answer }, keys });
        const hold = await lockHold(tx, found.id);
        const now = clock.now();
        const answer = await settledAlready(tx, hold, now);
        if (answer || !hold) return done(answer ?? HOLD_EXPIRED);

        const question = { eventType: hold.eventTypeId, start: hold.startsAt.getTime(), without: hold.id };
        const offer = type && (await readOfferAt(tx, { ...question, now, provenSince: received }));
        if (!offer) return done(HOLD_EXPIRED, await endHold(tx, hold, now));
        if (!offer.type.hosts.every((host) => whose.includes(host))) throw new Again();
        const { clear, stale, opposed } = sorted(offer, hosts);
        if (clear.length === hosts.length) {
          const { booking, keys } = await book(
            tx,
            hold,
            { title: type.title, ...offer.type },
            hosts,
            attendee,
            now,
          );
          return done(booked(tokens, booking), keys);
        }
        const held = hosts === found.hosts;
        if (held && opposed.length === 0) return done(sourceStale(issuesOf(offer, stale)));

        for (const host of [...stale, ...opposed]) failed.add(host);
        // Who takes it instead must offer it as the hold found it: notice and horizon were settled then.
        const since = hold.createdAt.getTime();
        const then = await readOfferAt(tx, { ...question, now: since, provenSince: null });
        const others = (then?.offering ?? []).filter((host) => offer.unopposed.includes(host));
        const untried = others.filter((host) => !failed.has(host));
        const next = last ? null : await assigned(tx, offer.type, untried, now, hold.id);
        if (next) return { result: { next }, keys: [] };
        const unread = others.filter((host) => !failed.has(host) || !offer.usable.includes(host));
        if (await assigned(tx, offer.type, unread, now, hold.id)) {
          return done(sourceStale(issuesOf(offer, unread)));
        }
        return done(SLOT_TAKEN, await endHold(tx, hold, now));
      });
    };

    let hosts = found.hosts;
    for (let tries = 1; ; tries++) {
      const over = await keep(found);
      if (over) return over;
      await readAgain(hosts);
      const result = await untilThrough(() => attempt(hosts, tries === TRIES), { answer: SLOT_TAKEN });
      if ('answer' in result) return result.answer;
      hosts = result.next;
    }
  };
}

/** What stands against each of the hosts, if anything. A source that can't be trusted says nothing of its host's time. */
function sorted({ usable, unopposed, type }: OfferAt, hosts: readonly string[]) {
  const stale = hosts.filter((host) => type.hosts.includes(host) && !usable.includes(host));
  const clear = hosts.filter((host) => usable.includes(host) && unopposed.includes(host));
  const opposed = hosts.filter((host) => !stale.includes(host) && !clear.includes(host));
  return { clear, stale, opposed };
}
