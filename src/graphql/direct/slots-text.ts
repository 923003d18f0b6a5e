/** Slots as JSON text, made from their columns: no slot becomes an object. */
import type { PublicHost, SlotList } from '../../offers/slot-list.ts';
import { createInstantText } from '../../time/instant-text.ts';
import { isLarge } from '../cost/lanes.ts';
import { isOpenToAll } from '../schema-views.ts';
import {
  type CompileField,
  type CompileFields,
  itemTypeOf,
  leaf,
  list,
  NotWritable,
  type WriteText,
} from './object-text.ts';
import { NotUnderstood, selectionSetsOf } from './selection.ts';

/** The largest Int. */
const INT_MAX = 2 ** 31 - 1;

const HOST: CompileFields<PublicHost> = {
  id: leaf(({ id }) => id),
  name: leaf(({ name }) => name),
  slug: leaf(({ slug }) => slug),
};
const hostsOfTeam = list((team: readonly PublicHost[]) => team, HOST);

/** A field of each slot, and the text before it. */
type SlotPart = { before: string } & (
  | { kind: 'start' | 'end' | 'seatsLeft' }
  | { kind: 'hosts'; write: WriteText<readonly PublicHost[]> }
);

/** @param get the slots of what the field belongs to */
export const slotsField =
  <T>(get: (source: T) => SlotList): CompileField<T> =>
  ({ type }, sets, collect) => {
    const slot = itemTypeOf(type);
    if (!isOpenToAll(slot)) throw new NotUnderstood();
    const groups = collect(slot, sets);
    const parts: SlotPart[] = [];
    let before = '{';
    let isFirst = true;
    for (const [alias, nodes] of groups) {
      before += `${isFirst ? '' : ','}${JSON.stringify(alias)}:`;
      isFirst = false;
      const name = nodes[0].name.value;
      if (name === '__typename') {
        before += JSON.stringify(slot.name);
        continue;
      }
      const field = slot.getFields()[name];
      if (!field || field.args.length > 0 || !isOpenToAll(field)) throw new NotUnderstood();
      if (name === 'hosts') {
        const write = hostsOfTeam(field, selectionSetsOf(nodes), collect);
        parts.push({ before, kind: name, write });
      } else if (name === 'start' || name === 'end' || name === 'seatsLeft')
        parts.push({ before, kind: name });
      else throw new NotUnderstood();
      before = '';
    }
    const after = `${before}}`;
    return (source, tally) => {
      const slots = get(source);
      const { starts, length, seats } = slots;
      tally.fields += starts.length * groups.size;
      // More of them came than was estimated: an execution gives other work its turn meanwhile.
      if (isLarge(tally.fields)) throw new NotWritable();
      // A slot's end may lie in the day after its start.
      const [startText, endText] = [createInstantText(), createInstantText()];
      const texts = parts.map((part) => (part.kind === 'hosts' ? createTeamText(slots, part.write) : null));
      let text = '[';
      for (let i = 0; i < starts.length; i++) {
        if (text.length > tally.left) throw new NotWritable();
        if (i > 0) text += ',';
        const start = starts[i] ?? 0;
        for (let n = 0; n < parts.length; n++) {
          const part = parts[n];
          if (!part) continue;
          text += part.before;
          if (part.kind === 'start') text += `"${startText(start)}"`;
          else if (part.kind === 'end') text += `"${endText(start + length)}"`;
          else if (part.kind === 'seatsLeft') text += intText(seats[i] ?? 0);
          else text += texts[n]?.(i, tally) ?? '';
        }
        text += after;
      }
      tally.left -= text.length;
      return `${text}]`;
    };
  };

/** The hosts of each slot: the text of a team is made once. */
function createTeamText({ teamOf, teams }: SlotList, write: WriteText<readonly PublicHost[]>) {
  const made: ({ text: string; fields: number } | undefined)[] = [];
  return (i: number, tally: { fields: number; left: number }): string => {
    const at = teamOf[i] ?? 0;
    let known = made[at];
    if (!known) {
      const own = { fields: 0, left: tally.left };
      known = { text: write(teams[at] ?? [], own), fields: own.fields };
      made[at] = known;
    }
    tally.fields += known.fields;
    return known.text;
  };
}

/** @throws NotWritable for what is no Int */
function intText(value: number): string {
  if (value > INT_MAX) throw new NotWritable();
  return `${value}`;
}
