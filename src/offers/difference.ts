/** What differs between two lists of slots. */
import { pick, type SlotList } from './slot-list.ts';

/** A slot is its times, hosts and seats: one that differs in any of them was removed and added. */
export function difference(from: SlotList, to: SlotList): { added: SlotList; removed: SlotList } {
  const removed: number[] = [];
  const added: number[] = [];
  const sameTeam = teamsOf(from, to);
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
  return { added: pick(to, added), removed: pick(from, removed) };
}

/** Per team of one list its place in the other; undefined: it isn't there. */
function teamsOf(from: SlotList, to: SlotList): (number | undefined)[] {
  const places = new Map(to.teams.map((team, i) => [JSON.stringify(team), i]));
  return from.teams.map((team) => places.get(JSON.stringify(team)));
}
