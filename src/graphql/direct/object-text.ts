/** Selections of objects compiled into functions that write their JSON text, without the execution of each field. */
import {
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { isOpenToAll } from '../schema-views.ts';
import { type CollectFields, NotUnderstood, selectionSetsOf } from './selection.ts';

/** Thrown while an answer is written that execution has to make, be it for its error. */
export class NotWritable extends Error {}

/** Whether an error says that execution has to make the answer: that of a scalar is one too. */
export const isUnwritable = (error: unknown): boolean =>
  [NotWritable, GraphQLError, RangeError].some((known) => error instanceof known);

/** What has been written of one answer. */
export interface AnswerTally {
  /** Fields of the items of its lists so far, as the field budget counts them. */
  fields: number;
  /** Bytes that its slots may still have. */
  left: number;
  /** Parts of it that are bytes already, in the order of their places in its text. */
  pieces: Buffer[];
}

/** The place of a piece in the text, which as JSON has no such character otherwise. */
export const PIECE = '\0';

/** JSON text of a value. @throws NotWritable; what a scalar throws */
export type WriteText<T> = (source: T, tally: AnswerTally) => string;

/** Makes the writer of one field. @throws NotUnderstood */
export type CompileField<T> = (
  field: GraphQLField<unknown, unknown>,
  sets: readonly SelectionSetNode[],
  collect: CollectFields,
) => WriteText<T>;

/** By name, those fields of a type that can be written. Each says what its resolver would resolve to. */
export type CompileFields<T> = Readonly<Record<string, CompileField<T>>>;

/** A field as an object's answer has it. */
interface SelectedField<T> {
  /** As JSON, its colon with it. */
  key: string;
  write: WriteText<T>;
}

/** @throws NotUnderstood for a field that isn't known, or not everybody's */
function compileSelected<T>(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  known: CompileFields<T>,
  collect: CollectFields,
): SelectedField<T>[] {
  if (!isOpenToAll(type)) throw new NotUnderstood();
  return [...collect(type, sets)].map(([alias, nodes]) => {
    const key = `${JSON.stringify(alias)}:`;
    const name = nodes[0].name.value;
    if (name === '__typename') {
      const text = JSON.stringify(type.name);
      return { key, write: () => text };
    }
    const field = type.getFields()[name];
    const compile = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!field || !compile || field.args.length > 0 || !isOpenToAll(field)) throw new NotUnderstood();
    return { key, write: compile(field, selectionSetsOf(nodes), collect) };
  });
}

function writeSelected<T>(selected: readonly SelectedField<T>[]): WriteText<T> {
  return (source, tally) => {
    let text = '{';
    for (const { key, write } of selected)
      text += `${text.length > 1 ? ',' : ''}${key}${write(source, tally)}`;
    return `${text}}`;
  };
}

/** A scalar or an enum. @param get what the field resolves to */
export const leaf =
  <T>(get: (source: T) => unknown): CompileField<T> =>
  ({ type }) => {
    const isNullable = !isNonNullType(type);
    const named = getNullableType(type);
    if (!isLeafType(named)) throw new NotUnderstood();
    return (source) => {
      const value = get(source) ?? null;
      if (value === null && isNullable) return 'null';
      const text = value === null ? undefined : JSON.stringify(named.serialize(value) ?? undefined);
      if (text === undefined) throw new NotWritable();
      return text;
    };
  };

/** An object that is never null. */
export const object =
  <T, U>(get: (source: T) => U, known: CompileFields<U>): CompileField<T> =>
  ({ type }, sets, collect) => {
    const named = getNullableType(type);
    if (!isObjectType(named)) throw new NotUnderstood();
    const write = writeSelected(compileSelected(named, sets, known, collect));
    return (source, tally) => write(get(source), tally);
  };

/** A list of objects, neither of which is ever null. */
export const list =
  <T, U>(get: (source: T) => readonly U[], known: CompileFields<U>): CompileField<T> =>
  ({ type }, sets, collect) => {
    const selected = compileSelected(itemTypeOf(type), sets, known, collect);
    const write = writeSelected(selected);
    return (source, tally) => {
      const items = get(source);
      tally.fields += items.length * Math.max(1, selected.length);
      return `[${items.map((item) => write(item, tally)).join()}]`;
    };
  };

/** @throws NotUnderstood */
export function itemTypeOf(type: GraphQLOutputType): GraphQLObjectType {
  const bare = getNullableType(type);
  const item = isListType(bare) ? getNullableType(bare.ofType) : null;
  if (!isObjectType(item)) throw new NotUnderstood();
  return item;
}
