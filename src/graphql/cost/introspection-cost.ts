/** The cost of looking at the schema, counted exactly: each of its elements once for each selection. */
import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLDirective,
  type GraphQLEnumValue,
  type GraphQLField,
  type GraphQLInputField,
  GraphQLObjectType,
  GraphQLSchema,
  type GraphQLType,
  getNamedType,
  introspectionTypes,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isType,
} from 'graphql';
import type { FieldCollector } from './operation-cost.ts';

type Value = GraphQLArgument | GraphQLInputField;
type Field = GraphQLField<unknown, unknown>;
type Element = GraphQLSchema | GraphQLType | GraphQLDirective | Field | Value | GraphQLEnumValue;

/** @param nodes the merged fields `__schema` or `__type` */
export function introspectionCost(
  nodes: readonly FieldNode[],
  schema: GraphQLSchema,
  collector: FieldCollector,
): number {
  const ids = new Map<FieldNode, number>();
  const known = new Map<Element, Map<string, number>>();

  /** Fields below one element, as these merged fields select them. */
  function costBelow(typeName: string, merged: readonly FieldNode[], element: Element): number {
    const key = merged.map((node) => idOf(node)).join();
    const costs = known.get(element) ?? new Map<string, number>();
    known.set(element, costs);
    const counted = costs.get(key);
    if (counted !== undefined) return counted;
    const type = introspectionTypes.find(({ name }) => name === typeName);
    let cost = 0;
    if (type instanceof GraphQLObjectType) {
      const sets = merged.flatMap(({ selectionSet }) => selectionSet ?? []);
      for (const group of collector.collect(type, sets).values()) {
        cost += 1;
        const name = group[0]?.name.value ?? '';
        const field = type.getFields()[name];
        if (!field || !group[0]?.selectionSet) continue;
        const below = getNamedType(field.type).name;
        for (const child of childrenOf(element, name)) cost += costBelow(below, group, child);
      }
    }
    costs.set(key, cost);
    return cost;
  }

  function idOf(node: FieldNode): number {
    const id = ids.get(node) ?? ids.size;
    ids.set(node, id);
    return id;
  }

  if (nodes[0]?.name.value === '__schema') return costBelow('__Schema', nodes, schema);
  const types = Object.values(schema.getTypeMap());
  // Which type is asked for, a variable may say: the dearest counts.
  return types.reduce((most, type) => Math.max(most, costBelow('__Type', nodes, type)), 0);

  function childrenOf(element: Element, field: string): readonly Element[] {
    if (element instanceof GraphQLSchema) return childrenOfSchema(element, field);
    if (isType(element)) return childrenOfType(element, field);
    if (field === 'args') return 'args' in element ? element.args : [];
    return field === 'type' && 'type' in element ? [element.type] : [];
  }

  function childrenOfType(type: GraphQLType, field: string): readonly Element[] {
    if (field === 'fields' && (isObjectType(type) || isInterfaceType(type)))
      return Object.values(type.getFields());
    if (field === 'interfaces' && (isObjectType(type) || isInterfaceType(type))) return type.getInterfaces();
    if (field === 'possibleTypes' && isAbstractType(type)) return schema.getPossibleTypes(type);
    if (field === 'enumValues' && isEnumType(type)) return type.getValues();
    if (field === 'inputFields' && isInputObjectType(type)) return Object.values(type.getFields());
    if (field === 'ofType' && (isListType(type) || isNonNullType(type))) return [type.ofType];
    return [];
  }
}

function childrenOfSchema(schema: GraphQLSchema, field: string): readonly Element[] {
  switch (field) {
    case 'types':
      return Object.values(schema.getTypeMap());
    case 'directives':
      return schema.getDirectives();
    case 'queryType':
    case 'mutationType':
    case 'subscriptionType': {
      const root = {
        queryType: schema.getQueryType(),
        mutationType: schema.getMutationType(),
        subscriptionType: schema.getSubscriptionType(),
      }[field];
      return root ? [root] : [];
    }
    default:
      return [];
  }
}
