/** What clients did and were answered, and what it says of each host's half hours. */
import type { Act, CellOp } from './checker.fixture.ts';

export const CELL = 30 * 60_000;
/** Clocks are read a moment before or after what they stand for. */
const SLACK = 5;

/** An event type of the race: no buffers, no limits, no fixed hosts. */
export interface RaceType {
  id: string;
  scheduling: 'SINGLE' | 'COLLECTIVE' | 'ROUND_ROBIN' | 'QUORUM';
  hosts: readonly string[];
  /** Of QUORUM. */
  quorum: number;
  /** Milliseconds, whole cells. */
  length: number;
  seats: number;
}

export interface Timed {
  from: number;
  /** Infinity: nobody answered. */
  to: number;
}

/** A slot at the hosts that were assigned. */
export interface Place {
  start: number;
  hosts: readonly string[];
}

type Refusal = 'SlotTaken' | 'SlotNotOffered';

export type Recorded = Timed &
  (
    | {
        op: 'hold';
        type: RaceType;
        start: number;
        answer:
          | { is: 'SlotHold'; claim: string; hosts: readonly string[]; expiresAt: number }
          | Refusal
          | 'unknown';
      }
    | { op: 'release'; claim: string; answer: boolean | 'unknown' }
    | {
        op: 'confirm';
        claim: string;
        answer:
          | ({ is: 'Booking'; booking: string } & Place)
          | 'SlotTaken'
          | 'HoldExpired'
          | 'SourceStale'
          | 'unknown';
      }
    | { op: 'cancel'; claim: string; answer: 'Booking' | 'BookingNotFound' | 'unknown' }
    | {
        op: 'reschedule';
        claim: string;
        start: number;
        answer: ({ is: 'Booking' } & Place) | Refusal | 'SourceStale' | 'BookingNotFound' | 'unknown';
      }
  );

/** What is there at the end, by claim. */
export interface Ending {
  at: number;
  booked: ReadonlyMap<string, Place>;
}

export interface Check {
  types: readonly RaceType[];
  /** In the order in which each claim's own client did it. */
  history: readonly Recorded[];
  /** How long after an answer to confirm its hold may still live, at most: milliseconds. */
  prolonged: number;
  /** How far the clocks of the gateways, by which holds end, may be from that of the visitors: milliseconds; 0 by default. */
  skew?: number;
  ending: Ending | null;
}

/** The cells of a host from `start` on, for `length` milliseconds. */
export const cellsAt = (host: string, start: number, length: number) =>
  Array.from({ length: length / CELL }, (_, i) => `${host} ${start + i * CELL}`);

const placeCells = ({ hosts, start }: Place, { length }: RaceType) =>
  hosts.flatMap((host) => cellsAt(host, start, length));

const keyOf = (type: RaceType, start: number) => `${type.id}@${start}`;

/** Where a claim is, and what is known of its end. */
interface Claim {
  type: RaceType;
  place: Place;
  from: number;
  expiresAt: number;
  booked: boolean;
  ended: boolean;
  /** Nobody knows what became of it. */
  uncertain: boolean;
  /** Until when a confirm may have kept it alive. */
  until: number;
}

/** The history of each cell. */
export function cellsOf({ history, prolonged, skew = 0, ending }: Check): Map<string, CellOp[]> {
  const cells = new Map<string, CellOp[]>();
  const claims = new Map<string, Claim>();

  function add(names: readonly string[], { from, to }: Timed, act: Act, optional = false) {
    for (const name of names) {
      const ops = cells.get(name) ?? [];
      if (!cells.has(name)) cells.set(name, ops);
      ops.push({ from: from - SLACK, to: to + SLACK, act, optional });
    }
  }

  /** Where one cell decides alone, a refusal says that it was taken. */
  function refused(type: RaceType, start: number, when: Timed, own: string | null) {
    if (type.scheduling !== 'SINGLE' || type.length !== CELL) return;
    const act: Act = { do: 'refused', key: keyOf(type, start), seats: type.seats, without: own };
    add(placeCells({ start, hosts: type.hosts }, type), when, act);
  }

  function relocate(id: string, claim: Claim, to: Place, when: Timed) {
    const { type, place } = claim;
    const [before, after] = [placeCells(place, type), placeCells(to, type)];
    const seat = { claim: id, key: keyOf(type, to.start), seats: type.seats };
    add(
      before.filter((cell) => !after.includes(cell)),
      when,
      { do: 'leave', claim: id, had: true },
    );
    add(
      after.filter((cell) => !before.includes(cell)),
      when,
      { do: 'take', ...seat },
    );
    if (place.start !== to.start) {
      add(
        before.filter((cell) => after.includes(cell)),
        when,
        { do: 'move', ...seat },
      );
    }
    claim.place = to;
  }

  let unknown = 0;
  for (const record of history) {
    const claim = 'claim' in record ? claims.get(record.claim) : undefined;
    if (record.op === 'hold') {
      const { type, start, answer } = record;
      if (answer === 'SlotTaken') refused(type, start, record, null);
      if (answer === 'unknown') {
        const id = `unknown-${unknown++}`;
        const names = placeCells({ start, hosts: type.hosts }, type);
        const ever = { from: record.from, to: Number.POSITIVE_INFINITY };
        add(names, ever, { do: 'take', claim: id, key: keyOf(type, start), seats: type.seats }, true);
        add(names, ever, { do: 'leave', claim: id, had: true }, true);
      }
      if (typeof answer === 'string') continue;
      const place = { start, hosts: answer.hosts };
      const { claim: id, expiresAt } = answer;
      add(placeCells(place, type), record, {
        do: 'take',
        claim: id,
        key: keyOf(type, start),
        seats: type.seats,
      });
      const state = { booked: false, ended: false, uncertain: false };
      claims.set(id, { type, place, from: record.from, expiresAt, until: expiresAt, ...state });
    }
    if (!claim || !('claim' in record)) continue;
    const here = placeCells(claim.place, claim.type);
    const { claim: id, answer } = record;
    const ever = { from: record.from, to: Number.POSITIVE_INFINITY };
    if (answer === 'unknown') {
      claim.uncertain = true;
      if (record.op !== 'confirm') add(here, ever, { do: 'leave', claim: id, had: true }, true);
      if (record.op === 'reschedule') {
        const { type } = claim;
        const there = placeCells({ start: record.start, hosts: type.hosts }, type);
        const seat = { claim: id, key: keyOf(type, record.start), seats: type.seats };
        add(
          there.filter((cell) => !here.includes(cell)),
          ever,
          { do: 'take', ...seat },
          true,
        );
        add(
          there.filter((cell) => here.includes(cell)),
          ever,
          { do: 'move', ...seat },
          true,
        );
      }
      continue;
    }
    switch (record.op) {
      case 'release':
        if (answer === true) add(here, record, { do: 'leave', claim: id, had: true });
        else if (!claim.booked) add(here, record, { do: 'gone', claim: id });
        claim.ended ||= answer === true;
        break;
      case 'confirm':
        claim.until = Math.max(claim.until, record.to + prolonged);
        if (answer === 'HoldExpired') add(here, record, { do: 'gone', claim: id });
        if (answer === 'SlotTaken') claim.ended = true;
        if (typeof record.answer === 'string') break;
        if (!claim.booked) relocate(id, claim, record.answer, record);
        claim.booked = true;
        break;
      case 'cancel':
        if (answer === 'Booking' && !claim.ended) add(here, record, { do: 'leave', claim: id, had: true });
        claim.ended ||= answer === 'Booking';
        break;
      case 'reschedule':
        if (answer === 'SlotTaken') refused(claim.type, record.start, record, id);
        if (typeof record.answer !== 'string') relocate(id, claim, record.answer, record);
        break;
    }
  }

  for (const [id, claim] of claims) {
    if (claim.booked || claim.ended) continue;
    const when = {
      from: Math.max(claim.from, claim.expiresAt - skew),
      to: claim.uncertain ? Number.POSITIVE_INFINITY : claim.until + skew,
    };
    const here = placeCells(claim.place, claim.type);
    add(here, when, { do: 'leave', claim: id, had: claim.uncertain }, claim.uncertain);
  }
  if (ending) {
    const of = new Set(
      [...claims].flatMap(([id, { booked, uncertain }]) => (booked && !uncertain ? [id] : [])),
    );
    const there = new Map<string, string[]>();
    for (const [id, place] of ending.booked) {
      const claim = claims.get(id);
      if (!claim || !of.has(id)) continue;
      for (const cell of placeCells(place, claim.type)) there.set(cell, [...(there.get(cell) ?? []), id]);
    }
    const when = { from: ending.at + 2 * SLACK, to: Number.POSITIVE_INFINITY };
    for (const name of new Set([...cells.keys(), ...there.keys()])) {
      add([name], when, { do: 'seen', claims: there.get(name) ?? [], of });
    }
  }
  return cells;
}
