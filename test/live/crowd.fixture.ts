/** A shared query whose answers the test gives, and viewers who check its events against what they got before. */
import { expect } from 'vitest';
import type { EventSink, InitialState, Subscription } from '../../src/live/audience.ts';
import { type AvailabilityUpdate, differs } from '../../src/live/delta.ts';
import type { Revision, SharedQuery } from '../../src/live/shared-query.ts';
import type { Availability } from '../../src/offers/query.ts';
import { answerOf, type Said } from './stage.fixture.ts';

/** What viewers are sent: each event by itself. */
export interface Rendered {
  event: AvailabilityUpdate;
}

export function fakeQuery(first: Said | null = { starts: [1] }) {
  let latest: Revision | null = null;
  let turns = 0;
  let over = false;
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const onChange of [...listeners]) onChange();
  };
  /** As the query does: an answer that is no news notifies no listener. */
  function answer(said: Said): Availability {
    const made = answerOf(said);
    const isNews = latest === null || differs(latest.answer, made);
    latest = { sequence: ++turns, answer: made };
    if (isNews) notify();
    return made;
  }
  if (first) answer(first);
  const query: SharedQuery = {
    current: async () => latest ?? expect.fail('no answer'),
    latest: () => latest,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    isOver: () => over,
    recall: () => undefined,
    holdsFacts: async () => true,
    invalidate() {},
    close() {
      over = true;
      notify();
    },
  };
  return {
    query,
    answer,
    latest: () => latest?.answer ?? expect.fail('no answer'),
    listeners: () => listeners.size,
  };
}

const textOf = ({ slots }: Pick<Availability, 'slots'>) =>
  Array.from(slots.starts, (start, i) => `${start}/${slots.seats[i]}`);

/** With room for so many events; `take` makes more. */
export function fakeViewer(
  { clientSlots }: Pick<InitialState, 'clientSlots'>,
  room = Number.POSITIVE_INFINITY,
) {
  let etag = clientSlots?.etag ?? null;
  let slots = clientSlots ? textOf({ slots: clientSlots.slots }) : [];
  let left = room;
  /** The last answer that it got; null: none. */
  let delivered: Availability | null = null;
  let subscription: Subscription | null = null;
  const viewer = {
    events: [] as AvailabilityUpdate[],
    ended: 0,
    gone: 0,
    sink: {
      ready: () => left > 0,
      send({ event }) {
        expect(viewer.ended + viewer.gone, 'events after the end').toBe(0);
        expect(left, 'no event comes unasked for').toBeGreaterThan(0);
        left--;
        viewer.events.push(event);
        if (event.type === 'snapshot') {
          expect(etag, 'a snapshot is for who clientSlots nothing').toBeNull();
          slots = textOf(event.availability);
          delivered = event.availability;
        } else {
          const { fromEtag, to, added, removed } = event.delta;
          expect(fromEtag).toBe(etag);
          if (delivered) expect(differs(delivered, to), 'no event comes twice').toBe(true);
          const gone = textOf({ slots: removed });
          expect(slots).toEqual(expect.arrayContaining(gone));
          slots = [...slots.filter((slot) => !gone.includes(slot)), ...textOf({ slots: added })];
          delivered = to;
        }
        ({ etag } = delivered);
        expect(slots.sort()).toEqual(textOf(delivered).sort());
      },
      end: () => void viewer.ended++,
    } satisfies EventSink<Rendered>,
    left: () => void viewer.gone++,
    subscribe(
      audience: {
        subscribe(sink: EventSink<Rendered>, beginning: InitialState, left: () => void): Subscription;
      },
      first?: Availability,
    ) {
      subscription = audience.subscribe(
        viewer.sink,
        { first: first ?? null, clientSlots, clientHasFacts: true },
        viewer.left,
      );
      return viewer;
    },
    take(more = 1) {
      left = Math.min(left + more, Math.max(room, 1));
      subscription?.resume();
    },
    /** As when others write to the same wire. */
    fill() {
      left = 0;
    },
    leave: () => subscription?.unsubscribe(),
    /** Does it hold what the latest answer is? Of an etag that it came with it knows nothing but the slots. */
    isAt: (latest: Availability) =>
      delivered
        ? !differs(delivered, latest)
        : etag === latest.etag && slots.join() === textOf(latest).join(),
  };
  return viewer;
}
