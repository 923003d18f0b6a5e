/**
 * Is there an order of all operations on one cell (a host's half hour) that a plain list of seats would have answered
 * the same way, each operation taking effect between its call and its answer? A search after Wing and Gong, with the
 * states that led nowhere remembered, as in Porcupine.
 */

/** What an operation does to a cell, or says of it. */
export type Act =
  /** A claim takes a seat: the cell was empty, or all in it had the same key and left a seat. */
  | { do: 'take'; claim: string; key: string; seats: number }
  /** It goes; `had`: it was there. */
  | { do: 'leave'; claim: string; had: boolean }
  /** It stays, under another key: nobody else is there, or a group of that key with a seat. */
  | { do: 'move'; claim: string; key: string; seats: number }
  /** There was no seat, whether or not `without` had one. */
  | { do: 'refused'; key: string; seats: number; without: string | null }
  /** The claim was not there. */
  | { do: 'gone'; claim: string }
  /** Of the claims `of`, these are there and no others. */
  | { do: 'seen'; claims: readonly string[]; of: ReadonlySet<string> };

export interface CellOp {
  /** Called, and answered: epoch milliseconds. Infinity: at any later time. */
  from: number;
  to: number;
  /** It may never have happened. */
  optional: boolean;
  act: Act;
}

/** Claims and their keys, in the order they came. */
type Cell = ReadonlyMap<string, string>;

export type Verdict =
  | { ok: true }
  | { ok: false /** What fits nowhere, as far as the search got. */; stuck: CellOp[] };

/** Of the same cell, in any order. */
export function checkCell(history: readonly CellOp[]): Verdict {
  const ops = [...history].sort((a, b) => a.from - b.from);
  const done = new Array<boolean>(ops.length).fill(false);
  const failed = new Set<string>();
  let most = -1;
  let stuck: CellOp[] = [];

  /** Ops before this one are done, or optional. */
  function firstOpen(from: number): number {
    let at = from;
    while (at < ops.length && (done[at] || ops[at]?.optional)) at++;
    return at;
  }

  /** @param count of mandatory ones done */
  function search(cell: Cell, from: number, count: number): boolean {
    const first = firstOpen(from);
    if (first === ops.length) return true;
    const name = nameOf(cell, first);
    if (failed.has(name)) return false;
    const next = enabled(first);
    if (count > most) {
      most = count;
      stuck = next.flatMap((i) => ops[i] ?? []);
    }
    // What only looks, and is right, may as well have looked now.
    const look = next.find((i) => onlyLooks(ops[i]?.act) && apply(cell, ops[i]?.act));
    const tried = look === undefined ? next : [look];
    for (const i of tried) {
      const op = ops[i];
      const after = op && apply(cell, op.act);
      if (!after || (op.optional && after === cell)) continue;
      done[i] = true;
      if (search(after, first, count + (op.optional ? 0 : 1))) return true;
      done[i] = false;
    }
    failed.add(name);
    return false;
  }

  /** Whatever began before the first answer that is still open. */
  function enabled(first: number): number[] {
    let answered = Number.POSITIVE_INFINITY;
    for (let i = first; i < ops.length && (ops[i]?.from ?? 0) <= answered; i++) {
      if (!done[i]) answered = Math.min(answered, ops[i]?.to ?? answered);
    }
    const found: number[] = [];
    for (let i = 0; i < ops.length && (ops[i]?.from ?? 0) <= answered; i++) if (!done[i]) found.push(i);
    return found;
  }

  function nameOf(cell: Cell, first: number): string {
    let beyond = '';
    for (let i = 0; i < ops.length; i++) if (done[i] && (i > first || ops[i]?.optional)) beyond += `${i},`;
    return `${first}|${beyond}|${[...cell].sort().join(';')}`;
  }

  return search(new Map(), 0, 0) ? { ok: true } : { ok: false, stuck };
}

const onlyLooks = (act: Act | undefined) =>
  act !== undefined && (act.do === 'refused' || act.do === 'gone' || act.do === 'seen');

/** @returns the cell afterwards, the same one if nothing changed; null when it could not be so. */
function apply(cell: Cell, act: Act | undefined): Cell | null {
  switch (act?.do) {
    case 'take':
      return !cell.has(act.claim) && hasSeat(cell, act.key, act.seats)
        ? new Map([...cell, [act.claim, act.key]])
        : null;
    case 'leave':
      if (!cell.has(act.claim)) return act.had ? null : cell;
      return without(cell, act.claim);
    case 'move': {
      const rest = without(cell, act.claim);
      return cell.has(act.claim) && hasSeat(rest, act.key, act.seats)
        ? new Map([...rest, [act.claim, act.key]])
        : null;
    }
    case 'refused':
      return hasSeat(act.without === null ? cell : without(cell, act.without), act.key, act.seats)
        ? null
        : cell;
    case 'gone':
      return cell.has(act.claim) ? null : cell;
    case 'seen': {
      const there = [...cell.keys()].filter((claim) => act.of.has(claim));
      return there.length === act.claims.length && act.claims.every((claim) => cell.has(claim)) ? cell : null;
    }
    default:
      return null;
  }
}

const without = (cell: Cell, claim: string): Cell => new Map([...cell].filter(([other]) => other !== claim));

const hasSeat = (cell: Cell, key: string, seats: number) =>
  cell.size < seats && [...cell.values()].every((other) => other === key);
