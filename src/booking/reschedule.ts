/** Moves a booking to another start, for whoever holds its token: by all rules, after the calendars were read again. */

import type { OfferAt } from '../offers/offer-at.ts';
import { type Booking, bookingById, lockBooking } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';
import { assigned, isTeam } from './assign.ts';
import type { Admit, BookingsDeps } from './deps.ts';
import {
  BOOKING_NOT_FOUND,
  booked,
  issuesOf,
  type RescheduleResult,
  SLOT_NOT_OFFERED,
  SLOT_TAKEN,
  sourceStale,
} from './outcome.ts';
import { Again, untilThrough } from './retry-on-conflict.ts';
import { concerned, readerFor } from './writes/calendars.ts';

/** To the start that it has: nothing happens. */
export type RescheduleBooking = (token: string, start: Instant, admit: Admit) => Promise<RescheduleResult>;

/** How many teams are tried, its own among them. */
const TRIES = 10;

type Try = { answer: RescheduleResult } | { next: string[] };

export function createReschedule(deps: BookingsDeps): RescheduleBooking {
  const { store, locked, readOfferAt, changes, tokens, clock } = deps;

  return async (token, start, admit) => {
    const received = clock.now();
    const id = tokens.bookingOf(token);
    const found = id === null ? null : await bookingById(store, id);
    if (!found || found.status === 'CANCELLED') return BOOKING_NOT_FOUND;
    const readAgain = readerFor(deps, received, () => admit(found.eventTypeId));
    const question = { eventType: found.eventTypeId, start, without: found.id };
    const failed = new Set<string>();

    /** The booking's own team when it can, else the fairest. */
    async function firstTeam(tx: Tx, booking: Booking, offer: OfferAt, now: Instant) {
      const own = isTeam(offer.type, booking.hosts);
      if (own && booking.hosts.every((host) => offer.offering.includes(host))) return booking.hosts;
      return (await assigned(tx, offer.type, offer.offering, now, booking.id)) ?? booking.hosts;
    }

    const attempt = async (hosts: string[], last: boolean): Promise<Try> => {
      const { whose } = await concerned(store, (await bookingById(store, found.id)) ?? found);
      return locked<Try>(whose, async (tx) => {
        const done = (answer: RescheduleResult, keys: string[] = []) => ({ result: { answer }, keys });
        const booking = await lockBooking(tx, found.id);
        if (!booking || booking.status === 'CANCELLED') return done(BOOKING_NOT_FOUND);
        if (booking.startsAt.getTime() === start) return done(booked(tokens, booking));
        const now = clock.now();
        const offer = await readOfferAt(tx, { ...question, now, provenSince: received });
        if (!offer) return done(SLOT_NOT_OFFERED);
        const locks = [...offer.type.hosts, ...booking.hosts];
        if (!locks.every((host) => whose.includes(host))) throw new Again();
        if (isTeam(offer.type, hosts) && hosts.every((host) => offer.offering.includes(host))) {
          const to = { start, end: start + offer.type.rules.length, hosts, byHost: false };
          const keys = await changes.move(tx, booking, to, now);
          return done(booked(tokens, (await bookingById(tx, booking.id)) ?? booking), keys);
        }
        for (const host of hosts) if (!offer.offering.includes(host)) failed.add(host);
        const before = await readOfferAt(tx, { ...question, now, provenSince: null });
        if (!before) return done(SLOT_NOT_OFFERED);
        const ofTeam = (among: readonly string[]) => assigned(tx, offer.type, among, now, booking.id);
        const stale = offer.type.hosts.filter((host) => !offer.usable.includes(host));
        const unknown = () => done(sourceStale(issuesOf(offer, stale)));
        // By what rules it would be offered can't be told of hosts whose sources are too old even without asking.
        if (!before.byRules) return (await ofTeam(before.usable)) ? done(SLOT_NOT_OFFERED) : unknown();
        const untried = before.offering.filter((host) => !failed.has(host));
        const next = last ? null : await ofTeam(untried);
        if (next) return { result: { next }, keys: [] };
        // Nobody who is known of stands in the way; what does is that somebody may.
        const unread = before.offering.filter((host) => !failed.has(host) || stale.includes(host));
        if (stale.length > 0 && (await ofTeam(unread))) return unknown();
        return done(SLOT_TAKEN);
      });
    };

    if (found.startsAt.getTime() === start) return booked(tokens, found);
    const now = clock.now();
    const seen = await readOfferAt(store, { ...question, now, provenSince: null });
    if (!seen) return SLOT_NOT_OFFERED;
    let hosts = await firstTeam(store, found, seen, now);
    for (let tries = 1; ; tries++) {
      await readAgain(hosts);
      const result = await untilThrough(() => attempt(hosts, tries === TRIES), { answer: SLOT_TAKEN });
      if ('answer' in result) return result.answer;
      hosts = result.next;
    }
  };
}
