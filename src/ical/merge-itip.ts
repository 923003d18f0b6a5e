/** Merges an iTIP message into the stored invitation: the newest version of each event counts (RFC 5546 §2.1.5). */
import { attendeeOf, type ItipEvent, type ItipObject, mailboxesOf, readItip } from './itip.ts';
import { type IcalKind, icalKindOf } from './read/event.ts';
import type { IcalProperty } from './read/property.ts';

/** Properties that are stored: titles, but no descriptions and no other attendees. */
const STORED_PROPERTIES =
  /^(?:uid|sequence|dtstamp|dtstart|dtend|duration|rrule|rdate|exdate|recurrence-id|summary)$/;

/** Limit of stored events per invitation: the series and its changed instances. */
export const MAX_STORED_EVENTS = 1_000;

export interface MergeResult {
  /** The text to store; null when the message contains nothing new. */
  text: string | null;
  /** `duplicate`: the same text is stored already; `outdated`: the stored version is newer. */
  verdict: 'new' | 'changed' | 'duplicate' | 'outdated';
}

/**
 * @param stored the stored invitation's text; null: none is stored
 * @param mailboxes of the host who receives the message
 */
export function mergeItip(
  stored: string | null,
  object: ItipObject,
  mailboxes: readonly string[],
): MergeResult {
  const storedEvents = eventsOf(stored);
  const incoming = object.events.map((event) => normaliseEvent(event, object.method === 'CANCEL', mailboxes));
  const isSeries = (event: ItipEvent) => event.recurrence === null;
  let events = storedEvents;
  let duplicates = 0;
  let seriesApplied = false;
  // The series is merged first: it decides which stored instances remain.
  for (const event of [...incoming.filter(isSeries), ...incoming.filter((one) => !isSeries(one))]) {
    const same = events.find(({ recurrence }) => recurrence === event.recurrence);
    if (same && isIdentical(same, event)) {
      duplicates++;
      continue;
    }
    const series = storedEvents.find(isSeries);
    if (same && !supersedes(event, same)) continue;
    if (!isSeries(event) && series && !seriesApplied && !outlives(event, series)) continue;
    if (isSeries(event)) {
      seriesApplied = true;
      events = events.filter((one) => isSeries(one) || outlives(one, event));
    }
    events = [...events.filter((one) => one !== same), event];
  }
  if (events === storedEvents) return { text: null, verdict: duplicates > 0 ? 'duplicate' : 'outdated' };
  return {
    text: formatEvents(events),
    verdict: storedEvents.some(({ cancelled }) => !cancelled) ? 'changed' : 'new',
  };
}

/** Whether any event is not cancelled. */
export const hasActiveEvents = (text: string | null) => eventsOf(text).some(({ cancelled }) => !cancelled);

export const countEvents = (text: string) => eventsOf(text).length;

const eventsOf = (text: string | null) =>
  text === null ? [] : readItip(text).flatMap(({ events }) => events);

/**
 * Compares SEQUENCE, then DTSTAMP (§2.1.5). An equally new event replaces the stored one, but doesn't revive a
 * cancelled one.
 */
function supersedes(event: ItipEvent, known: ItipEvent): boolean {
  const newer = event.sequence - known.sequence || event.stamp - known.stamp;
  return newer > 0 || (newer === 0 && (event.cancelled || !known.cancelled));
}

/** Whether an instance remains valid beside a newer version of its series, whichever arrived first. */
function outlives(instance: ItipEvent, series: ItipEvent): boolean {
  // A cancelled series cancels its instances, even those with a higher sequence.
  if (series.cancelled) return instance.stamp > series.stamp && instance.sequence >= series.sequence;
  return instance.sequence >= series.sequence || instance.stamp > series.stamp;
}

const isIdentical = (a: ItipEvent, b: ItipEvent) => textOfEvent(a) === textOfEvent(b);
const textOfEvent = ({ timeZoneLines, lines }: ItipEvent) =>
  [...timeZoneLines, ...lines.map(({ text }) => text)].join('\n');

/** Reduces an event to its stored properties and a status in the standard's terms. */
function normaliseEvent(event: ItipEvent, cancelled: boolean, mailboxes: readonly string[]): ItipEvent {
  const isCancelled = cancelled || event.cancelled;
  const statusLines = isCancelled ? ['STATUS:CANCELLED'] : STATUS_LINES[busyKindFor(event, mailboxes)];
  const [parsed] = readItip(
    formatEvents([
      {
        ...event,
        lines: [
          ...event.lines.filter(({ name }) => STORED_PROPERTIES.test(name)),
          ...statusLines.map(contentLine),
        ],
      },
    ]),
  );
  return parsed?.events[0] ?? event;
}

const contentLine = (text: string) => ({ text, name: '', type: '', value: '', param: () => null });

const STATUS_LINES: Record<IcalKind, string[]> = {
  BUSY: [],
  BUSY_TENTATIVE: ['STATUS:TENTATIVE'],
  BUSY_UNAVAILABLE: ['X-MICROSOFT-CDO-BUSYSTATUS:OOF'],
  FREE: ['TRANSP:TRANSPARENT'],
};

/** How the event affects its receiver's availability once it is accepted. */
export function busyKindFor(event: ItipEvent, mailboxes: readonly string[]): IcalKind {
  const me = attendeeOf(event, mailboxes);
  const intendedStatus = event.lines.find(({ name }) => name === 'x-microsoft-cdo-intendedstatus');
  // Until the invitation is answered, Microsoft writes TENTATIVE, and the intended status in another property.
  const read = event.lines.map((line): IcalProperty => {
    return line.name === 'x-microsoft-cdo-busystatus' && intendedStatus
      ? { ...line, value: intendedStatus.value }
      : line;
  });
  const kind = icalKindOf(read, new Set(me ? mailboxesOf(me) : []));
  const isTentative = /^\s*TENTATIVE\s*$/i.test(me?.param('partstat') ?? '');
  return isTentative && kind === 'BUSY' ? 'BUSY_TENTATIVE' : kind;
}

/** Several VCALENDARs, since two messages may use one TZID for different zones. */
function formatEvents(events: readonly ItipEvent[]): string {
  const byTimeZones = new Map<string, ItipEvent[]>();
  for (const event of events) {
    const timeZoneLines = event.timeZoneLines.join('\r\n');
    byTimeZones.set(timeZoneLines, [...(byTimeZones.get(timeZoneLines) ?? []), event]);
  }
  return [...byTimeZones]
    .flatMap(([timeZoneLines, group]) => [
      ...['BEGIN:VCALENDAR', 'VERSION:2.0', ...(timeZoneLines ? [timeZoneLines] : [])],
      ...group.flatMap(({ lines }) => ['BEGIN:VEVENT', ...lines.map(({ text }) => text), 'END:VEVENT']),
      ...['END:VCALENDAR', ''],
    ])
    .join('\r\n');
}
