/** What stands between a caller and the execution of an operation, the same on every transport. */
import {
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { badInput, tooCostly } from '../../errors.ts';
import type { Context } from '../context.ts';
import type { SchemaViews } from '../schema-views.ts';
import type { MaskError, SubscriptionArgs } from '../shared-subscription.ts';
import { checkVariables, rejectNulLiterals } from '../variables.ts';
import { jsonBytes } from './answer-size.ts';
import { answerText, isWritten, writeData } from './answer-text.ts';
import type { DocumentStore } from './documents.ts';
import { createLanes, isLarge, REQUESTS } from './lanes.ts';
import type { EventTypeSize } from './list-sizes.ts';
import { operationCost } from './operation-cost.ts';
import { limitOf } from './operation-limits.ts';

/** The error of an answer, or of a live event, that is longer than ANSWER_MAX. */
const answerTooLong = (most: number) =>
  tooCostly(`The answer is longer than ${most} bytes: ask for less at once.`);

/**
 * Fits the answer into what its caller may be sent. To know that of a large one its data is written, which `answerText` takes then.
 * @param result as it leaves, its errors masked
 */
export function withinAnswerMax<R extends Pick<ExecutionResult, 'data' | 'errors'>>(
  result: R,
  { viewer, services, fields }: Context,
  mask: MaskError,
): R | Refused | Promise<R | Refused> {
  const most = limitOf(services.limits.answer, viewer);
  const answer = (bytes: number) => (bytes <= most ? result : { errors: [mask(answerTooLong(most))] });
  const { data, ...rest } = result;
  if (!data || !isLarge(Math.max(fields.estimated, fields.counted))) return answer(jsonBytes(result, most));
  return writeData(data, most).then((bytes) => answer(bytes + jsonBytes(rest, most)));
}

interface Refused {
  errors: readonly GraphQLError[];
}

/** Variables as an operation is executed with them. */
export interface CoercedVariables {
  [variable: string]: unknown;
}

/** What an operation costs with these variables, where that is known without an estimate; undefined: it is not. */
type KnownCost = (variables: CoercedVariables) => number | undefined;

/**
 * Checks variables and cost of an operation, and charges the cost to its caller, unless that was done before. Nothing has run yet.
 * @returns null for variables that are not what the operation declares: execution says what is wrong with them
 * @throws SlotwireError BAD_USER_INPUT, TOO_COSTLY, RATE_LIMITED
 */
export async function admitWithVariables(
  args: SubscriptionArgs,
  knownCost: KnownCost = () => undefined,
): Promise<CoercedVariables | null> {
  const { schema, document, operationName, variableValues, contextValue } = args;
  checkVariables(variableValues);
  const operation = getOperationAST(document, operationName);
  if (!operation) return null;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
    maxErrors: 50,
  });
  if (!coerced) return null;
  if (!contextValue.fields.isAdmitted) {
    const cost = knownCost(coerced) ?? (await estimateCost(args, operation, coerced));
    await chargeOperation(contextValue, operation, cost);
  }
  return coerced;
}

/** The same for an operation whose variables are coerced again by its execution. */
export async function admitOperation(args: SubscriptionArgs): Promise<void> {
  if (!args.contextValue.fields.isAdmitted) await admitWithVariables(args);
}

async function estimateCost(
  { schema, document, contextValue }: SubscriptionArgs,
  operation: OperationDefinitionNode,
  coerced: CoercedVariables,
): Promise<number> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  return withEventTypeSizes(contextValue, (sizeOf) =>
    operationCost({ schema, operation, fragments, variables: coerced, sizeOf }),
  );
}

async function chargeOperation(
  contextValue: Context,
  operation: OperationDefinitionNode,
  cost: number,
): Promise<void> {
  // The executor takes one for granted. Directives can leave it out.
  if (operation.operation === OperationTypeNode.SUBSCRIPTION && cost === 0)
    throw badInput('query', 'leaves out the one field of its subscription');
  const most = limitOf(contextValue.services.limits.cost, contextValue.viewer);
  if (cost > most)
    throw tooCostly(
      `The operation costs as much as ${cost} fields, more than ${most}: ask for less at once.`,
    );
  contextValue.fields.estimated = cost;
  await contextValue.charge(cost);
  contextValue.fields.isAdmitted = true;
}

/** Estimates once more when an event type that it names had to be looked up. */
async function withEventTypeSizes(
  { services }: Context,
  estimate: (sizeOf: (id: string) => EventTypeSize | null | undefined) => number,
): Promise<number> {
  const known = new Map<string, EventTypeSize | null>();
  for (;;) {
    const missing = new Map<string, Promise<EventTypeSize | null>>();
    const cost = estimate((id) => {
      if (known.has(id) || missing.has(id)) return known.get(id);
      const size = services.offers.eventTypeSize(id);
      if (size instanceof Promise) {
        missing.set(id, size);
        // It is awaited below, unless the estimate ends in an error before that.
        size.catch(() => {});
      } else known.set(id, size);
      return known.get(id);
    });
    if (missing.size === 0) return cost;
    await Promise.all([...missing].map(async ([id, size]) => known.set(id, await size)));
  }
}

const isGraphqlError = (error: unknown): error is GraphQLError => error instanceof GraphQLError;

/** The plugin by which queries and mutations of every transport are read, admitted and measured. */
export function createOperationGuard({
  documents,
  views,
  mask,
}: {
  documents: DocumentStore;
  views: SchemaViews;
  mask: MaskError;
}): Plugin<Context> {
  const lanes = createLanes(REQUESTS);
  return {
    onParse({ context: { viewer }, setParseFn }) {
      setParseFn((source) => documents.read(typeof source === 'string' ? source : source.body, viewer));
    },
    onValidate({ params: { documentAST }, addValidationRule, setResult }) {
      const known = documents.errorsOf(documentAST);
      if (known) return setResult([...known]);
      addValidationRule(rejectNulLiterals);
      return ({ result }) => documents.rememberErrors(documentAST, result.filter(isGraphqlError));
    },
    async onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
      const context: Context = args.contextValue;
      let { schema } = args;
      try {
        schema = views.schemaFor(args, context.viewer);
        await admitOperation({ ...args, schema });
      } catch (error) {
        const refusal = mask(error);
        // As for variables of a wrong type.
        if (refusal.extensions.code === 'BAD_USER_INPUT') refusal.extensions.http = { status: 400 };
        return void setResultAndStopExecution({ errors: [refusal] });
      }
      const fitted = (result: ExecutionResult) =>
        'data' in result ? withinAnswerMax(result, context, mask) : result;
      setExecuteFn((operation) => {
        const cost = context.fields.estimated;
        if (!isLarge(cost)) return executeFn({ ...operation, schema });
        // Its place is taken until the answer is written.
        const work = async () => fitted(await executeFn({ ...operation, schema }));
        // An answer like any other: for a rejection a socket would be closed as by a fault of the gateway.
        const refuse = (error: unknown) => ({ errors: [mask(error)] });
        return Promise.resolve(lanes.run(cost, context.viewer.address, work)).catch(refuse);
      });
      return {
        async onExecuteDone({ result, setResult }) {
          if (!isLarge(context.fields.estimated) && 'data' in result) setResult(await fitted(result));
        },
      };
    },
    onResultProcess({ result }) {
      // Yoga asks an answer for its text, when it can tell it.
      if (!Array.isArray(result) && 'data' in result && isWritten(result))
        Object.defineProperty(result, 'stringify', { value: answerText });
    },
  };
}
