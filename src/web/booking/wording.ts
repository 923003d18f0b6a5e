/** The page's sentences, as pure functions. */
import type { Party, Scheduling, WriteStatus } from '../gql/documents.ts';
import type { Answer } from '../live/availability.ts';
import type { SlotChange } from '../live/slots.ts';
import type { Note } from './navigation.ts';

/** While a challenge is being solved. */
export const CHECKING = 'Many people are asking just now. Holding the time for you takes a moment longer…';

const UNITS = [
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Milliseconds of an ISO 8601 duration; 0 for any other text. */
export function lengthMs(duration: string): number {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  if (!match) return 0;
  return UNITS.reduce((sum, [, seconds], i) => sum + Number(match[i + 1] ?? 0) * seconds, 0) * 1_000;
}

/** An ISO 8601 duration in words: PT90M is "1 hour 30 minutes". Any other text is returned unchanged. */
export const lengthInWords = (duration: string): string => spanInWords(lengthMs(duration)) || duration;

/** Milliseconds in words, to the whole second; empty for none. */
export function spanInWords(ms: number): string {
  let rest = Math.floor(ms / 1_000);
  const words: string[] = [];
  // Days are the longest unit, because "1 week" is an unusual way to describe a meeting.
  for (const [unit, seconds] of UNITS.slice(1)) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) words.push(plural(count, unit));
  }
  return words.join(' ');
}

/** The hosts of a booking, as a list. */
export const hostsInWords = (names: readonly string[]): string =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format(names);

/** Hosts of a large team that are named; the rest are counted. */
const NAMED_HOSTS = 4;

/** The hosts whom a visitor may meet when they share an event type's bookings. */
export function eventTypeHostsInWords(scheduling: Scheduling, names: readonly string[]): string {
  const rest = names.length - NAMED_HOSTS;
  const few = rest > 1 ? [...names.slice(0, NAMED_HOSTS), `${rest} others`] : names;
  if (names.length < 2 || scheduling === 'SINGLE' || scheduling === 'COLLECTIVE') return hostsInWords(few);
  if (scheduling === 'QUORUM') return `some of ${hostsInWords(few)}`;
  return `any of ${new Intl.ListFormat('en', { type: 'disjunction' }).format(few)}`;
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
  return { label: offering.length === 1 ? names : plural(offering.length, 'host'), names };
}

/** "1 time added, 2 removed"; empty when no slot was added or removed. */
export function changeInWords({ added, removed }: Pick<SlotChange, 'added' | 'removed'>): string {
  if (added.length === 0 && removed.length === 0) return '';
  if (removed.length === 0) return `${plural(added.length, 'time')} added`;
  if (added.length === 0) return `${plural(removed.length, 'time')} removed`;
  return `${plural(added.length, 'time')} added, ${removed.length} removed`;
}

/** Why times may be missing, or null when the answer is complete. A host without a calendar is no issue here. */
export function incompleteNotice(held: Pick<Answer, 'complete' | 'issues'>): string | null {
  const issues = held.issues.filter(({ code }) => code !== 'NO_CALENDARS');
  if (issues.length > 0 && issues.every(({ code }) => code === 'OUTSIDE_COVERAGE')) {
    return 'Some of these days are too far ahead to be known yet; times may be missing.';
  }
  if (held.complete && issues.length === 0) return null;
  // That is not over in a moment: somebody has to connect the calendar again.
  if (issues.some(({ code }) => code === 'SOURCE_AUTH_REVOKED'))
    return 'A calendar is no longer connected, so times may be missing. Please tell the person who sent you the link.';
  return 'Some calendars could not be read just now; times may be missing.';
}

/** The heading of a booking's summary. */
export function bookingHeading(cancelled: boolean, over: boolean, note: Note | null): string {
  if (cancelled) return 'This booking was cancelled';
  if (over) return 'This booking is over';
  if (note === 'booked') return 'You are booked';
  return note === 'moved' ? 'Your booking was moved' : 'Your booking';
}

/** Who changed a booking. A host is named where there is only one. */
function partyInWords(party: Party, hosts: readonly string[]): string {
  switch (party) {
    case 'VISITOR':
      return 'You';
    case 'HOST':
      return hosts.length === 1 ? (hosts[0] ?? '') : 'One of the hosts';
    case 'OPERATOR':
      return 'The organiser';
    case 'SYSTEM':
      return 'The booking system';
  }
}

/** Who cancelled a booking. @param party null: it isn't known */
export const cancelledInWords = (party: Party | null, hosts: readonly string[]): string =>
  party === null ? 'It was cancelled.' : `${partyInWords(party, hosts)} cancelled it.`;

/** Who moved a booking. @param from the time that it had before, in words */
export const movedInWords = (party: Party, hosts: readonly string[], from: string): string =>
  `${partyInWords(party, hosts)} moved it. Before, it was on ${from}.`;

/** A sentence about the invitation by e-mail; empty when none is sent, or none is certain. */
export function invitationInWords(writeStatus: WriteStatus, email: string, note: Note | null): string {
  if (writeStatus === 'NATIVE' || writeStatus === 'FAILED') return '';
  const subject = note === 'moved' ? 'The changed calendar invitation' : 'The calendar invitation';
  return `${subject} comes by e-mail to ${email}.`;
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
