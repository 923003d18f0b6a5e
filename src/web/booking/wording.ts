/** The page's sentences, as pure functions. */
import type { BookingStatus, Party, Scheduling, WriteStatus } from '../gql/documents.ts';
import type { Answer } from '../live/availability.ts';
import type { SlotChange } from '../live/slots.ts';
import { pageWords, say } from '../words.ts';
import type { Note } from './navigation.ts';

/** Seconds of a week, day, hour, minute and second. */
const UNITS = [604_800, 86_400, 3_600, 60, 1];

/** Milliseconds of an ISO 8601 duration; 0 for any other text. */
export function lengthMs(duration: string): number {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  if (!match) return 0;
  return UNITS.reduce((sum, seconds, i) => sum + Number(match[i + 1] ?? 0) * seconds, 0) * 1_000;
}

/** An ISO 8601 duration in words: PT90M is "1 hour 30 minutes". Any other text is returned unchanged. */
export const lengthInWords = (duration: string): string => spanInWords(lengthMs(duration)) || duration;

/** Milliseconds in words, to the whole second; empty for none. */
export const spanInWords = (ms: number): string => pageWords().duration(ms);

/** The hosts of a booking, as a list. */
export const hostsInWords = (names: readonly string[]): string => pageWords().list(names, 'conjunction');

/** Hosts of a large team that are named; the rest are counted. */
const NAMED_HOSTS = 4;

/** The hosts whom a visitor may meet when they share an event type's bookings. */
export function eventTypeHostsInWords(scheduling: Scheduling, names: readonly string[]): string {
  const rest = names.length - NAMED_HOSTS;
  const few = rest > 1 ? [...names.slice(0, NAMED_HOSTS), say('hosts.others', { count: rest })] : names;
  if (names.length < 2 || scheduling === 'SINGLE' || scheduling === 'COLLECTIVE') return hostsInWords(few);
  if (scheduling === 'QUORUM') return say('hosts.some', { hosts: hostsInWords(few) });
  return say('hosts.any', { hosts: pageWords().list(few, 'disjunction') });
}

/** The hosts who offer one slot. */
export interface OfferingHosts {
  /** The name of the one host, or how many they are: a button has no room for more. */
  readonly label: string;
  readonly names: string;
}

/** Null where all hosts of the event type offer the slot, which the page's head says already. */
export function offeringHostsInWords(
  { scheduling, hosts }: { scheduling: Scheduling; hosts: readonly { readonly id: string }[] },
  offering: readonly { readonly id: string; readonly name: string }[],
): OfferingHosts | null {
  const shared = scheduling === 'ROUND_ROBIN' || scheduling === 'QUORUM';
  if (!shared || offering.length === hosts.length) return null;
  const names = hostsInWords(offering.map(({ name }) => name));
  return { label: offering.length === 1 ? names : say('hosts.count', { count: offering.length }), names };
}

/** "1 time added, 2 removed"; empty when no slot was added or removed. */
export function changeInWords(change: Pick<SlotChange, 'added' | 'removed'>): string {
  const [added, removed] = [change.added.length, change.removed.length];
  if (added === 0 && removed === 0) return '';
  if (removed === 0) return say('live.added', { count: added });
  if (added === 0) return say('live.removed', { count: removed });
  return say('live.both', { added, removed });
}

/** Why times may be missing, or null when the answer is complete. A host without a calendar is no issue here. */
export function incompleteNotice(held: Pick<Answer, 'complete' | 'issues'>): string | null {
  const issues = held.issues.filter(({ code }) => code !== 'NO_CALENDARS');
  if (issues.length > 0 && issues.every(({ code }) => code === 'OUTSIDE_COVERAGE')) {
    return say('picker.tooFar');
  }
  if (held.complete && issues.length === 0) return null;
  // That is not over in a moment: somebody has to connect the calendar again.
  if (issues.some(({ code }) => code === 'SOURCE_AUTH_REVOKED')) return say('picker.revoked');
  return say('picker.unread');
}

/** The heading of a booking's summary. */
export function bookingHeading(status: BookingStatus, over: boolean, note: Note | null): string {
  if (status === 'DECLINED') return say('booking.declined');
  if (status === 'CANCELLED') return say(note === 'withdrawn' ? 'booking.withdrawn' : 'booking.cancelled');
  if (status === 'PENDING' && !over) return say('booking.requested');
  if (over) return say('booking.over');
  if (note === 'booked') return say('booking.booked');
  return say(note === 'moved' ? 'booking.moved' : 'booking.yours');
}

/** Who changed a booking, as the end of a message's key. A host is named where there is only one. */
function partyKey(party: Party, hosts: readonly string[]) {
  switch (party) {
    case 'VISITOR':
      return 'You';
    case 'HOST':
      return hosts.length === 1 ? 'Host' : 'AHost';
    case 'OPERATOR':
      return 'Organiser';
    case 'SYSTEM':
      return 'System';
  }
}

/** Who cancelled a booking. @param party null: it isn't known */
export const cancelledInWords = (party: Party | null, hosts: readonly string[]): string =>
  say(`booking.cancelledBy${party === null ? 'Somebody' : partyKey(party, hosts)}`, { host: hosts[0] ?? '' });

/** Who moved a booking. @param from the time that it had before, in words */
export const movedInWords = (party: Party, hosts: readonly string[], from: string): string =>
  say(`booking.movedBy${partyKey(party, hosts)}`, { host: hosts[0] ?? '', time: from });

/** A sentence about the invitation by e-mail; empty when none is sent, or none is certain. */
export function invitationInWords(writeStatus: WriteStatus, email: string, note: Note | null): string {
  if (writeStatus === 'NATIVE' || writeStatus === 'FAILED') return '';
  return say(note === 'moved' ? 'booking.changedInvitation' : 'booking.invitation', { email });
}
