/** What is kept of an invitation: its events as iCalendar text, the newest word on each; and how a message changes it. */
import { attendeeOf, type ItipEvent, type ItipObject, mailboxesOf, readItip } from './itip.ts';
import { type IcalKind, icalKindOf } from './read/event.ts';
import type { IcalProperty } from './read/property.ts';

/** Titles stay, descriptions and the others who are invited don't. */
const STORED_PROPERTIES =
  /^(?:uid|sequence|dtstamp|dtstart|dtend|duration|rrule|rdate|exdate|recurrence-id|summary)$/;

/** Changed exceptions of one series that are kept. */
export const MAX_STORED_EVENTS = 1_000;

export interface MergeResult {
  /** Null when nothing of it is new. */
  text: string | null;
  /** `duplicate`: it was known, word for word; `outdated`: what is known is newer. */
  verdict: 'new' | 'changed' | 'duplicate' | 'outdated';
}

/**
 * @param known what was kept before
 * @param mailboxes of whom it is sent to
 */
export function mergeItip(
  known: string | null,
  object: ItipObject,
  mailboxes: readonly string[],
): MergeResult {
  const before = eventsOf(known);
  const incoming = object.events.map((event) => normaliseEvent(event, object.method === 'CANCEL', mailboxes));
  const isSeries = (event: ItipEvent) => event.recurrence === null;
  let events = before;
  let duplicates = 0;
  let seriesApplied = false;
  // The series first: it decides which of the known instances stay.
  for (const event of [...incoming.filter(isSeries), ...incoming.filter((one) => !isSeries(one))]) {
    const same = events.find(({ recurrence }) => recurrence === event.recurrence);
    if (same && isIdentical(same, event)) {
      duplicates++;
      continue;
    }
    const series = before.find(isSeries);
    if (same && !supersedes(event, same)) continue;
    if (!isSeries(event) && series && !seriesApplied && !outlives(event, series)) continue;
    if (isSeries(event)) {
      seriesApplied = true;
      events = events.filter((one) => isSeries(one) || outlives(one, event));
    }
    events = [...events.filter((one) => one !== same), event];
  }
  if (events === before) return { text: null, verdict: duplicates > 0 ? 'duplicate' : 'outdated' };
  return {
    text: formatEvents(events),
    verdict: before.some(({ cancelled }) => !cancelled) ? 'changed' : 'new',
  };
}

/** Does anything of it still hold? */
export const hasActiveEvents = (text: string | null) => eventsOf(text).some(({ cancelled }) => !cancelled);

export const countEvents = (text: string) => eventsOf(text).length;

const eventsOf = (text: string | null) =>
  text === null ? [] : readItip(text).flatMap(({ events }) => events);

/** SEQUENCE, then DTSTAMP (§2.1.5). What is as new as what is known takes its place, but doesn't revive it. */
function supersedes(event: ItipEvent, known: ItipEvent): boolean {
  const newer = event.sequence - known.sequence || event.stamp - known.stamp;
  return newer > 0 || (newer === 0 && (event.cancelled || !known.cancelled));
}

/** Whether an instance still holds beside a newer word on its series, whichever of the two came first. */
function outlives(instance: ItipEvent, series: ItipEvent): boolean {
  // A series that is over takes its instances along, which may have been changed more often than itself.
  if (series.cancelled) return instance.stamp > series.stamp && instance.sequence >= series.sequence;
  return instance.sequence >= series.sequence || instance.stamp > series.stamp;
}

const isIdentical = (a: ItipEvent, b: ItipEvent) => textOfEvent(a) === textOfEvent(b);
const textOfEvent = ({ frame, lines }: ItipEvent) => [...frame, ...lines.map(({ text }) => text)].join('\n');

/** Only what matters, said in the standard's own words. */
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

/** What it does to the time of whom it is sent to, once it is accepted. */
export function busyKindFor(event: ItipEvent, mailboxes: readonly string[]): IcalKind {
  const me = attendeeOf(event, mailboxes);
  const intendedStatus = event.lines.find(({ name }) => name === 'x-microsoft-cdo-intendedstatus');
  // Microsoft writes how it stands until it is answered, TENTATIVE, and beside that how it is meant.
  const read = event.lines.map((line): IcalProperty => {
    return line.name === 'x-microsoft-cdo-busystatus' && intendedStatus
      ? { ...line, value: intendedStatus.value }
      : line;
  });
  const kind = icalKindOf(read, new Set(me ? mailboxesOf(me) : []));
  const isTentative = /^TENTATIVE$/i.test(me?.param('partstat') ?? '');
  return isTentative && kind === 'BUSY' ? 'BUSY_TENTATIVE' : kind;
}

/** Several VCALENDARs, since two messages may mean different zones by the same name. */
function formatEvents(events: readonly ItipEvent[]): string {
  const byTimeZones = new Map<string, ItipEvent[]>();
  for (const event of events) {
    const frame = event.frame.join('\r\n');
    byTimeZones.set(frame, [...(byTimeZones.get(frame) ?? []), event]);
  }
  return [...byTimeZones]
    .flatMap(([frame, group]) => [
      ...['BEGIN:VCALENDAR', 'VERSION:2.0', ...(frame ? [frame] : [])],
      ...group.flatMap(({ lines }) => ['BEGIN:VEVENT', ...lines.map(({ text }) => text), 'END:VEVENT']),
      ...['END:VCALENDAR', ''],
    ])
    .join('\r\n');
}
