/** Makes a booking of a hold: the gateway pulls the hosts' calendars, then decides in one transaction. */
import { cacheKey } from '../cache/keys.ts';
import { type CheckedDetails, type GivenDetails, type MetadataPair, NO_DETAILS } from '../form/details.ts';
import { EMPTY_FORM, type EventForm } from '../form/event-form.ts';
import { newId } from '../ids.ts';
import type { SlotOffer } from '../offers/offer-at.ts';
import { hashSecret } from '../secrets.ts';
import { bookingById, bookingInsertion } from '../store/bookings/bookings.ts';
import { extendHold, type Hold, holdByHash, isLiveHold, lockHold } from '../store/bookings/holds.ts';
import { takeNativeTime } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import { type Instant, SECOND } from '../time/clock.ts';
import { hasEnoughBookings } from './attendee-limit.ts';
import { type BookingsDeps, blockedBy, type Caller, isPublic } from './deps.ts';
import { detailColumns, requireDetails } from './details.ts';
import {
  ATTENDEE_LIMIT,
  bookedResult,
  type ConfirmResult,
  HOLD_EXPIRED,
  issuesOfHosts,
  SLOT_TAKEN,
  sourceStale,
} from './outcome.ts';
import { endHold } from './release.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';
import {
  type AttemptResult,
  type HostsInvolved,
  hostsInvolved,
  searchTeam,
  staleHosts,
  type TeamSearch,
} from './team-search.ts';

/**
 * Confirming the same hold again answers the booking that it became first, and isn't counted.
 * @throws SlotwireError BAD_USER_INPUT for details that the event type doesn't take, FORBIDDEN by a block rule, RATE_LIMITED
 */
export type ConfirmBooking = (hold: string, attendee: Attendee, caller: Caller) => Promise<ConfirmResult>;

/** The longest that an attempt takes beside pulling calendars, in milliseconds. */
const LEEWAY = 10 * SECOND;

export function createConfirm(deps: BookingsDeps): ConfirmBooking {
  const {
    store,
    withHostLocks,
    readSlotOffer,
    refresh,
    blockRules,
    verifyAttendee,
    countConfirmation,
    tokens,
    clock,
  } = deps;
  const book = createBookHold(deps);

  /** Makes the hold outlive the next attempt. @returns the answer when the hold is over or confirmed already */
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

  return async (token, attendee, caller) => {
    const found = await holdByHash(store, hashSecret(token));
    if (!found) return HOLD_EXPIRED;
    const before = found.bookingId === null ? null : await earlierOutcome(store, found, clock.now());
    if (before) return before;
    const { organisationId } = found;
    let involved: HostsInvolved | null = await hostsInvolved(store, found);
    // Without the event type the hold is over, whatever was filled in.
    const form = involved.type?.form ?? EMPTY_FORM;
    const details = requireDetails(form, involved.type ? attendee : { ...attendee, given: NO_DETAILS });
    await blockRules.refuse(organisationId, blockedBy(caller, organisationId, attendee.email));
    for (const guest of details.guests)
      await blockRules.refuse(organisationId, { address: null, email: guest });
    if (isPublic(caller, organisationId)) {
      const unverified = await verifyAttendee(found, involved.type, attendee, caller.address);
      if (unverified) return unverified;
      await countConfirmation(caller.address, attendee.email);
    }
    const arrival = await refresh.arrive();

    const attempt = async (hosts: string[], search: TeamSearch): Promise<AttemptResult<ConfirmResult>> => {
      // They are read anew only for an attempt that comes again: the first finds out by itself that they have changed.
      const { type, toLock } = involved ?? (await hostsInvolved(store, found));
      involved = null;
      return withHostLocks<AttemptResult<ConfirmResult>>(toLock, async (tx) => {
        const finish = (answer: ConfirmResult, keys: string[] = []) => ({ result: { answer }, keys });
        const hold = await lockHold(tx, found.id);
        const now = clock.now();
        const answer = await earlierOutcome(tx, hold, now);
        if (answer || !hold) return finish(answer ?? HOLD_EXPIRED);

        const start = hold.startsAt.getTime();
        const length = hold.endsAt.getTime() - start;
        const query = { eventType: hold.eventTypeId, start, length, without: hold.id };
        const offer = type && (await readSlotOffer(tx, { ...query, now, readAfter: arrival }));
        // Also one that is not active any more: nothing of it is to be had, whatever was held before.
        if (!offer?.type.rules.active) return finish(HOLD_EXPIRED, await endHold(tx, hold, now));
        if (!offer.type.hosts.every((host) => toLock.includes(host))) throw new RetryTransaction();
        const { clear, stale, blocked } = classifyHosts(offer, hosts);
        if (clear.length === hosts.length) {
          if (await hasEnoughBookings(tx, offer.type, attendee.email, now)) return finish(ATTENDEE_LIMIT);
          const filled = { form, details };
          const { booking, keys } = await book(tx, hold, offer, hosts, { ...attendee, ...filled }, now);
          return finish(bookedResult(tokens, booking), keys);
        }
        const held = hosts === found.hosts;
        if (held && blocked.length === 0) return finish(sourceStale(issuesOfHosts(offer, stale)));

        search.markFailed([...stale, ...blocked]);
        // Another host must offer the slot as the hold found it: notice and horizon were settled then.
        const heldAt = hold.createdAt.getTime();
        const asHeld = await readSlotOffer(tx, { ...query, now: heldAt, readAfter: null });
        const candidates = (asHeld?.offering ?? []).filter((host) => offer.free.includes(host));
        const choice = await search.nextTeam(tx, { offer, candidates, now, without: hold.id });
        if ('next' in choice) return { result: choice, keys: [] };
        if (choice.unread) return finish(sourceStale(issuesOfHosts(offer, choice.unread)));
        return finish(SLOT_TAKEN, await endHold(tx, hold, now));
      });
    };

    return searchTeam<ConfirmResult>(deps, {
      arrival,
      admit: () => caller.admitRefresh(found.eventTypeId),
      firstTeam: found.hosts,
      prepare: () => ensureHold(found),
      attempt,
    });
  };
}

/** Sorts a team's hosts by what keeps them from the slot. A stale source says nothing of its host's time. */
function classifyHosts(offer: SlotOffer, hosts: readonly string[]) {
  const { usable, free } = offer;
  const allStale = staleHosts(offer);
  const stale = hosts.filter((host) => allStale.includes(host));
  const clear = hosts.filter((host) => usable.includes(host) && free.includes(host));
  const blocked = hosts.filter((host) => !stale.includes(host) && !clear.includes(host));
  return { clear, stale, blocked };
}

export interface Attendee {
  name: string;
  email: string;
  /** An IANA time zone. */
  timeZone: string;
  /** BCP 47, in its canonical form; null: not known. */
  locale: string | null;
  notes: string | null;
  /** The code that was sent to the address; null: none yet. */
  code: string | null;
  /** What the event type asked for; absent: nothing was filled in. */
  given?: GivenDetails;
  metadata?: readonly MetadataPair[];
}

/** Turns a hold into a booking in the caller's transaction: the time passes from one to the other at one instant. `hosts` may differ from the hold's hosts; all hosts of both, and the hold, must be locked. */
const createBookHold =
  ({ planWrites, announce }: Pick<BookingsDeps, 'planWrites' | 'announce'>) =>
  async (
    tx: Tx,
    hold: Hold,
    { title, type }: Pick<SlotOffer, 'title' | 'type'>,
    hosts: string[],
    { form, details, ...attendee }: Attendee & { form: EventForm; details: CheckedDetails },
    now: Instant,
  ) => {
    const { organisationId, eventTypeId, startsAt, endsAt } = hold;
    const id = newId('Booking');
    const { inserted, changes } = bookingInsertion(
      {
        ...{ id, organisationId, eventTypeId, holdId: hold.id, startsAt, endsAt, hosts },
        status: type.rules.approval ? 'PENDING' : 'CONFIRMED',
        title,
        attendeeName: attendee.name,
        attendeeEmail: attendee.email,
        attendeeTimeZone: attendee.timeZone,
        attendeeLocale: attendee.locale,
        notes: attendee.notes,
        ...detailColumns(form, details, attendee.metadata ?? [], id),
      },
      now,
    );
    const { bufferBefore, bufferAfter } = type.rules;
    const claimant = { hosts, organisation: organisationId, eventType: eventTypeId, owner: id };
    const time = { start: startsAt.getTime(), end: endsAt.getTime(), bufferBefore, bufferAfter };
    const taken = { ...claimant, ...time, kind: 'booking', expiresAt: null, byHost: false } as const;
    await takeNativeTime(tx, taken, now, { from: hold.id, beside: changes });
    const booking = await planWrites(tx, inserted, now);
    await announce(tx, booking.status === 'PENDING' ? 'BOOKING_REQUESTED' : 'BOOKING_CREATED', booking, now);
    return { booking, keys: [...hold.hosts, ...hosts].map(cacheKey.native) };
  };
