/** What an answer was made from, so that an equal request can be given the same answer for as long as it holds. */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { earlier } from '../offers/freshness.ts';
import type { Availability, AvailabilityRequest } from '../offers/query.ts';
import type { Instant } from '../time/clock.ts';

/** Kept by the resolvers of fields whose answers may be shared. */
export interface AnswerBasis {
  /** Before an availability is computed. */
  ask(request: AvailabilityRequest): void;
  /** Once it is computed. */
  add(availability: Availability): void;
  /** Null where the answer is for its own caller alone. */
  result(): AnswerSources | null;
}

/** All that an answer depends on beside the request. */
export interface AnswerSources {
  /** Cache keys whose values it was made from. */
  keys: ReadonlySet<string>;
  /** When the oldest part of it was computed; null: no part was. */
  computedAt: Instant | null;
  /** Instant at which time alone may change it; null: never. */
  changesAt: Instant | null;
  /** In the order in which they were computed. */
  parts: readonly Availability[];
}

/** @param onPrivate is called, once, as soon as it is known that the answer is for its own caller alone */
export function createAnswerBasis(onPrivate: () => void): AnswerBasis {
  const parts: Availability[] = [];
  let isPrivate = false;
  return {
    ask({ consistency, maxAge, without }) {
      // Providers are asked on behalf of this caller, or a token says who asks.
      const isShareable = consistency === 'CACHED' && maxAge === null && without === null;
      if (isShareable || isPrivate) return;
      isPrivate = true;
      onPrivate();
    },
    add: (availability) => void parts.push(availability),
    result() {
      if (isPrivate) return null;
      return {
        keys: new Set(parts.flatMap(({ dependencies }) => [...dependencies.keys()])),
        computedAt: parts.reduce<Instant | null>((least, part) => earlier(least, part.computedAt), null),
        changesAt: parts.reduce<Instant | null>((least, part) => earlier(least, part.changesAt), null),
        parts,
      };
    },
  };
}

/** Root fields that tell all that their answer depends on. */
const SHAREABLE = new Set(['availability', '__typename']);

const known = new WeakMap<DocumentNode, Map<string, boolean>>();

/**
 * Whether the operation is a query for nothing but what tells its basis, whatever its variables.
 * @param document one that is valid
 */
export function isShareableOperation(document: DocumentNode, operationName: string | null): boolean {
  const byName = known.get(document) ?? new Map<string, boolean>();
  known.set(document, byName);
  const name = operationName ?? '';
  const isShareable = byName.get(name) ?? asksShareableAlone(document, operationName);
  byName.set(name, isShareable);
  return isShareable;
}

function asksShareableAlone(document: DocumentNode, operationName: string | null): boolean {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.QUERY) return false;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const isShareable = ({ selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      if (selection.kind === Kind.FIELD) return SHAREABLE.has(selection.name.value);
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      return inner !== undefined && isShareable(inner.selectionSet);
    });
  return isShareable(operation.selectionSet);
}
