/** The cost of an operation before it runs: the fields that its answer can have, and what finding them takes, as so many fields. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import { tooCostly } from '../../errors.ts';
import { introspectionCost } from './introspection-cost.ts';
import { type EventTypeSizeOf, type ListScope, listLength, scopeBelow, workOf } from './list-sizes.ts';

/** Selections that are looked at for one operation. Fragments that spread each other twice a level double with each level. */
const STEPS_MAX = 200_000;

export interface CostQuestion {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** As coerced for execution. */
  variables: { [variable: string]: unknown };
  sizeOf: EventTypeSizeOf;
}

/** Fields by the key under which they stand in an answer: those of one key are merged, as execution merges them. */
export type FieldGroups = ReadonlyMap<string, readonly FieldNode[]>;

/** Collects the fields that execution would collect, with a limit on the work. */
export interface FieldCollector {
  collect(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): FieldGroups;
  argumentsOf(
    field: Parameters<typeof getArgumentValues>[0],
    node: FieldNode,
  ): Readonly<Record<string, unknown>>;
}

/** @throws SlotwireError TOO_COSTLY when the fragments spread too often to be followed; a GraphQLError for wrong arguments */
export function operationCost(question: CostQuestion): number {
  const { schema, operation } = question;
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  const collector = createCollector(question);
  return costOfSets(root, [operation.selectionSet], {}, { ...question, collector, countsLists: true });
}

/** Fields of one item of a list that is being completed, without those of the lists in it, which are counted when they come. */
export function costOfItem({
  schema,
  fieldNodes,
  fragments,
  variableValues,
  returnType,
}: GraphQLResolveInfo): number {
  const question = {
    ...{ schema, variables: variableValues, sizeOf: () => null },
    fragments: new Map(Object.entries(fragments)),
  };
  const work: Work = { ...question, collector: createCollector(question), countsLists: false };
  return itemCost(getNamedType(returnType), selectionSetsOf(fieldNodes), {}, work);
}

interface Work extends Pick<CostQuestion, 'schema' | 'sizeOf'> {
  collector: FieldCollector;
  countsLists: boolean;
}

/** The nesting of a document is bounded, and so is how deep this recurses. */
function costOfSets(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  scope: ListScope,
  work: Work,
): number {
  let cost = 0;
  for (const nodes of work.collector.collect(type, sets).values())
    cost += costOfField(type, nodes, scope, work);
  return cost;
}

function costOfField(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  scope: ListScope,
  work: Work,
): number {
  const [node] = nodes;
  const name = node?.name.value ?? '';
  if (name === '__schema' || name === '__type')
    return 1 + introspectionCost(nodes, work.schema, work.collector);
  const field = type.getFields()[name];
  if (!node || !field) return 1;
  const returned = getNamedType(field.type);
  const coordinate = `${type.name}.${name}`;
  const below = scopeBelow(
    coordinate,
    returned.name.endsWith('Connection'),
    work.collector.argumentsOf(field, node),
    scope,
    work.sizeOf,
  );
  const isList = isListType(isNonNullType(field.type) ? field.type.ofType : field.type);
  const isEdges = name === 'edges' && type.name.endsWith('Connection');
  if (isList && !work.countsLists) return 1;
  const length = isList ? listLength(coordinate, isEdges, below) : 1;
  const own = 1 + workOf(coordinate, below);
  const sets = selectionSetsOf(nodes);
  if (sets.length === 0) return own + (isList ? length : 0);
  return own + length * (isList ? itemCost : dearestOf)(returned, sets, below, work);
}

/** An item is something also where directives leave out all of its fields. */
const itemCost: typeof dearestOf = (...asked) => Math.max(1, dearestOf(...asked));

/** An event or a result is one of several types: the dearest counts. */
function dearestOf(
  type: GraphQLNamedType,
  sets: readonly SelectionSetNode[],
  scope: ListScope,
  work: Work,
): number {
  const types = isObjectType(type) ? [type] : isAbstractType(type) ? work.schema.getPossibleTypes(type) : [];
  let dearest = 0;
  for (const possible of types) dearest = Math.max(dearest, costOfSets(possible, sets, scope, work));
  return dearest;
}

const selectionSetsOf = (nodes: readonly FieldNode[]): SelectionSetNode[] =>
  nodes.flatMap(({ selectionSet }) => selectionSet ?? []);

function createCollector({
  schema,
  fragments,
  variables,
}: Pick<CostQuestion, 'schema' | 'fragments' | 'variables'>): FieldCollector {
  let steps = 0;
  const isIncluded = (node: Parameters<typeof getDirectiveValues>[1]) =>
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;

  return {
    collect(type, sets) {
      const groups = new Map<string, FieldNode[]>();
      const spread = new Set<string>();
      const open = [...sets].reverse();
      const applies = ({
        typeCondition,
      }: Pick<FragmentDefinitionNode, 'typeCondition'> | { typeCondition?: undefined }) => {
        if (!typeCondition) return true;
        const condition = typeFromAST(schema, typeCondition);
        return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
      };
      for (let set = open.pop(); set; set = open.pop()) {
        for (const selection of set.selections) {
          if (++steps > STEPS_MAX)
            throw tooCostly('The fragments of the document spread each other too often.');
          if (selection.directives?.length && !isIncluded(selection)) continue;
          if (selection.kind === Kind.FIELD) {
            const key = (selection.alias ?? selection.name).value;
            const group = groups.get(key);
            if (group) group.push(selection);
            else groups.set(key, [selection]);
          } else if (selection.kind === Kind.INLINE_FRAGMENT) {
            if (applies(selection)) open.push(selection.selectionSet);
          } else if (!spread.has(selection.name.value)) {
            spread.add(selection.name.value);
            const fragment = fragments.get(selection.name.value);
            if (fragment && applies(fragment)) open.push(fragment.selectionSet);
          }
        }
      }
      return groups;
    },
    argumentsOf: (field, node) => getArgumentValues(field, node, variables),
  };
}
