/** Collects the instances of a read: within the window, without duplicates, up to a limit. */
import type { Instant } from '../../time/clock.ts';
import type { IcalKind } from './event.ts';

/** One instance of an event. */
export interface IcalEvent {
  uid: string;
  /** The instance's start in its series, also when it was moved; null for a single event. Unique for its UID. */
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
  /** Adds an instance; one outside the window is ignored. */
  add(event: IcalEvent): void;
  /** Marks the time from here to the window's end as busy, since nothing is known about it. */
  fill(uid: string, from: Instant): void;
  /** An event's place in time is in doubt; all the time that it may take was added. */
  markHeld(): void;
  /** Something may take time anywhere, and none was added for it. */
  markPartial(): void;
  /** The limit was reached, and the whole window counts as busy. */
  isFull(): boolean;
  result(): { events: IcalEvent[]; partial: boolean; held: boolean };
}

/** Highest precedence first. */
const KINDS: readonly IcalKind[] = ['BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE', 'FREE'];

export function createInstances(window: { from: Instant; to: Instant }, maxInstances: number): Instances {
  const { from, to } = window;
  const events = new Map<string, Map<Instant | null, IcalEvent>>();
  let count = 0;
  let full = false;
  let held = false;
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
        held = true;
        full = true;
        // All further instances lie within this one.
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
      held = true;
      const start = Math.max(from, begin);
      insert({ uid, recurrenceId: start, start, end: to, allDay: false, kind: 'BUSY', title: null });
    },
    markHeld() {
      held = true;
    },
    markPartial() {
      partial = true;
    },
    isFull: () => full,
    result: () => ({
      events: [...events.values()].flatMap((byRecurrence) => [...byRecurrence.values()]),
      partial: partial || held,
      held: held && !partial,
    }),
  };
}

/** Two equally new versions of one instance: the time of both is busy. */
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
