/** Where the instances of a read are gathered: within the window, each once, and not without end. */
import type { Instant } from '../../time/clock.ts';
import type { IcalKind } from './event.ts';

/** One instance of an event. */
export interface IcalEvent {
  uid: string;
  /** When the series has it, wherever it was moved; null for an event of its own. Unique for its UID. */
  recurrenceId: Instant | null;
  start: Instant;
  /** Not before `start`. */
  end: Instant;
  /** Its bounds are local midnights of the calendar's zone. */
  allDay: boolean;
  kind: IcalKind;
  title: string | null;
}

export interface Instances {
  /** What lies outside the window is left out. */
  add(event: IcalEvent): void;
  /** From here to the window's end nothing is known, so all of it is taken. */
  fill(uid: string, from: Instant): void;
  partial(): void;
  /** The whole window is taken by what didn't fit: nothing more can be said. */
  isFull(): boolean;
  result(): { events: IcalEvent[]; partial: boolean };
}

/** What takes more first. */
const KINDS: readonly IcalKind[] = ['BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE', 'FREE'];

export function createInstances(window: { from: Instant; to: Instant }, maxInstances: number): Instances {
  const { from, to } = window;
  const events = new Map<string, Map<Instant | null, IcalEvent>>();
  let count = 0;
  let full = false;
  let partial = false;

  function insert(event: IcalEvent): void {
    let byRecurrence = events.get(event.uid);
    if (!byRecurrence) {
      byRecurrence = new Map();
      events.set(event.uid, byRecurrence);
    }
    const other = byRecurrence.get(event.recurrenceId);
    byRecurrence.set(event.recurrenceId, other ? mergeInstances(other, event) : event);
    if (!other) count++;
  }

  return {
    add(event) {
      const { start, end } = event;
      const within = start < to && (end > from || (start === end && start >= from));
      if (!within || !Number.isFinite(start) || !Number.isFinite(end)) return;
      if (count < maxInstances) insert(event);
      else {
        partial = true;
        full = true;
        // Whatever comes now, it is in here.
        insert({
          uid: 'too-many',
          recurrenceId: null,
          start: from,
          end: to,
          allDay: false,
          kind: 'BUSY',
          title: null,
        });
      }
    },
    fill(uid, begin) {
      if (begin >= to) return;
      partial = true;
      const start = Math.max(from, begin);
      insert({ uid, recurrenceId: start, start, end: to, allDay: false, kind: 'BUSY', title: null });
    },
    partial() {
      partial = true;
    },
    isFull: () => full,
    result: () => ({
      events: [...events.values()].flatMap((byRecurrence) => [...byRecurrence.values()]),
      partial,
    }),
  };
}

/** Two that claim to be the same instance, and neither is newer: the time of both is taken. */
function mergeInstances(a: IcalEvent, b: IcalEvent): IcalEvent {
  if (a.kind === 'FREE' || b.kind === 'FREE') return a.kind === 'FREE' ? b : a;
  const kind = KINDS.find((one) => one === a.kind || one === b.kind) ?? 'BUSY';
  return {
    ...a,
    start: Math.min(a.start, b.start),
    end: Math.max(a.end, b.end),
    allDay: a.allDay && b.allDay,
    kind,
  };
}
