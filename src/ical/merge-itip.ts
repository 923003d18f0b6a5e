/** What is kept of an invitation: its events as iCalendar text, the newest word on each; and how a message changes it. */
import { attendeeOf, type ItipEvent, type ItipObject, mailboxesOf, readItip } from './itip.ts';
import { type IcalKind, kindOf } from './read/event.ts';
import type { Property } from './read/property.ts';

/** Titles stay, descriptions and the others who are invited don't. */
const KEPT = /^(?:uid|sequence|dtstamp|dtstart|dtend|duration|rrule|rdate|exdate|recurrence-id|summary)$/;

/** Changed exceptions of one series that are kept. */
export const MOST_EVENTS = 1_000;

export interface Kept {
  /** Null when nothing of it is new. */
  text: string | null;
  /** `duplicate`: it was known, word for word; `outdated`: what is known is newer. */
  verdict: 'new' | 'changed' | 'duplicate' | 'outdated';
}

/**
 * @param known what was kept before
 * @param mailboxes of whom it is sent to
 */
export function keep(known: string | null, object: ItipObject, mailboxes: readonly string[]): Kept {
  const before = eventsOf(known);
  const incoming = object.events.map((event) => normal(event, object.method === 'CANCEL', mailboxes));
  const ofSeries = (event: ItipEvent) => event.recurrence === null;
  let events = before;
  let duplicates = 0;
  let seriesApplied = false;
  // The series first: it decides which of the known instances stay.
  for (const event of [...incoming.filter(ofSeries), ...incoming.filter((one) => !ofSeries(one))]) {
    const same = events.find(({ recurrence }) => recurrence === event.recurrence);
    if (same && sameText(same, event)) {
      duplicates++;
      continue;
    }
    const series = before.find(ofSeries);
    if (same && !supersedes(event, same)) continue;
    if (!ofSeries(event) && series && !seriesApplied && !outlives(event, series)) continue;
    if (ofSeries(event)) {
      seriesApplied = true;
      events = events.filter((one) => ofSeries(one) || outlives(one, event));
    }
    events = [...events.filter((one) => one !== same), event];
  }
  if (events === before) return { text: null, verdict: duplicates > 0 ? 'duplicate' : 'outdated' };
  return { text: textOf(events), verdict: before.some(({ cancelled }) => !cancelled) ? 'changed' : 'new' };
}

/** Does anything of it still hold? */
export const isLive = (text: string | null) => eventsOf(text).some(({ cancelled }) => !cancelled);

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

const sameText = (a: ItipEvent, b: ItipEvent) => joined(a) === joined(b);
const joined = ({ frame, lines }: ItipEvent) => [...frame, ...lines.map(({ text }) => text)].join('\n');

/** Only what matters, said in the standard's own words. */
function normal(event: ItipEvent, cancelled: boolean, mailboxes: readonly string[]): ItipEvent {
  const over = cancelled || event.cancelled;
  const state = over ? ['STATUS:CANCELLED'] : STATE[takes(event, mailboxes)];
  const [again] = readItip(
    textOf([
      { ...event, lines: [...event.lines.filter(({ name }) => KEPT.test(name)), ...state.map(plain)] },
    ]),
  );
  return again?.events[0] ?? event;
}

const plain = (text: string) => ({ text, name: '', type: '', value: '', param: () => null });

const STATE: Record<IcalKind, string[]> = {
  BUSY: [],
  BUSY_TENTATIVE: ['STATUS:TENTATIVE'],
  BUSY_UNAVAILABLE: ['X-MICROSOFT-CDO-BUSYSTATUS:OOF'],
  FREE: ['TRANSP:TRANSPARENT'],
};

/** What it does to the time of whom it is sent to, once it is accepted. */
export function takes(event: ItipEvent, mailboxes: readonly string[]): IcalKind {
  const me = attendeeOf(event, mailboxes);
  const intended = event.lines.find(({ name }) => name === 'x-microsoft-cdo-intendedstatus');
  // Microsoft writes how it stands until it is answered, TENTATIVE, and beside that how it is meant.
  const read = event.lines.map((line): Property => {
    return line.name === 'x-microsoft-cdo-busystatus' && intended ? { ...line, value: intended.value } : line;
  });
  const kind = kindOf(read, new Set(me ? mailboxesOf(me) : []));
  const unsure = /^TENTATIVE$/i.test(me?.param('partstat') ?? '');
  return unsure && kind === 'BUSY' ? 'BUSY_TENTATIVE' : kind;
}

/** Several VCALENDARs, since two messages may mean different zones by the same name. */
function textOf(events: readonly ItipEvent[]): string {
  const byFrame = new Map<string, ItipEvent[]>();
  for (const event of events) {
    const frame = event.frame.join('\r\n');
    byFrame.set(frame, [...(byFrame.get(frame) ?? []), event]);
  }
  return [...byFrame]
    .flatMap(([frame, own]) => [
      ...['BEGIN:VCALENDAR', 'VERSION:2.0', ...(frame ? [frame] : [])],
      ...own.flatMap(({ lines }) => ['BEGIN:VEVENT', ...lines.map(({ text }) => text), 'END:VEVENT']),
      ...['END:VCALENDAR', ''],
    ])
    .join('\r\n');
}
