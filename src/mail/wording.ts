/** Puts a mail's facts into words: what its templates may name, made of the facts in the language and the zone of the person. */

import { isCall } from '../form/event-form.ts';
import type { MailKind } from '../store/outbound/mails.ts';
import { type Instant, MINUTE } from '../time/clock.ts';
import { localDay, wallClock } from '../time/local-time.ts';
import type { MailFacts, MailSpan } from './facts.ts';
import type { MailMessageWords, MailWords } from './templates.ts';

/** What the words of a message may name. The two flags are for sections. */
export interface WordView {
  title: string;
  /** Names, as a list in words. */
  hosts: string;
  /** The day of the start in full, and short, as for a subject. */
  day: string;
  shortDay: string;
  from: string;
  to: string;
  /** Name of the visitor, in mails to guests the address; empty in mails to the visitor. */
  visitor: string;
  /** Empty where there is none. */
  code: string;
  /** How long the code is good. */
  minutes: string;
  /** The calendar provider invites the visitor itself. */
  provider: boolean;
  /** The booking was cancelled, or the request declined, by a host. */
  byHost: boolean;
  /** The booking's id; empty where there is none. */
  booking: string;
  site: string;
}

/** One row of what the mail tells. */
export interface FactRow {
  label: string;
  value: string;
  /** It holds no more. */
  struck: boolean;
}

/** What is mailed of a request, which no guest knows of. */
const REQUEST_WORDS = {
  REQUESTED: 'requested',
  REQUEST_CHANGED: 'requestChanged',
  WITHDRAWN: 'withdrawn',
  DECLINED: 'declined',
} as const satisfies Partial<Record<MailKind, keyof MailWords['host']>>;

/** The words of a message: those of its party and kind. */
export function messageWords(
  words: MailWords,
  kind: MailKind,
  party: 'visitor' | 'guest' | 'host',
): MailMessageWords {
  switch (kind) {
    case 'BOOKED':
      return words[party].booked;
    case 'MOVED':
      return words[party].moved;
    case 'CANCELLED':
      return words[party].cancelled;
    case 'REMINDER':
      return words.visitor.reminder;
    case 'VERIFICATION':
      return words.visitor.verification;
    case 'LINK': {
      const { subject, heading, text } = words.visitor.link;
      // The booking is the visitor's alone to change.
      return party === 'visitor' ? words.visitor.link : { subject, heading, text };
    }
    // A guest is invited once a request is accepted, and doesn't know that it was one.
    case 'ACCEPTED':
      return party === 'guest' ? words.guest.booked : words[party].accepted;
    default:
      return words[party === 'host' ? 'host' : 'visitor'][REQUEST_WORDS[kind]];
  }
}

/** Formats instants in one zone for one locale. The rules of zones are Slotwire's own, whatever Node's say. */
export function createTimeWords(locale: string, timeZone: string) {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
    // ICU writes a narrow space before AM and PM, which some mail programs show as a box.
    return (at: Instant) => formatter.format(wallClock(timeZone, at)).replaceAll('\u202f', ' ');
  };
  return {
    day: format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    shortDay: format({ weekday: 'short', day: 'numeric', month: 'short' }),
    time: format({ hour: 'numeric', minute: '2-digit' }),
    isOneDay: ({ start, end }: MailSpan) => localDay(timeZone, start) === localDay(timeZone, end - 1),
    /** As GMT+1 or GMT+5:30. */
    offset(at: Instant): string {
      const minutes = Math.round((wallClock(timeZone, at) - at) / MINUTE);
      const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
      if (minutes === 0) return 'GMT';
      return `GMT${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
    },
  };
}

export type TimeWords = ReturnType<typeof createTimeWords>;

export function wordView(
  facts: MailFacts,
  times: TimeWords,
  { locale, site }: { locale: string; site: string },
  now: Instant,
): WordView {
  const names = facts.hosts.map(({ name }) => name);
  const { code, booking } = facts;
  return {
    title: facts.title,
    hosts: new Intl.ListFormat(locale, { type: 'conjunction' }).format(names),
    day: times.day(facts.start),
    shortDay: times.shortDay(facts.start),
    from: times.time(facts.start),
    to: times.time(facts.end),
    visitor: facts.visitor?.name ?? (facts.isGuest ? (booking?.attendee.email ?? '') : ''),
    code: code?.digits ?? '',
    minutes: code
      ? new Intl.NumberFormat(locale).format(Math.max(1, Math.round((code.expiresAt - now) / MINUTE)))
      : '',
    provider: booking?.invitation === 'provider',
    byHost: booking?.cancelledBy === 'host' || booking?.cancelledBy === 'operator',
    booking: booking?.id ?? '',
    site,
  };
}

/** What stands in the mail as a list: what, when, and with whom. */
export function factRows(
  facts: MailFacts,
  words: MailWords,
  times: TimeWords,
  fill: (template: string, view: object) => string,
): FactRow[] {
  const { labels, time } = words;
  const inWords = (span: MailSpan) => {
    const view = {
      day: times.day(span.start),
      from: times.time(span.start),
      endDay: times.day(span.end),
      to: times.time(span.end),
    };
    const zone = fill(time.zone, { zone: facts.timeZone, offset: times.offset(span.start) });
    return `${fill(times.isOneDay(span) ? time.sameDay : time.otherDay, view)}\n${zone}`;
  };
  const { booking, before, visitor, place } = facts;
  const isCancelled = booking?.cancelledBy != null;
  // A visitor isn't sent what a visitor wrote: it would be a way to write to any address in the organisation's name.
  const reason = booking?.cancelledBy === 'attendee' && !visitor ? null : (booking?.reason ?? null);
  const rows: [string, string | false | null | undefined, boolean?][] = [
    [labels.what, facts.title],
    [labels.before, before && inWords(before), true],
    [labels.when, inWords(facts), isCancelled],
    [labels.with, facts.hosts.map(({ name }) => name).join('\n')],
    [
      labels.where,
      place
        ? isCall(place.kind)
          ? fill(words.place.call, { place: place.value })
          : place.value
        : facts.linkFollows === true && words.place.later,
    ],
    [labels.bookedBy, visitor && `${visitor.name}\n${visitor.email}\n${visitor.timeZone}`],
    [labels.phone, visitor?.phone],
    [labels.guests, visitor && booking?.guests.join('\n')],
    [labels.notes, visitor?.notes],
    ...(visitor?.answers ?? []).map(({ label, value }): [string, string] => [label, value]),
    [labels.reason, reason],
  ];
  return rows.flatMap(([label, value, struck = false]) => (value ? [{ label, value, struck }] : []));
}
