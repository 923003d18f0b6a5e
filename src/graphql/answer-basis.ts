/** What an answer was made from, so that an equal request can be given the same answer for as long as it holds. */
import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { earlier } from '../offers/freshness.ts';
import type { Availability, AvailabilityRequest } from '../offers/query.ts';
import type { Instant } from '../time/clock.ts';

/** Kept by the resolvers of fields whose answers may be shared. */
export interface AnswerBasis {
  /** Before an availability is computed. */
  ask(request: AvailabilityRequest): void;
  /** Once it is computed. */
  add(request: AvailabilityRequest, availability: Availability): void;
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
  /** In an order that is the same for equal requests. */
  parts: readonly AnswerPart[];
}

/** One availability of an answer, and what was asked for it. */
export interface AnswerPart {
  request: AvailabilityRequest;
  availability: Availability;
}

/** @param onPrivate is called, once, as soon as it is known that the answer is for its own caller alone */
export function createAnswerBasis(onPrivate: () => void): AnswerBasis {
  const parts: AnswerPart[] = [];
  let isPrivate = false;
  return {
    ask({ consistency, maxAge, without }) {
      // Providers are asked on behalf of this caller, or a token says who asks.
      const isShareable = consistency === 'CACHED' && maxAge === null && without === null;
      if (isShareable || isPrivate) return;
      isPrivate = true;
      onPrivate();
    },
    add: (request, availability) => void parts.push({ request, availability }),
    result() {
      if (isPrivate) return null;
      const found = parts.map(({ availability }) => availability);
      const least = (instants: (Instant | null)[]) => instants.reduce<Instant | null>(earlier, null);
      return {
        keys: keysOf(found),
        computedAt: least(found.map(({ computedAt }) => computedAt)),
        changesAt: least(found.map(({ changesAt }) => changesAt)),
        parts: parts.toSorted((a, b) => placeOf(a).localeCompare(placeOf(b))),
      };
    },
  };
}

/** Of answers that were made from the same values, which many are. */
const keySets = new WeakMap<Availability['dependencies'], ReadonlySet<string>>();

/** The same set for every answer that is made from the same values, and from one availability. */
function keysOf(found: readonly Availability[]): ReadonlySet<string> {
  const [only] = found;
  if (!only || found.length > 1)
    return new Set(found.flatMap(({ dependencies }) => [...dependencies.keys()]));
  const keys = keySets.get(only.dependencies) ?? new Set(only.dependencies.keys());
  keySets.set(only.dependencies, keys);
  return keys;
}

const placeOf = ({ request: { eventType, from, to, length, nextAvailable } }: AnswerPart) =>
  JSON.stringify([eventType, from, to, length, nextAvailable]);

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

const freshnessAsked = new WeakMap<DocumentNode, boolean>();

function asksFreshness(document: DocumentNode): boolean {
  const known = freshnessAsked.get(document);
  if (known !== undefined) return known;
  let isAsked = false;
  visit(document, {
    Field({ name }) {
      isAsked ||= name.value === 'freshness';
    },
  });
  freshnessAsked.set(document, isAsked);
  return isAsked;
}

/**
 * What an answer says, without when it was computed: equal on every gateway for as long as no more than that differs. Freshness enters
 * into it where the document asks for it.
 * @param request text by which equal requests are known
 */
export function answerTag(request: string, document: DocumentNode, { parts }: AnswerSources): string {
  const isFreshnessAsked = asksFreshness(document);
  const said = parts.map(({ availability: { etag, nextAvailable, complete, issues, freshness } }) => [
    etag,
    nextAvailable,
    complete,
    issues,
    isFreshnessAsked ? freshness.sources : null,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([request, said]))
    .digest('base64url')
    .slice(0, 22);
}
