/** Slots as JSON text, made from their columns: no slot becomes an object. */
import type { PublicHost, SlotList } from '../../offers/slot-list.ts';
import { createInstantText } from '../../time/instant-text.ts';
import { isLarge } from '../cost/lanes.ts';
import { isOpenToAll } from '../schema-views.ts';
import {
  type AnswerTally,
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

/** A piece of what slots with the same seats and hosts have in common. */
type SharedPiece =
  | { kind: 'text'; text: string }
  | { kind: 'seatsLeft' }
  | { kind: 'hosts'; write: WriteText<readonly PublicHost[]> };

/** A part of each slot: an instant with the text before it, or what the slots with the same seats and hosts have in common. */
type SlotPart = { kind: 'start' | 'end'; before: string } | { kind: 'shared'; pieces: SharedPiece[] };

/** @param get the slots of what the field belongs to */
export const slotsField =
  <T>(get: (source: T) => SlotList): CompileField<T> =>
  ({ type }, sets, collect) => {
    const slot = itemTypeOf(type);
    if (!isOpenToAll(slot)) throw new NotUnderstood();
    const groups = collect(slot, sets);
    const collector = createPartCollector();
    collector.text('{');
    let comma = '';
    for (const [alias, nodes] of groups) {
      collector.text(`${comma}${JSON.stringify(alias)}:`);
      comma = ',';
      const name = nodes[0].name.value;
      if (name === '__typename') {
        collector.text(JSON.stringify(slot.name));
        continue;
      }
      const field = slot.getFields()[name];
      if (!field || field.args.length > 0 || !isOpenToAll(field)) throw new NotUnderstood();
      if (name === 'start' || name === 'end') collector.instant(name);
      else if (name === 'seatsLeft') collector.share({ kind: name });
      else if (name === 'hosts')
        collector.share({ kind: name, write: hostsOfTeam(field, selectionSetsOf(nodes), collect) });
      else throw new NotUnderstood();
    }
    collector.text('}');
    const parts = collector.finish();
    return (source, tally) => {
      const slots = get(source);
      const { starts } = slots;
      tally.fields += starts.length * Math.max(1, groups.size);
      // More of them came than was estimated: an execution gives other work its turn meanwhile.
      if (isLarge(tally.fields)) throw new NotWritable();
      const writers = parts.map((part) => createPartWriter(part, slots, tally));
      let text = '[';
      for (let i = 0; i < starts.length; i++) {
        if (text.length > tally.left) throw new NotWritable();
        if (i > 0) text += ',';
        for (const write of writers) text += write(i);
      }
      tally.left -= text.length;
      return `${text}]`;
    };
  };

/** Joins the text of a slot's fields into as few parts as there can be. */
function createPartCollector() {
  const parts: SlotPart[] = [];
  let pieces: SharedPiece[] = [];
  /** What was not added to any part. */
  let open = '';

  function closeText() {
    if (open !== '') pieces.push({ kind: 'text', text: open });
    open = '';
  }
  function closeShared() {
    if (pieces.length > 0) parts.push({ kind: 'shared', pieces });
    pieces = [];
  }
  return {
    text(more: string) {
      open += more;
    },
    share(piece: SharedPiece) {
      closeText();
      pieces.push(piece);
    },
    instant(kind: 'start' | 'end') {
      closeShared();
      parts.push({ kind, before: `${open}"` });
      open = '"';
    },
    finish(): readonly SlotPart[] {
      closeText();
      closeShared();
      return parts;
    },
  };
}

/** @returns the text of a part, by the slot's index */
function createPartWriter(part: SlotPart, slots: SlotList, tally: AnswerTally): (i: number) => string {
  const { starts, length } = slots;
  if (part.kind === 'shared') return createSharedWriter(part.pieces, slots, tally);
  // A slot's end may lie in the day after its start: each has dates of its own.
  const write = createInstantText(part.before);
  return part.kind === 'start' ? (i) => write(starts[i] ?? 0) : (i) => write((starts[i] ?? 0) + length);
}

/** What slots with the same seats and hosts have in common is made once an answer. */
function createSharedWriter(
  pieces: readonly SharedPiece[],
  { seats, teamOf, teams }: SlotList,
  tally: AnswerTally,
): (i: number) => string {
  const made = new Map<number, { text: string; fields: number }>();

  function make(team: number, seatsLeft: number) {
    const own = { fields: 0, left: tally.left };
    const texts = pieces.map((piece) => {
      if (piece.kind === 'text') return piece.text;
      return piece.kind === 'hosts' ? piece.write(teams[team] ?? [], own) : intText(seatsLeft);
    });
    return { text: texts.join(''), fields: own.fields };
  }

  return (i) => {
    const team = teamOf[i] ?? 0;
    const seatsLeft = seats[i] ?? 0;
    const key = team * 2 ** 32 + seatsLeft;
    let known = made.get(key);
    if (!known) {
      known = make(team, seatsLeft);
      made.set(key, known);
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
