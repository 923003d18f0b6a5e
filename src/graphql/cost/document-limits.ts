/** How large a document may be, whatever it asks: measured before it is validated, so that no validation meets a monster. */
import {
  type DefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  Lexer,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import { tooCostly } from '../../errors.ts';
import { hasScope, type Viewer } from '../context.ts';

/** Without ADMIN. */
const LIMITS = { tokens: 1_000, depth: 12, aliases: 15, rootFields: 5, directives: 50 } as const;
/** For every caller: parser, validation and execution recurse once a level. */
const NESTING_MAX = 200;

/** Mutations that take time of hosts: the public does one at a time. */
const TAKING = new Set(['holdSlot', 'confirmBooking', 'rescheduleBooking']);

/** What the operations of a document come to once their fragments are spread; of several the most of each. */
export interface DocumentShape {
  /** Levels of fields. What is below `__schema` and `__type` is no level: the schema bounds it. */
  depth: number;
  /** Levels of anything: fields, inline fragments, spread fragments. */
  nesting: number;
  rootFields: number;
  /** As they stand in the whole document, those of a fragment once: the cost counts what they come to. */
  aliases: number;
  directives: number;
  /** Fields of a mutation that take time. */
  taking: number;
}

const EMPTY: DocumentShape = { depth: 0, nesting: 0, aliases: 0, rootFields: 0, directives: 0, taking: 0 };

/** Tokens that a document of this viewer may have. */
export const tokensMax = (viewer: Viewer): number =>
  hasScope(viewer, 'ADMIN') ? Number.POSITIVE_INFINITY : LIMITS.tokens;

/**
 * Reads the text token by token, which takes no stack. @returns how many tokens it has.
 * @throws SlotwireError TOO_COSTLY past `most` tokens, or for brackets that are nested too deeply; a GraphQLError for text
 * that is none of the language's
 */
export function countTokens(text: string, most: number): number {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let open = 0;
  for (;;) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return tokens;
    if (++tokens > most) throw tooCostly(`The document has more than ${most} tokens.`);
    if (OPENING.has(kind) && ++open > NESTING_MAX) throw tooNested();
    if (CLOSING.has(kind)) open--;
  }
}

const OPENING = new Set<string>([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING = new Set<string>([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);
const tooNested = () => tooCostly(`The document is nested more than ${NESTING_MAX} levels deep.`);

/** @throws SlotwireError TOO_COSTLY, naming the limit */
export function checkShape(shape: DocumentShape, viewer: Viewer): void {
  if (shape.nesting > NESTING_MAX) throw tooNested();
  if (!hasScope(viewer, 'ADMIN')) {
    if (shape.depth > LIMITS.depth)
      throw tooCostly(`The operation has more than ${LIMITS.depth} levels of fields.`);
    if (shape.aliases > LIMITS.aliases)
      throw tooCostly(`The document has more than ${LIMITS.aliases} aliases.`);
    if (shape.rootFields > LIMITS.rootFields)
      throw tooCostly(`The operation has more than ${LIMITS.rootFields} root fields.`);
    if (shape.directives > LIMITS.directives)
      throw tooCostly(`The document has more than ${LIMITS.directives} directives.`);
  }
  if (viewer.kind === 'ANONYMOUS' && shape.taking > 1)
    throw tooCostly(`Without a key an operation has one of ${[...TAKING].join(', ')}, once.`);
}

/** Measures each fragment once, after those that it spreads, so that a chain of them takes neither stack nor time. */
export function measureDocument({ definitions }: DocumentNode): DocumentShape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const measured = new Map<string, DocumentShape>();
  for (const name of inOrderOfUse(fragments)) {
    const fragment = fragments.get(name);
    if (fragment)
      measured.set(
        name,
        withDirectives(measureSelections(fragment.selectionSet, measured), fragment.directives),
      );
  }
  let most = EMPTY;
  let [aliases, directives] = [0, 0];
  for (const shape of measured.values()) {
    aliases += shape.aliases;
    directives += shape.directives;
  }
  for (const node of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const shape = withDirectives(measureSelections(node.selectionSet, measured), node.directives);
    aliases += shape.aliases;
    directives += shape.directives;
    const taking = node.operation === OperationTypeNode.MUTATION ? shape.taking : 0;
    most = combine(most, { ...shape, taking }, Math.max);
  }
  return { ...most, aliases, directives };
}

/** The nesting of its brackets bounds how deep this recurses. */
function measureSelections(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, DocumentShape>,
): DocumentShape {
  let total = EMPTY;
  for (const selection of selections) total = sumOf(total, measureSelection(selection, fragments));
  return total;
}

function measureSelection(
  selection: SelectionNode,
  fragments: ReadonlyMap<string, DocumentShape>,
): DocumentShape {
  const below =
    selection.kind === Kind.FRAGMENT_SPREAD
      ? { ...(fragments.get(selection.name.value) ?? EMPTY), aliases: 0, directives: 0 }
      : selection.selectionSet
        ? measureSelections(selection.selectionSet, fragments)
        : EMPTY;
  const shape = withDirectives({ ...below, nesting: below.nesting + 1 }, selection.directives);
  if (selection.kind !== Kind.FIELD) return shape;
  const name = selection.name.value;
  return {
    ...shape,
    depth: name === '__schema' || name === '__type' ? 1 : below.depth + 1,
    aliases: shape.aliases + (selection.alias ? 1 : 0),
    rootFields: 1,
    taking: shape.taking + (TAKING.has(name) ? 1 : 0),
  };
}

const withDirectives = (shape: DocumentShape, directives: readonly DirectiveNode[] = []): DocumentShape =>
  directives.length === 0 ? shape : { ...shape, directives: shape.directives + directives.length };

const add = (a: number, b: number) => a + b;

/** Of selections side by side: levels don't add up. */
const sumOf = (a: DocumentShape, b: DocumentShape): DocumentShape => ({
  ...combine(a, b, add),
  depth: Math.max(a.depth, b.depth),
  nesting: Math.max(a.nesting, b.nesting),
});

const combine = (
  a: DocumentShape,
  b: DocumentShape,
  of: (a: number, b: number) => number,
): DocumentShape => ({
  depth: of(a.depth, b.depth),
  nesting: of(a.nesting, b.nesting),
  aliases: of(a.aliases, b.aliases),
  rootFields: of(a.rootFields, b.rootFields),
  directives: of(a.directives, b.directives),
  taking: of(a.taking, b.taking),
});

/** Names of fragments, each after all those that it spreads. In a circle one comes too early: validation refuses it. */
function inOrderOfUse(fragments: ReadonlyMap<string, FragmentDefinitionNode>): string[] {
  const order: string[] = [];
  const entered = new Set<string>();
  for (const start of fragments.keys()) {
    const open = [{ name: start, left: false }];
    for (let step = open.pop(); step; step = open.pop()) {
      if (step.left) {
        order.push(step.name);
        continue;
      }
      if (entered.has(step.name)) continue;
      entered.add(step.name);
      open.push({ name: step.name, left: true });
      const fragment = fragments.get(step.name);
      if (fragment) for (const name of spreadsOf(fragment)) open.push({ name, left: false });
    }
  }
  return order;
}

function spreadsOf(definition: DefinitionNode): string[] {
  if (!('selectionSet' in definition)) return [];
  const names: string[] = [];
  const open: SelectionSetNode[] = [definition.selectionSet];
  for (let set = open.pop(); set; set = open.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) names.push(selection.name.value);
      else if (selection.selectionSet) open.push(selection.selectionSet);
    }
  }
  return names;
}
