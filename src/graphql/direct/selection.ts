/** What an operation selects of an object, as execution collects it: by the keys of the answer, in their order. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type NamedTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';

/** Selections that are looked at for one plan: fragments that spread each other twice a level double with each level. */
const STEPS_MAX = 5_000;

/** Thrown where an operation holds something that only execution does right. */
export class NotUnderstood extends Error {}

export interface Selecting {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** As coerced for execution. */
  variables: { [variable: string]: unknown };
}

/** @returns the fields of one object, those of one key together. @throws NotUnderstood; a GraphQLError for a directive's wrong argument */
export type CollectFields = (
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
) => ReadonlyMap<string, readonly [FieldNode, ...FieldNode[]]>;

export function createCollectFields({ schema, fragments, variables }: Selecting): CollectFields {
  let steps = 0;

  function isIncluded(node: SelectionNode): boolean {
    const { directives = [] } = node;
    if (directives.length === 0) return true;
    const isKnown = directives.every(({ name: { value } }) => value === 'skip' || value === 'include');
    if (!isKnown) throw new NotUnderstood();
    if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
  }

  function applies(condition: NamedTypeNode | undefined, type: GraphQLObjectType): boolean {
    if (!condition) return true;
    const wanted = typeFromAST(schema, condition);
    return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type));
  }

  return (type, sets) => {
    const groups = new Map<string, [FieldNode, ...FieldNode[]]>();
    const spread = new Set<string>();
    /** The nesting of a document is bounded, and so is how deep this recurses. */
    function collect({ selections }: SelectionSetNode): void {
      for (const selection of selections) {
        if (++steps > STEPS_MAX) throw new NotUnderstood();
        if (!isIncluded(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          // An object has this one already.
          if (key === '__proto__') throw new NotUnderstood();
          const group = groups.get(key);
          if (group) group.push(selection);
          else groups.set(key, [selection]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (applies(selection.typeCondition, type)) collect(selection.selectionSet);
        } else if (!spread.has(selection.name.value)) {
          const fragment = fragments.get(selection.name.value);
          if (!fragment || !applies(fragment.typeCondition, type)) continue;
          spread.add(selection.name.value);
          collect(fragment.selectionSet);
        }
      }
    }
    for (const set of sets) collect(set);
    return groups;
  };
}

export const selectionSetsOf = (nodes: readonly FieldNode[]): SelectionSetNode[] =>
  nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
