/** Invitations by mail: from a relay's signed request to blocks in the host's native calendar, and the answer to send. */

import { type ItipLine, type ItipObject, mailboxesOf, organizerOf, readItip } from '../../ical/itip.ts';
import { countEvents, isLive, keep, MOST_EVENTS } from '../../ical/merge-itip.ts';
import { UnreadableCalendar } from '../../ical/read/calendar.ts';
import { readTime } from '../../ical/read/value.ts';
import { replyText, replyTo } from '../../ical/reply.ts';
import type { Log } from '../../log.ts';
import type { Reply } from '../../providers/port.ts';
import { invitationOf, isOwnBooking } from '../../store/bookings/invitations.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import type { Store, Tx } from '../../store/client.ts';
import type { Publisher } from '../../sync/publisher.ts';
import type { Clock } from '../../time/clock.ts';
import { type InvitationWindow, readInvitation, settle } from './blocks.ts';
import { type Addressee, addresseeOf } from './host.ts';
import { readMail, UnreadableMail } from './parts.ts';
import { isSigned, type MailSignature, readSignature } from './signature.ts';

export interface MailDeps {
  store: Store;
  publisher: Pick<Publisher, 'change'>;
  clock: Clock;
  /** Shared with the relay. */
  secret: string;
  window: InvitationWindow;
  log: Log;
}

/** What became of one invitation, and what to send to whom. */
export interface MailOutcome {
  outcome: 'accepted' | 'updated' | 'cancelled' | 'ignored';
  /** Why it was ignored, or what is odd about it. */
  reason?: string;
  /** The host's id. */
  host: string;
  uid: string | null;
  reply: string | null;
  replyTo: string | null;
}

export interface InboundMail {
  /** Before the body is read. @returns null when it can't be the relay's. */
  admit(header: string | undefined): MailSignature | null;
  receive(signature: MailSignature, body: Buffer): Promise<Reply>;
}

export const NOT_SIGNED: Reply = json(401, { error: 'not-signed' });
export const TOO_LARGE: Reply = json(413, { error: 'too-large' });

export function createInboundMail({ store, publisher, clock, secret, window, log }: MailDeps): InboundMail {
  async function take(object: ItipObject, { host, mailboxes }: Addressee): Promise<MailOutcome> {
    const answer = { host, uid: object.uid, reply: null, replyTo: null };
    const ignored = (reason: string): MailOutcome => ({ ...answer, outcome: 'ignored', reason });
    if (object.method !== 'REQUEST' && object.method !== 'CANCEL') return ignored('method');
    const organizer = object.events.map(organizerOf).find(Boolean);
    // The person, where a relay stands for them.
    const from = organizer ? (mailboxesOf(organizer).at(-1) ?? null) : null;

    return publisher.change<MailOutcome>(async (tx, now) => {
      const unchanged = (result: MailOutcome) => ({ result, keys: [] });
      const addressed = await locked(tx, host);
      if (await isOwnBooking(tx, host, object.uid.replace(/@[^@]*$/, '')))
        return unchanged(ignored('own-booking'));
      const known = await invitationOf(tx, host, object.uid);
      const stranger = Boolean(known?.organizer && known.organizer !== from);
      // Another organizer has no say in what is under way, but may use what was never more than a word of its end.
      if (stranger && isLive(known?.calendar ?? null)) return unchanged(ignored('other-organizer'));
      const before = stranger ? null : (known?.calendar ?? null);
      const { text, verdict } = keep(before, object, mailboxes);
      const reply =
        object.method === 'REQUEST' && verdict !== 'outdated'
          ? replyText(object, { mailboxes, name: addressed.name, now: now })
          : null;
      const told = { reply, replyTo: reply === null ? null : replyTo(object) };
      if (text === null) return unchanged({ ...ignored(verdict), ...told });
      if (countEvents(text) > MOST_EVENTS) throw new UnreadableCalendar('too-large');
      const invitation = {
        ...{ hostId: host, uid: object.uid, organisationId: addressed.organisationId },
        ...{ organizer: from, calendar: text, blocks: known?.blocks ?? {}, updatedAt: now },
      };
      const { keys, partial } = await settle(tx, invitation, addressed, window, now);
      const result: MailOutcome = { ...answer, ...told, outcome: outcomeOf(object, verdict) };
      if (object.method === 'CANCEL' && !known) result.reason = 'not-known';
      if (object.method === 'REQUEST' && partial) result.reason = 'partial';
      return { result, keys };
    });
  }

  async function receive(body: Buffer): Promise<Reply> {
    const mail = await readMail(body);
    const addressee = await addresseeOf(store, mail);
    if (!addressee) return json(404, { error: 'unknown-host' });
    const objects = readObjects(mail.calendars);
    const outcomes: MailOutcome[] = [];
    for (const object of objects) {
      const outcome = await take(object, addressee);
      const same = outcomes.findIndex(({ uid }) => uid === object.uid);
      // The same invitation comes as a part and as an attachment: what came of it counts once.
      if (same < 0) outcomes.push(outcome);
      else if (outcomes[same]?.outcome === 'ignored' && outcome.outcome !== 'ignored')
        outcomes[same] = outcome;
    }
    const [first, ...more] = outcomes.sort((a, b) => weight(a) - weight(b));
    log.debug({ host: addressee.host, outcomes: outcomes.map(({ outcome }) => outcome) }, 'mail taken in');
    if (!first)
      return json(200, nothing(addressee.host, mail.calendars.length === 0 ? 'no-calendar' : 'no-event'));
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

async function locked(tx: Tx, id: string) {
  await lockHosts(tx, [id]);
  return tx.host.findUniqueOrThrow({ where: { id } });
}

/** Calendars that can be read; of several, one that can't doesn't take the others with it. @throws UnreadableCalendar */
function readObjects(calendars: readonly string[]): ItipObject[] {
  const faults: unknown[] = [];
  const objects = calendars.flatMap((text) => {
    try {
      return checked(text);
    } catch (error) {
      faults.push(error);
      return [];
    }
  });
  if (objects.length === 0 && faults.length > 0) throw faults[0];
  return objects;
}

function checked(text: string): ItipObject[] {
  readInvitation(text, 'UTC', 0, 1);
  const objects = readItip(text);
  for (const { method, events } of objects) {
    // What is known of it stands until something can be read in its place.
    const timed = events.every(({ lines, cancelled }) => cancelled || lines.some(isTime));
    if (method === 'REQUEST' && !timed) throw new UnreadableMail('no-time');
  }
  return objects;
}

const isTime = ({ name, type, value, param }: ItipLine) =>
  name === 'dtstart' && readTime(value, type, param('tzid')) !== null;

function outcomeOf({ method, events }: ItipObject, verdict: string): MailOutcome['outcome'] {
  if (method === 'CANCEL' || events.every(({ cancelled }) => cancelled)) return 'cancelled';
  return verdict === 'new' ? 'accepted' : 'updated';
}

const weight = ({ outcome }: MailOutcome) => (outcome === 'ignored' ? 1 : 0);

const nothing = (host: string, reason: string): MailOutcome => ({
  ...{ outcome: 'ignored', reason, host, uid: null, reply: null, replyTo: null },
});

function json(status: number, body: object): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}
