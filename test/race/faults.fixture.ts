/** What of a history can't have been. */
import { type CellOp, checkCell } from './checker.fixture.ts';
import { type Check, cellsAt, cellsOf, type RaceType, type Timed } from './history.fixture.ts';

/** @returns what can't have been, in words; nothing when all is well. */
export function faultsOf(check: Check): string[] {
  const faults: string[] = [];
  const bookings = new Map<string, string>();
  const claims = new Map<string, string>();
  for (const record of check.history) {
    if (record.op !== 'confirm') continue;
    const { claim, answer } = record;
    if (answer === 'SlotTaken') faults.push(`the hold ${claim} lost its slot`);
    if (typeof answer === 'string') continue;
    if ((bookings.get(claim) ?? answer.booking) !== answer.booking) faults.push(`two bookings of ${claim}`);
    if ((claims.get(answer.booking) ?? claim) !== claim) faults.push(`${answer.booking} of two holds`);
    bookings.set(claim, answer.booking);
    claims.set(answer.booking, claim);
  }
  const cells = cellsOf(check);
  for (const [cell, ops] of cells) {
    const verdict = checkCell(ops);
    if (!verdict.ok) faults.push(`${cell}: ${verdict.stuck.map(received).join('\n    ')}`);
  }
  return [...faults, ...needlessRefusals(check, cells)];
}

const received = ({ from, to, optional, act }: CellOp) =>
  `[${from}, ${to}]${optional ? '?' : ''} ${JSON.stringify(act)}`;

/** Where a team or several cells decide, a refusal can only be checked for this: somebody may have been in the way. */
function needlessRefusals(
  { history, types }: Check,
  cells: ReadonlyMap<string, readonly CellOp[]>,
): string[] {
  const claimTypes = new Map<string, RaceType>();
  const faults: string[] = [];
  for (const record of history) {
    if (record.op === 'hold' && typeof record.answer !== 'string')
      claimTypes.set(record.answer.claim, record.type);
    if (record.op !== 'hold' && record.op !== 'reschedule') continue;
    const type = record.op === 'hold' ? record.type : claimTypes.get(record.claim);
    if (!type || !types.includes(type)) continue;
    const own = record.op === 'hold' ? null : record.claim;
    if (record.answer === 'SlotNotOffered') faults.push(`${type.id} was not offered at ${record.start}`);
    if (record.answer !== 'SlotTaken') continue;
    const opposed = type.hosts.filter((host) =>
      cellsAt(host, record.start, type.length).some((cell) => mayBeTaken(cells.get(cell) ?? [], record, own)),
    ).length;
    const needed = {
      SINGLE: 1,
      COLLECTIVE: 1,
      ROUND_ROBIN: type.hosts.length,
      QUORUM: type.hosts.length - type.quorum + 1,
    };
    if (opposed < needed[type.scheduling]) faults.push(`${type.id} at ${record.start} was refused and free`);
  }
  return faults;
}

/** May anybody but `own` have been in this cell at some instant of `when`? */
function mayBeTaken(ops: readonly CellOp[], when: Timed, own: string | null): boolean {
  return ops.some(({ act, from }, i) => {
    if ((act.do !== 'take' && act.do !== 'move') || act.claim === own || from > when.to) return false;
    // A claim that left may have come back: only the leave that follows ends this stay.
    const left = ops
      .slice(i + 1)
      .find((op) => op.act.do === 'leave' && op.act.claim === act.claim && !op.optional);
    return !left || left.to >= when.from;
  });
}
