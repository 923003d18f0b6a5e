/** Difference between two lists of slots. */
import { pickSlots, type SlotList } from './slot-list.ts';

/** A slot is its times, hosts and seats: one that differs in any of them was removed and added. */
export function diffSlots(from: SlotList, to: SlotList): { added: SlotList; removed: SlotList } {
  const removed: number[] = [];
  const added: number[] = [];
  const sameTeam = matchTeams(from, to);
  const sameLength = from.length === to.length;
  let [i, j] = [0, 0];
  while (i < from.starts.length || j < to.starts.length) {
    const before = from.starts[i] ?? Number.POSITIVE_INFINITY;
    const after = to.starts[j] ?? Number.POSITIVE_INFINITY;
    const same =
      before === after &&
      sameLength &&
      from.seats[i] === to.seats[j] &&
      sameTeam[from.teamOf[i] ?? -1] === to.teamOf[j];
    if (before <= after) {
      if (!same) removed.push(i);
      i++;
    }
    if (after <= before) {
      if (!same) added.push(j);
      j++;
    }
  }
  return { added: pickSlots(to, added), removed: pickSlots(from, removed) };
}

/** Index in the other list of each team of one list; undefined where the other list lacks the team. */
function matchTeams(from: SlotList, to: SlotList): (number | undefined)[] {
  const indices = new Map(to.teams.map((team, i) => [JSON.stringify(team), i]));
  return from.teams.map((team) => indices.get(JSON.stringify(team)));
}
