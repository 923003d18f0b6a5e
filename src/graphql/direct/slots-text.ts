/** Slots as JSON text, made from their columns: no slot becomes an object. */

import { cutOf, type SlotCut } from '../../offers/day-slots.ts';
import type { PublicHost, SlotList } from '../../offers/slot-list.ts';
import { createInstantText } from '../../time/instant-text.ts';
import { isOpenToAll } from '../schema-views.ts';
import {
  type AnswerTally,
  type CompileField,
  type CompileFields,
  isUnwritable,
  itemTypeOf,
  leaf,
  list,
  NotWritable,
  PIECE,
  type WriteText,
} from './object-text.ts';
import { NotUnderstood, selectionSetsOf } from './selection.ts';

/** Slots that are written in a row: more of them an execution makes, which gives other work its turn meanwhile. */
export const SLOTS_MAX = 5_000;
/** Slots that are written, so that their text is there for further parts of them, are so many times those of the first part at most. */
const AHEAD_MAX = 4;

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
    /** Null where none can be kept. */
    const known = new WeakMap<SlotList, KeptText | null>();

    function keptText({ whole, first, past, reserve }: SlotCut, most: number): KeptText | null {
      const found = known.get(whole);
      if (found !== undefined) return found;
      const count = whole.starts.length;
      if (count > SLOTS_MAX || count > AHEAD_MAX * (past - first)) return null;
      const made = writeWhole(parts, whole, most);
      const kept = made && reserve(sizeOf(made)) ? made : null;
      known.set(whole, kept);
      return kept;
    }

    return (source, tally) => {
      const slots = get(source);
      const count = slots.starts.length;
      if (count > SLOTS_MAX) throw new NotWritable();
      tally.fields += count * Math.max(1, groups.size);
      if (count === 0) return '[]';
      const cut = cutOf(slots);
      const kept = cut && keptText(cut, tally.left);
      const written = kept ?? writeSlots(parts, slots, tally.left);
      const [first, past] = kept ? [cut.first, cut.past] : [0, count];
      const bytes = written.bytes.subarray(written.begins[first], (written.begins[past] as number) - 1);
      if (bytes.length > tally.left) throw new NotWritable();
      tally.left -= bytes.length;
      tally.pieces.push(bytes);
      tally.fields += (written.fields[past] as number) - (written.fields[first] as number);
      return `[${PIECE}]`;
    };
  };

/** Slots as items of a list, one after the other with a comma behind each. */
interface KeptText {
  bytes: Buffer;
  /** Per slot, where it begins; and where the last one ends. */
  begins: Uint32Array;
  /** Per slot, the fields of lists in those before it; and in all of them. */
  fields: Uint32Array;
}

/** @param most bytes */
function writeSlots(parts: readonly SlotPart[], slots: SlotList, most: number): KeptText {
  const count = slots.starts.length;
  const [begins, fields] = [new Uint32Array(count + 1), new Uint32Array(count + 1)];
  const lists: AnswerTally = { fields: 0, left: most, pieces: [] };
  const writers = parts.map((part) => createPartWriter(part, slots, lists));
  let text = '';
  let size = 0;
  for (let i = 0; i < count; i++) {
    if (size > most) throw new NotWritable();
    let slot = '';
    for (const write of writers) slot += write(i);
    text += `${slot},`;
    size += Buffer.byteLength(slot) + 1;
    begins[i + 1] = size;
    fields[i + 1] = lists.fields;
  }
  return { bytes: Buffer.from(text), begins, fields };
}

/** @returns null where that can't be: a part may be written nonetheless */
function writeWhole(parts: readonly SlotPart[], slots: SlotList, most: number): KeptText | null {
  try {
    return writeSlots(parts, slots, most);
  } catch (error) {
    if (isUnwritable(error)) return null;
    throw error;
  }
}

const sizeOf = ({ bytes, begins, fields }: KeptText) => bytes.length + begins.byteLength + fields.byteLength;

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
    const own: AnswerTally = { fields: 0, left: tally.left, pieces: [] };
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
