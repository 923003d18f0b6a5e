/** Subscriptions whose events are executed once for all viewers who would get the same text. */
import { execute } from '@graphql-tools/executor';
import {
  createSourceEventStream,
  type DefinitionNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  Kind,
  print,
  visit,
} from 'graphql';
import type { EventSink, Subscription } from '../live/audience.ts';
import type { RenderedEvent, SourceStream } from '../live/source-stream.ts';
import { type Context, createContext } from './context.ts';
import { answerText } from './cost/answer-text.ts';
import { withinAnswerMax } from './cost/guard.ts';
import { createLanes } from './cost/lanes.ts';

export interface SubscriptionArgs extends ExecutionArgs {
  contextValue: Context;
}

/** One viewer's subscription, begun but not yet heard: `sit` or `leave` must follow. */
export interface SharedSubscription {
  subscribe(sink: EventSink<RenderedEvent>): Subscription;
  unsubscribe(): void;
}

/** An error as it may leave. */
export type MaskError = (error: unknown) => GraphQLError;

/** @returns errors when there is nothing to follow. Never rejects. */
export async function createSharedSubscription(
  args: SubscriptionArgs,
  mask: MaskError,
): Promise<SharedSubscription | readonly GraphQLError[]> {
  try {
    const source = await createSourceEventStream(args);
    if (!isSourceStream(source)) return ('errors' in source ? (source.errors ?? []) : []).map(mask);
    const subscribe = source.share(selectionKeyOf(args), createRender(source, args, mask));
    return { subscribe, unsubscribe: () => void source.return() };
  } catch (error) {
    return [mask(error)];
  }
}

/** Of live events: no viewer asks again for one that is late. */
const lanes = createLanes(null);

type Executed = Awaited<ReturnType<typeof execute<Record<string, unknown>>>>;

/** Every subscription field of ours resolves to one. */
const isSourceStream = (source: AsyncIterable<unknown> | ExecutionResult): source is SourceStream<unknown> =>
  'share' in source;

function createRender(
  { etagOf }: Pick<SourceStream<unknown>, 'etagOf'>,
  { contextValue: { viewer, services, fields }, ...args }: SubscriptionArgs,
  mask: MaskError,
) {
  const cost = fields.estimated;
  return (event: unknown): RenderedEvent | Promise<RenderedEvent> => {
    const etag = etagOf(event);
    // What was loaded for an earlier event may be outdated.
    const context = createContext(viewer, services);
    context.fields.estimated = cost;
    const frame = (executed: Executed): RenderedEvent | Promise<RenderedEvent> => {
      // Without @defer in the schema no result comes in parts.
      const { data = null, errors }: ExecutionResult =
        'initialResult' in executed ? executed.initialResult : executed;
      const result = { data, ...(errors ? { errors: errors.map(mask) } : {}) };
      const fitting = withinAnswerMax(result, context, mask);
      const rendered = (answer: typeof result | Awaited<typeof fitting>) => ({
        result: answerText(answer),
        etag,
      });
      return fitting instanceof Promise ? fitting.then(rendered) : rendered(fitting);
    };
    const failed = (error: unknown) => frame({ data: null, errors: [mask(error)] });
    try {
      return lanes.run(cost, viewer.organisation ?? '', () => {
        const executed = execute({ ...args, rootValue: event, contextValue: context });
        return executed instanceof Promise ? executed.then(frame, failed) : frame(executed);
      });
    } catch (error) {
      return failed(error);
    }
  };
}

/** All that a result depends on beside the question itself: what is selected, by what variables, for whom. */
function selectionKeyOf({
  document,
  operationName,
  variableValues,
  contextValue: { viewer },
}: SubscriptionArgs) {
  const { text, variables } = reduceSelection(document, operationName ?? '');
  return JSON.stringify([
    text,
    // What isn't given has its default, which null has not.
    variables.map((name) => (variableValues && name in variableValues ? [variableValues[name]] : [])),
    viewer.organisation,
    viewer.scopes,
  ]);
}

interface Selection {
  /** The operation without the arguments of its field, which are the question, and its other variables' definitions. */
  text: string;
  /** Names of the variables that remain. */
  variables: readonly string[];
}

const selections = new WeakMap<DocumentNode, Map<string, Selection>>();

function reduceSelection(document: DocumentNode, operationName: string): Selection {
  const known = selections.get(document) ?? new Map<string, Selection>();
  selections.set(document, known);
  const selection = known.get(operationName) ?? select(document, operationName);
  known.set(operationName, selection);
  return selection;
}

function select(document: DocumentNode, operationName: string): Selection {
  const operation = getOperationAST(document, operationName || null);
  const variables = new Set<string>();
  const reduced: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: document.definitions.flatMap((definition): DefinitionNode[] => {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) return [definition];
      if (definition !== operation) return [];
      const selected = operation.selectionSet.selections.map((field) =>
        field.kind === Kind.FIELD ? { ...field, arguments: [] } : field,
      );
      const selectionSet = { ...operation.selectionSet, selections: selected };
      return [{ ...operation, variableDefinitions: [], selectionSet }];
    }),
  };
  visit(reduced, { Variable: ({ name }) => void variables.add(name.value) });
  const defaults = operation?.variableDefinitions?.filter(({ variable }) =>
    variables.has(variable.name.value),
  );
  return { text: [reduced, ...(defaults ?? [])].map(print).join(), variables: [...variables] };
}
