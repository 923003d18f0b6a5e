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
import { asksField } from '../asked-field.ts';
import { freshnessOf, NEXT_AVAILABLE, nextAvailableOf } from '../availability.ts';
import type { CoercedVariables } from '../cost/guard.ts';
import { type AnswerFreshness, boundOf } from '../freshness.ts';
import { isOpenToAll } from '../schema-views.ts';
import { type CompileFields, leaf, list, object, type WriteText } from './object-text.ts';
import { createCollectFields, NotUnderstood, selectionSetsOf } from './selection.ts';
import { slotsField } from './slots-text.ts';

/** Plans of one document: operations, and values of variables that its directives are about. */
const PLANS_MAX = 32;
/** Windows of different lengths, and event types with different intervals. */
const COSTS_MAX = 256;

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
  nextAvailable: leaf(nextAvailableOf),
};

const compileAvailability = object((availability: Availability) => availability, AVAILABILITY);

/** A field of the answer that is asked for. */
export interface PlannedAvailability {
  /** As JSON, its colon with it. */
  key: string;
  field: GraphQLField<unknown, unknown>;
  /** The first of those that are merged: its arguments count. */
  node: FieldNode;
  /** Whether the first start after the window is selected. */
  nextAvailable: boolean;
  write: WriteText<Availability>;
}

/** A field of the answer; one with a text is always the same. */
type PlannedField = PlannedAvailability | { key: string; text: string };

export interface AnswerPlan {
  fields: readonly PlannedField[];
  /** Those of them that are asked for. */
  asked: readonly PlannedAvailability[];
  /** What the operation costs, by how long the lists of what it asks for can be. */
  costs: BoundedMap<string, number>;
}

interface KnownPlans {
  /** Names of the variables that the document's directives are about. */
  variables: readonly string[];
  byQuestion: BoundedMap<string, AnswerPlan | null>;
}

const known = new WeakMap<DocumentNode, KnownPlans>();

/** An operation, and the schema that its document is valid in, always the same one. */
export interface PlannedOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName: string | null;
}

const questionOf = (operationName: string | null, plans: KnownPlans, variables: CoercedVariables) =>
  JSON.stringify([operationName, ...plans.variables.map((name) => String(variables[name]))]);

/** @returns undefined for an operation that was not compiled yet; else as `answerPlan` */
export function knownAnswerPlan(
  { document, operationName }: PlannedOperation,
  variables: CoercedVariables,
): AnswerPlan | null | undefined {
  const plans = known.get(document);
  return plans?.byQuestion.get(questionOf(operationName, plans, variables));
}

/** @returns null for an operation that execution alone understands */
export function answerPlan(planned: PlannedOperation, variables: CoercedVariables): AnswerPlan | null {
  const { schema, document, operationName } = planned;
  let plans = known.get(document);
  if (!plans) {
    plans = { variables: variablesOfDirectives(document), byQuestion: new BoundedMap(PLANS_MAX) };
    known.set(document, plans);
  }
  const question = questionOf(operationName, plans, variables);
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
    const fields = [...collect(root, [operation.selectionSet])].map(([alias, nodes]): PlannedField => {
      const key = `${JSON.stringify(alias)}:`;
      const [node] = nodes;
      if (node.name.value === '__typename') return { key, text: JSON.stringify(root.name) };
      const field = root.getFields()[node.name.value];
      if (field?.name !== 'availability' || !isOpenToAll(field)) throw new NotUnderstood();
      const reading = { fragmentOf: (name: string) => fragments.get(name), variables };
      const nextAvailable = asksField(NEXT_AVAILABLE, nodes, reading);
      const write = compileAvailability(field, selectionSetsOf(nodes), collect);
      return { key, field, node, nextAvailable, write };
    });
    const asked = fields.flatMap((field) => ('node' in field ? [field] : []));
    return { fields, asked, costs: new BoundedMap(COSTS_MAX) };
  } catch (error) {
    if (error instanceof NotUnderstood || error instanceof GraphQLError) return null;
    throw error;
  }
}
