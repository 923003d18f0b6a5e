/** Whether an operation asks for a field that is made only for those who ask for it. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a document's selections are read with. */
export interface SelectionReading {
  fragmentOf(name: string): FragmentDefinitionNode | undefined;
  /** As coerced for execution. */
  variables: { [variable: string]: unknown };
}

/** Is a field of this name selected anywhere below? Fragments are looked at once each, directives are followed. */
export function asksField(
  name: string,
  nodes: readonly FieldNode[],
  { fragmentOf, variables }: SelectionReading,
): boolean {
  const seen = new Set<string>();
  const open: SelectionSetNode[] = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const isIncluded = (node: SelectionNode) => !node.directives?.length || isIncludedBy(node, variables);
  for (let set = open.pop(); set; set = open.pop()) {
    for (const selection of set.selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value === name) return true;
        if (selection.selectionSet) open.push(selection.selectionSet);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) open.push(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragmentOf(selection.name.value);
        if (fragment) open.push(fragment.selectionSet);
      }
    }
  }
  return false;
}

function isIncludedBy(node: SelectionNode, variables: SelectionReading['variables']): boolean {
  try {
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
    );
  } catch {
    // A condition that is null is the execution's to refuse, where it meets the selection.
    return true;
  }
}

/** The same of the field that is being resolved. */
export const isFieldAsked = (
  name: string,
  { fieldNodes, fragments, variableValues }: GraphQLResolveInfo,
): boolean =>
  asksField(name, fieldNodes, {
    fragmentOf: (fragment) => fragments[fragment],
    variables: variableValues,
  });
