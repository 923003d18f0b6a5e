/**
 * Invitations by mail: from the relay's signed request to blocks in the host's native calendar, and the reply to send.
 */

import { type ItipLine, type ItipObject, mailboxesOf, organizerOf, readItip } from '../../ical/itip.ts';
import { countEvents, hasActiveEvents, MAX_STORED_EVENTS, mergeItip } from '../../ical/merge-itip.ts';
import { UnreadableCalendar } from '../../ical/read/calendar.ts';
import { readTime } from '../../ical/read/value.ts';
import { formatReply, replyAddressOf } from '../../ical/reply.ts';
import type { Log } from '../../log.ts';
import type { WebhookReply } from '../../providers/port.ts';
import { findInvitation, isOwnBooking } from '../../store/bookings/invitations.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import type { Store, Tx } from '../../store/client.ts';
import type { Publisher } from '../../sync/publisher.ts';
import type { Clock } from '../../time/clock.ts';
import { type Addressee, addresseeOf } from './addressee.ts';
import { applyInvitation, type InvitationWindow, readInvitation } from './blocks.ts';
import { readMail, UnreadableMail } from './parts.ts';
import { isSigned, type MailSignature, readSignature } from './signature.ts';

export interface MailDeps {
  store: Store;
  publisher: Pick<Publisher, 'change'>;
  clock: Clock;
  /** The secret shared with the relay. */
  secret: string;
  window: InvitationWindow;
  log: Log;
}

/** The result for one invitation, and the reply to send. */
export interface MailOutcome {
  outcome: 'accepted' | 'updated' | 'cancelled' | 'ignored';
  /** Why the invitation was ignored, or a remark about it. */
  reason?: string;
  /** The host's id. */
  host: string;
  uid: string | null;
  reply: string | null;
  replyTo: string | null;
}

export interface InboundMail {
  /** Checks the signature's form before the body is read. @returns null when the request can't be the relay's */
  admit(header: string | undefined): MailSignature | null;
  receive(signature: MailSignature, body: Buffer): Promise<WebhookReply>;
}

export const NOT_SIGNED: WebhookReply = json(401, { error: 'not-signed' });
export const TOO_LARGE: WebhookReply = json(413, { error: 'too-large' });

export function createInboundMail({ store, publisher, clock, secret, window, log }: MailDeps): InboundMail {
  async function processObject(object: ItipObject, { host, mailboxes }: Addressee): Promise<MailOutcome> {
    const commonFields = { host, uid: object.uid, reply: null, replyTo: null };
    const ignored = (reason: string): MailOutcome => ({ ...commonFields, outcome: 'ignored', reason });
    if (object.method !== 'REQUEST' && object.method !== 'CANCEL') return ignored('method');
    const organizer = object.events.map(organizerOf).find(Boolean);
    // The person's mailbox, when a relay is the ORGANIZER on their behalf.
    const from = organizer ? (mailboxesOf(organizer).at(-1) ?? null) : null;

    return publisher.change<MailOutcome>(async (tx, now) => {
      const unchanged = (result: MailOutcome) => ({ result, keys: [] });
      const lockedHost = await lockHost(tx, host);
      if (await isOwnBooking(tx, host, object.uid.replace(/@[^@]*$/, '')))
        return unchanged(ignored('own-booking'));
      const known = await findInvitation(tx, host, object.uid);
      const isOtherOrganizer = Boolean(known?.organizer && known.organizer !== from);
      // Another organizer can't change an active invitation, but may use the UID of one that was only ever cancelled.
      if (isOtherOrganizer && hasActiveEvents(known?.calendar ?? null))
        return unchanged(ignored('other-organizer'));
      const before = isOtherOrganizer ? null : (known?.calendar ?? null);
      const { text, verdict } = mergeItip(before, object, mailboxes);
      const reply =
        object.method === 'REQUEST' && verdict !== 'outdated'
          ? formatReply(object, { mailboxes, name: lockedHost.name, now: now })
          : null;
      const replyFields = { reply, replyTo: reply === null ? null : replyAddressOf(object) };
      if (text === null) return unchanged({ ...ignored(verdict), ...replyFields });
      if (countEvents(text) > MAX_STORED_EVENTS) throw new UnreadableCalendar('too-large');
      const invitation = {
        ...{ hostId: host, uid: object.uid, organisationId: lockedHost.organisationId },
        ...{ organizer: from, calendar: text, blocks: known?.blocks ?? {}, updatedAt: now },
      };
      const { keys, partial } = await applyInvitation(tx, invitation, lockedHost, window, now);
      const result: MailOutcome = { ...commonFields, ...replyFields, outcome: outcomeOf(object, verdict) };
      if (object.method === 'CANCEL' && !known) result.reason = 'not-known';
      if (object.method === 'REQUEST' && partial) result.reason = 'partial';
      return { result, keys };
    });
  }

  async function receive(body: Buffer): Promise<WebhookReply> {
    const mail = await readMail(body);
    const addressee = await addresseeOf(store, mail);
    if (!addressee) return json(404, { error: 'unknown-host' });
    const objects = readObjects(mail.calendars);
    const outcomes: MailOutcome[] = [];
    for (const object of objects) {
      const outcome = await processObject(object, addressee);
      const same = outcomes.findIndex(({ uid }) => uid === object.uid);
      // The same invitation often comes as a part and as an attachment: it counts once.
      if (same < 0) outcomes.push(outcome);
      else if (outcomes[same]?.outcome === 'ignored' && outcome.outcome !== 'ignored')
        outcomes[same] = outcome;
    }
    const [first, ...more] = outcomes.sort((a, b) => rank(a) - rank(b));
    log.debug({ host: addressee.host, outcomes: outcomes.map(({ outcome }) => outcome) }, 'mail processed');
    if (!first)
      return json(200, ignoredMail(addressee.host, mail.calendars.length === 0 ? 'no-calendar' : 'no-event'));
    return json(200, more.length > 0 ? { ...first, more } : first);
  }

  return {
    admit: (header) => readSignature(header, clock.now()),
    async receive(signature, body) {
      if (!isSigned(signature, body, secret)) return NOT_SIGNED;
      try {
        return await receive(body);
      } catch (error) {
        if (!(error instanceof UnreadableMail || error instanceof UnreadableCalendar)) throw error;
        return json(422, { error: 'unreadable', reason: error.reason });
      }
    },
  };
}

async function lockHost(tx: Tx, id: string) {
  await lockHosts(tx, [id]);
  return tx.host.findUniqueOrThrow({ where: { id } });
}

/** The calendars that can be read; the others are skipped unless all fail. @throws UnreadableCalendar */
function readObjects(calendars: readonly string[]): ItipObject[] {
  const errors: unknown[] = [];
  const objects = calendars.flatMap((text) => {
    try {
      return parseObjects(text);
    } catch (error) {
      errors.push(error);
      return [];
    }
  });
  if (objects.length === 0 && errors.length > 0) throw errors[0];
  return objects;
}

function parseObjects(text: string): ItipObject[] {
  readInvitation(text, 'UTC', 0, 1);
  const objects = readItip(text);
  for (const { method, events } of objects) {
    // The stored invitation stays valid until a message with a readable time replaces it.
    const hasTimes = events.every(({ lines, cancelled }) => cancelled || lines.some(isTime));
    if (method === 'REQUEST' && !hasTimes) throw new UnreadableMail('no-time');
  }
  return objects;
}

const isTime = ({ name, type, value, param }: ItipLine) =>
  name === 'dtstart' && readTime(value, type, param('tzid')) !== null;

function outcomeOf({ method, events }: ItipObject, verdict: string): MailOutcome['outcome'] {
  if (method === 'CANCEL' || events.every(({ cancelled }) => cancelled)) return 'cancelled';
  return verdict === 'new' ? 'accepted' : 'updated';
}

const rank = ({ outcome }: MailOutcome) => (outcome === 'ignored' ? 1 : 0);

const ignoredMail = (host: string, reason: string): MailOutcome => ({
  ...{ outcome: 'ignored', reason, host, uid: null, reply: null, replyTo: null },
});

function json(status: number, body: object): WebhookReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}
