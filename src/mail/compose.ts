/** Makes the message of a mail: headers, plain text, HTML, and the calendar part (RFC 5322, 2045, 6047). The same facts give the same message each time. */
import Mustache from 'mustache';
import MailComposer from 'nodemailer/lib/mail-composer';
import { placeInWords } from '../form/event-form.ts';
import { oneLine, withoutControls } from '../ical/calendar-object.ts';
import { formatInvitation, type InvitationMethod } from '../ical/invitation.ts';
import { directionOf } from '../languages/languages.ts';
import type { Mailbox } from '../smtp-url.ts';
import type { MailKind } from '../store/outbound/mails.ts';
import type { Instant } from '../time/clock.ts';
import { brandView } from './brand.ts';
import { type MailFacts, readFacts } from './facts.ts';
import type { MailTemplates } from './templates.ts';
import { createTimeWords, factRows, messageWords, wordView } from './wording.ts';

/** A mail as it goes to the mail server. */
export interface ComposedMail {
  envelope: { from: string; to: string };
  message: Buffer;
}

export type ComposeMail = (mail: {
  id: string;
  kind: MailKind;
  /** Null: it goes to the visitor. */
  host: string | null;
  facts: string;
  createdAt: Instant;
}) => Promise<ComposedMail>;

export interface ComposeDeps {
  templates: MailTemplates;
  /** MAIL_FROM. */
  from: Mailbox;
  publicUrl: string;
  /** The address where the visitor looks after a booking. */
  manageUrl(booking: string): string;
}

/** The longest that titles and names may be in a mail, in characters. */
const LINE_MAX = 200;
const TEXT_MAX = 8_000;
/** Links are longer than names. */
const PLACE_MAX = 2_000;

const asText = { escape: (value: unknown) => String(value) };
const fill = (template: string, view: object) => Mustache.render(template, view, {}, asText);

export function createComposeMail({ templates, from, publicUrl, manageUrl }: ComposeDeps): ComposeMail {
  const { host: site } = new URL(publicUrl);
  const domain = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');

  function actionUrl(kind: MailKind, { page, booking }: MailFacts): string | null {
    if (!page || !booking) return null;
    if (kind === 'CANCELLED' || kind === 'DECLINED' || kind === 'WITHDRAWN') {
      return `${publicUrl}/book/${encodeURIComponent(page.owner)}/${encodeURIComponent(page.slug)}`;
    }
    return manageUrl(booking.id);
  }

  return async ({ id, kind, host, facts: column, createdAt }) => {
    const facts = tidied(readFacts(column));
    const { language, locale, words } = templates.wordsFor(facts.locale);
    const times = createTimeWords(locale, facts.timeZone);
    const view = wordView(facts, times, { locale, site }, createdAt);
    const message = messageWords(words, kind, host !== null ? 'host' : facts.isGuest ? 'guest' : 'visitor');
    const url = message.action === undefined ? null : actionUrl(kind, facts);
    const direction = directionOf(language);
    const subject = oneLine(fill(message.subject, view));
    const layout = {
      ...{
        language,
        subject,
        direction,
        start: direction === 'rtl' ? 'right' : 'left',
        end: direction === 'rtl' ? 'left' : 'right',
      },
      ...brandView(facts.brand, publicUrl),
      heading: oneLine(fill(message.heading, view)),
      text: fill(message.text, view).trim(),
      code: view.code,
      facts: factRows(facts, words, times, fill),
      action: url === null ? null : { label: fill(message.action ?? '', view), url },
      note: url === null || message.note === undefined ? null : fill(message.note, view),
      footer: oneLine(fill(words.footer, view)),
    };
    const calendar = host === null ? calendarPart(facts, kind, createdAt, { from, domain, url }) : null;
    const replyTo = replyAddress(facts, host);
    const composer = new MailComposer({
      from,
      to: host === null ? facts.to.email : { name: facts.to.name, address: facts.to.email },
      ...(replyTo ? { replyTo } : {}),
      subject,
      messageId: `<${id}@${domain}>`,
      // Mails about one booking stand together.
      ...(facts.booking ? { references: `<${facts.booking.id}@${domain}>` } : {}),
      date: new Date(createdAt),
      baseBoundary: id,
      headers: {
        // No vacation responder answers (RFC 3834, and what Exchange goes by).
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
      },
      text: fill(templates.text, layout),
      html: Mustache.render(templates.html, layout),
      ...(calendar ? { icalEvent: calendar } : {}),
      disableFileAccess: true,
      disableUrlAccess: true,
      newline: 'win',
    });
    return {
      envelope: { from: from.address, to: facts.to.email },
      message: await composer.compile().build(),
    };
  };
}

/** Names and texts that people wrote, as they may stand in a mail: of bounded length, without what ends a line or a header. */
function tidied(facts: MailFacts): MailFacts {
  const { visitor, booking, place } = facts;
  return {
    ...facts,
    title: line(facts.title),
    place: place && { ...place, value: cut(oneLine(place.value), PLACE_MAX) },
    to: { ...facts.to, name: line(facts.to.name) },
    hosts: facts.hosts.map((host) => ({ ...host, name: line(host.name) })),
    visitor: visitor && {
      ...visitor,
      name: line(visitor.name),
      notes: text(visitor.notes),
      answers: visitor.answers.map(({ label, value }) => ({
        label: cut(oneLine(label), PLACE_MAX),
        value: cut(withoutControls(value), TEXT_MAX),
      })),
    },
    booking: booking && { ...booking, reason: text(booking.reason) },
  };
}

const line = (value: string) => cut(oneLine(value), LINE_MAX);
const text = (value: string | null) => value && cut(withoutControls(value), TEXT_MAX);
const cut = (value: string, max: number) =>
  value.length <= max ? value : `${value.slice(0, max - 1).toWellFormed()}…`;

/** A visitor answers to the first host who has an address; a host answers to the visitor. */
function replyAddress({ hosts, visitor }: MailFacts, host: string | null) {
  if (host !== null) return visitor && { name: visitor.name, address: visitor.email };
  const answering = hosts.find(({ email }) => email !== null);
  return answering?.email ? { name: answering.name, address: answering.email } : null;
}

/** A request is no event yet. */
const INVITING: readonly MailKind[] = ['BOOKED', 'ACCEPTED', 'MOVED', 'LINK', 'CANCELLED'];

/** The event for the visitor's calendar; null where the calendar provider sends one, or there is none. */
function calendarPart(
  facts: MailFacts,
  kind: MailKind,
  stamp: Instant,
  { from, domain, url }: { from: Mailbox; domain: string; url: string | null },
) {
  const { booking, hosts } = facts;
  if (booking?.invitation !== 'mail' || !INVITING.includes(kind)) return null;
  const method: InvitationMethod = kind === 'CANCELLED' ? 'CANCEL' : 'REQUEST';
  const organizer = hosts.find(({ email }) => email !== null) ?? {
    name: hosts[0]?.name ?? from.name,
    // Clients want an organizer that can be answered.
    email: from.address,
  };
  const content = formatInvitation({
    method,
    uid: `${booking.id}@${domain}`,
    sequence: booking.sequence,
    stamp,
    createdAt: booking.createdAt,
    start: facts.start,
    end: facts.end,
    summary: facts.title,
    description: kind === 'CANCELLED' ? null : url,
    location: facts.place && placeInWords(facts.place.kind, facts.place.value),
    url: kind === 'CANCELLED' ? null : url,
    comment: booking.cancelledBy === 'attendee' ? null : booking.reason,
    organizer,
    attendees: [
      booking.attendee,
      ...hosts.flatMap(({ name, email }) => (email === null ? [] : [{ name, email }])),
      ...booking.guests.map((email) => ({ name: email, email, isGuest: true })),
    ],
  });
  return { method, filename: method === 'CANCEL' ? 'cancel.ics' : 'invite.ics', content };
}
