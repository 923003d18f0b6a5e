/** Plans the mails that tell visitors and hosts of a booking: each is a row, written in the transaction of what it tells. */
import { answerInWords } from '../../form/details.ts';
import { isConferencePlace } from '../../form/event-form.ts';
import type { JobQueue } from '../../jobs/port.ts';
import { type MailFacts, readFacts } from '../../mail/facts.ts';
import type { Booking } from '../../store/bookings/bookings.ts';
import { accountAddresses } from '../../store/bookings/calendars.ts';
import type { BookingWrite } from '../../store/bookings/writes.ts';
import type { Tx } from '../../store/client.ts';
import {
  deleteReminders,
  insertMails,
  lockWaitingMails,
  type NewMail,
  rewriteMail,
} from '../../store/outbound/mails.ts';
import { brandOfEventType } from '../../store/rules/brands.ts';
import { eventTypesWithDeleted } from '../../store/rules/event-types.ts';
import type { Host } from '../../store/rules/hosts.ts';
import { DAY, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { answersOfBooking, placeOfBooking } from '../details.ts';
import type { BookingEvent, VerificationRequest } from '../payload.ts';
import { isBookedBy, mailKind } from './kind.ts';

/** A mail that could not be sent for so long is news no more. */
const WORTH_SENDING = 3 * DAY;
/** A reminder this soon after the booking would say nothing new. */
const REMINDER_AFTER = 60 * MINUTE;
/** How long news of a booking waits for the link of its online meeting: longer than writing its event takes as a rule. */
const LINK_WAIT = 20 * SECOND;

export interface PlanMails {
  /**
   * In the transaction that changed the booking to what it is now, after its writes to calendars were planned.
   * @param before where it was before it was moved; null: it was not
   */
  ofBooking(
    tx: Tx,
    event: BookingEvent,
    booking: Booking,
    hosts: readonly Host[],
    before: Pick<Booking, 'startsAt' | 'endsAt' | 'hosts'> | null,
    now: Instant,
  ): Promise<void>;
  ofVerification(tx: Tx, request: VerificationRequest, hosts: readonly Host[], now: Instant): Promise<void>;
}

export interface PlanMailsDeps {
  jobs: JobQueue;
  /** The provider tells an event's attendees and its calendar's owner of it by mails of its own. */
  notifies(provider: BookingWrite['provider']): boolean;
  /** MAIL_INVITATIONS. */
  invitations: 'provider' | 'own';
}

export function createPlanMails({ jobs, notifies, invitations }: PlanMailsDeps): PlanMails {
  async function insert(tx: Tx, mails: readonly NewMail[], now: Instant) {
    const ids = await insertMails(tx, mails, now);
    await jobs.enqueue(
      tx,
      ids.map((mail, at) => {
        const dueAt = mails[at]?.dueAt ?? now;
        return { task: 'mail', payload: { mail }, key: mail, ...(dueAt > now ? { runAt: dueAt } : {}) };
      }),
    );
  }

  /** Mails that still wait to be sent tell the link themselves. @returns the mails that are left */
  async function withoutWaiting(tx: Tx, { id }: Booking, mails: readonly NewMail[], now: Instant) {
    const waiting = await lockWaitingMails(tx, id, now);
    const left: NewMail[] = [];
    const rewritten: string[] = [];
    for (const mail of mails) {
      const same = waiting.filter(
        ({ hostId, recipient }) =>
          mail.kind === 'LINK' && hostId === mail.host && recipient === mail.recipient,
      );
      if (same.length === 0) left.push(mail);
      for (const { id: waits, facts } of same) {
        const before = facts === null ? null : readFacts(facts).before;
        await rewriteMail(tx, waits, JSON.stringify({ ...readFacts(mail.facts), before }), now);
        rewritten.push(waits);
      }
    }
    await jobs.enqueue(
      tx,
      rewritten.map((mail) => ({
        task: 'mail',
        payload: { mail },
        key: mail,
        runAt: now,
        replaceRunAt: true,
      })),
    );
    return left;
  }

  /** Ids of the hosts whose calendar's provider tells people of the event, and whether it tells the visitor. */
  async function notifiedByProvider(tx: Tx, booking: Booking) {
    const writes = await tx.bookingWrite.findMany({ where: { bookingId: booking.id } });
    const isOver = booking.status === 'CANCELLED';
    const counting = writes.filter(({ wanted }) => isOver || wanted === 'present');
    const inviter = booking.hosts.flatMap((host) => counting.find(({ hostId }) => hostId === host) ?? [])[0];
    return {
      hosts: counting.filter(({ provider }) => notifies(provider)).map(({ hostId }) => hostId),
      visitor: invitations === 'provider' && inviter !== undefined && notifies(inviter.provider),
    };
  }

  return {
    async ofBooking(tx, event, booking, hosts, before, now) {
      await deleteReminders(tx, booking.id, now);
      // An erased attendee is mailed nothing more.
      if (booking.blankedAt !== null) return;
      const kind = mailKind(event, booking);
      const isRequest = booking.decideBy !== null;
      const notified = await notifiedByProvider(tx, booking);
      const [type] = await eventTypesWithDeleted(tx, [booking.eventTypeId]);
      const facts = factsOf(booking, hosts, {
        page: type?.owner ? { owner: type.owner, slug: type.slug } : null,
        before: before && { start: before.startsAt.getTime(), end: before.endsAt.getTime() },
        invitation: notified.visitor ? 'provider' : 'mail',
        brand: await brandOfEventType(tx, booking.eventTypeId),
      });
      const base = { organisation: booking.organisationId, booking: booking.id };
      const dueAt = facts.linkFollows ? now + LINK_WAIT : now;
      const news = { ...base, kind, dueAt, expiresAt: now + WORTH_SENDING };
      const toVisitor = {
        ...base,
        host: null,
        recipient: booking.attendeeEmail,
        facts: JSON.stringify(facts),
      };
      const mails: NewMail[] = [{ ...news, ...toVisitor }];
      // A host who cancels alone knows it.
      const isOwnDoing = booking.cancelledBy === 'host' && booking.hosts.length === 1;
      // No calendar tells of a request: it goes to the account of a host who has no other address.
      const accounts = isRequest ? await accountAddresses(tx, booking.hosts) : new Map<string, string>();
      for (const host of hosts) {
        const email = host.email ?? accounts.get(host.id) ?? null;
        if (email === null || notified.hosts.includes(host.id) || isOwnDoing) continue;
        // For a host whom the request was given to just now it is a new one.
        const isNew = kind === 'REQUEST_CHANGED' && before?.hosts.includes(host.id) === false;
        const known = isNew ? { ...facts, before: null } : facts;
        mails.push({
          ...{ ...news, kind: isNew ? 'REQUESTED' : kind, host: host.id, recipient: email },
          facts: JSON.stringify(hostFacts(known, { ...host, email }, booking)),
        });
      }
      // A guest whom a calendar provider invites needs no other mail, and is invited once it is accepted.
      for (const guest of notified.visitor || isRequest ? [] : booking.guests)
        mails.push({
          ...news,
          host: null,
          recipient: guest,
          facts: JSON.stringify(guestFacts(facts, guest)),
        });
      const start = booking.startsAt.getTime();
      const reminder = { ...toVisitor, kind: 'REMINDER' as const, expiresAt: start };
      for (const ahead of isBookedBy(kind) ? (type?.rules.reminders ?? []) : []) {
        const remindAt = start - ahead;
        if (remindAt < now + REMINDER_AFTER) continue;
        mails.push({ ...reminder, facts: JSON.stringify(reminderFacts(facts)), dueAt: remindAt });
      }
      await insert(tx, kind === 'LINK' ? await withoutWaiting(tx, booking, mails, now) : mails, now);
    },

    async ofVerification(tx, { hold, type, attendee, code, expiresAt }, hosts, now) {
      const facts: MailFacts = {
        to: { name: attendee.name, email: attendee.email },
        locale: attendee.locale,
        timeZone: attendee.timeZone,
        title: type.title,
        start: hold.startsAt.getTime(),
        end: hold.endsAt.getTime(),
        hosts: namesOf(hosts),
        page: { owner: type.owner, slug: type.slug },
        place: null,
        isGuest: false,
        before: null,
        booking: null,
        brand: await brandOfEventType(tx, type.id),
        visitor: null,
        code: { digits: code, expiresAt },
      };
      const base = {
        organisation: hold.organisationId,
        booking: null,
        host: null,
        kind: 'VERIFICATION' as const,
      };
      const mail = {
        ...base,
        recipient: attendee.email,
        facts: JSON.stringify(facts),
        dueAt: now,
        expiresAt,
      };
      await insert(tx, [mail], now);
    },
  };
}

/** Its hosts' calendar is still to be asked for the link of an online meeting, or has yet to make it. */
const isLinkAwaited = ({ status, placeKind, place, placeError }: Booking) =>
  status === 'CONFIRMED' && isConferencePlace(placeKind) && place === null && placeError === null;

const namesOf = (hosts: readonly Host[]) => hosts.map(({ id, name, email }) => ({ id, name, email }));

function factsOf(
  booking: Booking,
  hosts: readonly Host[],
  {
    invitation,
    ...rest
  }: Pick<MailFacts, 'page' | 'before' | 'brand'> & Pick<NonNullable<MailFacts['booking']>, 'invitation'>,
): MailFacts {
  const attendee = { name: booking.attendeeName, email: booking.attendeeEmail };
  const { placeKind: kind, guests } = booking;
  const value = placeOfBooking(booking);
  const { id, sequence, createdAt, cancelledBy, reason } = booking;
  return {
    ...rest,
    to: attendee,
    locale: booking.attendeeLocale,
    timeZone: booking.attendeeTimeZone,
    title: booking.title,
    start: booking.startsAt.getTime(),
    end: booking.endsAt.getTime(),
    hosts: namesOf(hosts),
    place: kind === null || value === null ? null : { kind, value },
    linkFollows: isLinkAwaited(booking),
    isGuest: false,
    booking: {
      ...{ id, sequence, createdAt: createdAt.getTime(), attendee, guests },
      ...{ cancelledBy, reason, invitation },
    },
    visitor: null,
    code: null,
  };
}

/** A reminder carries no invitation, and names nobody whom it doesn't go to. */
const reminderFacts = (facts: MailFacts): MailFacts => ({
  ...facts,
  before: null,
  booking: facts.booking && { ...facts.booking, guests: [] },
});

/** The same for a guest, without a word that the visitor wrote: it would be a way to write to any address in the organisation's name. */
const guestFacts = (facts: MailFacts, guest: string): MailFacts => ({
  ...facts,
  to: { name: guest, email: guest },
  isGuest: true,
  booking: facts.booking && {
    ...facts.booking,
    attendee: { name: facts.booking.attendee.email, email: facts.booking.attendee.email },
  },
});

/** The same for a host: in the host's zone, and with who booked. */
const hostFacts = (facts: MailFacts, host: Host, booking: Booking): MailFacts => ({
  ...facts,
  to: { name: host.name, email: host.email ?? '' },
  locale: null,
  timeZone: host.timeZone,
  visitor: {
    name: booking.attendeeName,
    email: booking.attendeeEmail,
    timeZone: booking.attendeeTimeZone,
    phone: booking.placeKind === 'PHONE_TO_VISITOR' ? null : booking.phone,
    notes: booking.notes,
    answers: answersOfBooking(booking).map((answer) => ({
      label: answer.label,
      value: answerInWords(answer),
    })),
  },
});
