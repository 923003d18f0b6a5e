/** Shareable operations compiled into what their answers are written by; compiled once for as long as their document is kept. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { BoundedMap } from '../../async/bounded-map.ts';
import type { Issue } from '../../calendars/source.ts';
import type { SourceFreshness } from '../../offers/freshness.ts';
import type { Availability } from '../../offers/query.ts';
import { freshnessOf } from '../availability.ts';
import type { CoercedVariables } from '../cost/guard.ts';
import { type AnswerFreshness, boundOf } from '../freshness.ts';
import { isOpenToAll } from '../schema-views.ts';
import { type CompileFields, leaf, list, object, type WriteText } from './object-text.ts';
import { createCollectFields, NotUnderstood, selectionSetsOf } from './selection.ts';
import { slotsField } from './slots-text.ts';

/** Plans of one document: operations, and values of variables that its directives are about. */
const PLANS_MAX = 32;

const SOURCE: CompileFields<SourceFreshness> = {
  host: leaf(({ host }) => host),
  calendar: leaf(({ calendar }) => calendar),
  provenAsOf: leaf(({ provenAsOf }) => provenAsOf),
  basis: leaf(({ basis }) => basis),
  coveredFrom: leaf(({ coveredFrom }) => coveredFrom),
  coveredTo: leaf(({ coveredTo }) => coveredTo),
};

const FRESHNESS: CompileFields<AnswerFreshness> = {
  provenAsOf: leaf(({ provenAsOf }) => provenAsOf),
  bound: leaf(boundOf),
  sources: list(({ sources }) => sources, SOURCE),
};

const ISSUE: CompileFields<Issue> = {
  code: leaf(({ code }) => code),
  host: leaf(({ host }) => host),
  calendar: leaf(({ calendar }) => calendar),
  message: leaf(({ message }) => message),
};

const AVAILABILITY: CompileFields<Availability> = {
  slots: slotsField(({ slots }) => slots),
  computedAt: leaf(({ computedAt }) => computedAt),
  etag: leaf(({ etag }) => etag),
  complete: leaf(({ complete }) => complete),
  freshness: object(freshnessOf, FRESHNESS),
  issues: list(({ issues }) => issues, ISSUE),
};

const compileAvailability = object((availability: Availability) => availability, AVAILABILITY);

/** A field of the answer that is asked for. */
export interface PlannedAvailability {
  /** As JSON, its colon with it. */
  key: string;
  field: GraphQLField<unknown, unknown>;
  /** The first of those that are merged: its arguments count. */
  node: FieldNode;
  write: WriteText<Availability>;
}

/** Fields of the answer; one with a text is always the same. */
export type AnswerPlan = readonly (PlannedAvailability | { key: string; text: string })[];

interface KnownPlans {
  /** Names of the variables that the document's directives are about. */
  variables: readonly string[];
  byQuestion: BoundedMap<string, AnswerPlan | null>;
}

const known = new WeakMap<DocumentNode, KnownPlans>();

/**
 * @param document one that is valid, and always with the same schema
 * @returns null for an operation that execution alone understands
 */
export function answerPlan(
  {
    schema,
    document,
    operationName,
  }: { schema: GraphQLSchema; document: DocumentNode; operationName: string | null },
  variables: CoercedVariables,
): AnswerPlan | null {
  let plans = known.get(document);
  if (!plans) {
    plans = { variables: variablesOfDirectives(document), byQuestion: new BoundedMap(PLANS_MAX) };
    known.set(document, plans);
  }
  const question = JSON.stringify([operationName, ...plans.variables.map((name) => String(variables[name]))]);
  let plan = plans.byQuestion.get(question);
  if (plan === undefined) {
    const operation = getOperationAST(document, operationName);
    plan = operation ? compile(schema, document, operation, variables) : null;
    plans.byQuestion.set(question, plan);
  }
  return plan;
}

function variablesOfDirectives(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      visit(directive, { Variable: ({ name }) => void names.add(name.value) });
    },
  });
  return [...names];
}

function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: CoercedVariables,
): AnswerPlan | null {
  const root = schema.getQueryType();
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  if (!root) return null;
  try {
    const collect = createCollectFields({ schema, fragments, variables });
    return [...collect(root, [operation.selectionSet])].map(([alias, nodes]): AnswerPlan[number] => {
      const key = `${JSON.stringify(alias)}:`;
      const [node] = nodes;
      if (node.name.value === '__typename') return { key, text: JSON.stringify(root.name) };
      const field = root.getFields()[node.name.value];
      if (field?.name !== 'availability' || !isOpenToAll(field)) throw new NotUnderstood();
      return { key, field, node, write: compileAvailability(field, selectionSetsOf(nodes), collect) };
    });
  } catch (error) {
    if (error instanceof NotUnderstood || error instanceof GraphQLError) return null;
    throw error;
  }
}
