/** GraphQL: queries and mutations by request (Yoga), subscriptions by WebSocket or as Server-Sent Events. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Topics } from '../../cache/port.ts';
import type { Config } from '../../config.ts';
import { SlotwireError } from '../../errors.ts';
import type { Authenticate } from '../../graphql/authenticate.ts';
import { ANONYMOUS, type Context, createContext, type Viewer } from '../../graphql/context.ts';
import { createDocumentStore } from '../../graphql/cost/documents.ts';
import type { FieldBudget } from '../../graphql/cost/field-budget.ts';
import { createOperationGuard } from '../../graphql/cost/guard.ts';
import type { KeyRevocations } from '../../graphql/key-revocations.ts';
import { isLimited } from '../../graphql/limits.ts';
import { createMaskError } from '../../graphql/masking.ts';
import { PAGE_DOCUMENTS } from '../../graphql/page-documents.ts';
import { schema } from '../../graphql/schema.ts';
import { createSchemaViews } from '../../graphql/schema-views.ts';
import type { Services } from '../../graphql/services.ts';
import { createTrustedDocuments, type DocumentReference } from '../../graphql/trusted-documents.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Clock } from '../../time/clock.ts';
import type { AddressOf } from '../address.ts';
import { callerCredentials, chargeTo, createAdmitOperation } from '../admission.ts';
import type { AnswerHeaders } from '../answer-headers.ts';
import { createAskForPage } from '../answers/page-question.ts';
import { type AnswerOutcome, createAnswerRoute } from '../answers/route.ts';
import { createSharedAnswers } from '../answers/shared.ts';
import { createAnswerTable } from '../answers/table.ts';
import type { BodyReader } from '../body.ts';
import type { PeerConnections } from '../connections.ts';
import type { AddressLimits } from '../limits.ts';
import { sendErrors, statusOf } from '../refusal.ts';
import { acceptsEventStream } from '../streams/event-params.ts';
import {
  type Admission,
  type AdmittedRequest,
  bodyTooLong,
  createEvents,
  type Handled,
} from '../streams/event-streams.ts';
import { createOperations } from '../streams/operations.ts';
import type { StreamRegistry } from '../streams/registry.ts';
import { createSockets } from '../streams/sockets.ts';
import { etags } from './graphql-etags.ts';
import { unreadableParams } from './graphql-params.ts';

const PATH = '/graphql';
/** Largest request body, and largest message of a socket. Bytes. */
const GRAPHQL_MAX = 256 * 1024;

export interface GraphqlDeps {
  services: Services;
  authenticate: Authenticate;
  addressOf: AddressOf;
  limits: AddressLimits;
  keys: KeyRevocations;
  streams: StreamRegistry;
  connections: Pick<PeerConnections, 'release'>;
  bodies: Pick<BodyReader, 'readThen'>;
  headers: AnswerHeaders;
  /** SUBSCRIPTIONS_PER_SOCKET */
  subscriptionsPerSocket: number;
  config: Pick<Config, 'TRUSTED_DOCUMENTS'>;
  topics: Topics;
  clock: Clock;
  metrics: Metrics;
  log: Log;
}

/** Validation errors are input errors like all others. Runs before Yoga gives them a code of its own. */
const validationCodes: Plugin = {
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result) error.extensions.code ??= 'BAD_USER_INPUT';
    },
};

/** The errors with an HTTP status of their own, whatever media type is accepted. */
const refusalStatus: Plugin = {
  onResultProcess({ result }) {
    if (Array.isArray(result) || !('errors' in result)) return;
    for (const { extensions } of result.errors ?? []) {
      if (extensions?.code === 'TOO_COSTLY') extensions.http = { status: 400 };
      if (extensions?.code !== 'RATE_LIMITED') continue;
      extensions.http = { status: 429, headers: { 'Retry-After': String(extensions.retryAfter) } };
    }
  },
};

/** Subscriptions don't pass through Yoga: sockets and event streams share what they execute. */
const noSubscriptions: Plugin = {
  onSubscribe() {
    throw new SlotwireError(
      'BAD_USER_INPUT',
      'Subscribe over WebSocket (graphql-transport-ws), or accept text/event-stream and send JSON.',
    );
  },
};

/** The error with the HTTP status of its code, whatever media type is accepted. */
const withStatus = ({ code, details, message }: SlotwireError) =>
  new GraphQLError(message, { extensions: { code, ...details, http: { status: statusOf(code) } } });

/** What Yoga's context is created from: who was admitted, or why the operation was refused. */
interface InitialContext extends Partial<Admission> {
  /** Of an operation that was weighed already. */
  fields?: FieldBudget;
  /** The result of an operation that was executed already, masked. */
  executed?: ExecutionResult;
}

/** What was executed already is only written. */
const executedBefore: Plugin<InitialContext> = {
  onExecute({ args, setResultAndStopExecution }) {
    const { executed } = args.contextValue;
    if (executed) setResultAndStopExecution(executed);
  },
};

/** What a page asks as soon as it is opened. */
const isFirstQuestion = (text: string) => /^\s*query AvailabilityNow\b/.test(text);

export function createGraphql(deps: GraphqlDeps) {
  const { services, authenticate, addressOf, limits, connections, bodies, log } = deps;
  const mask = createMaskError(log);
  const admit = createAdmitOperation(authenticate, limits);

  /** An operation that was refused is answered without a look at its body. */
  const refusals: Plugin<object, InitialContext> = {
    onRequestParse({ serverContext, setRequestParser }) {
      if (serverContext.refusal) setRequestParser(() => ({ query: '{ __typename }' }));
    },
    onParams({ context }) {
      if (context.refusal) throw context.refusal;
    },
  };

  const trusted = createTrustedDocuments(deps.config.TRUSTED_DOCUMENTS);
  /** Puts the text of a document in the place of its identifier. */
  const documentsById: Plugin<object, InitialContext> = {
    onParams({ params, setParams, context: { viewer = ANONYMOUS } }) {
      if (typeof params !== 'object' || params === null) return;
      const { documentId, ...known }: typeof params & DocumentReference = params;
      try {
        setParams({ ...known, query: trusted.textOf({ ...known, documentId }, viewer) });
      } catch (error) {
        throw error instanceof SlotwireError ? withStatus(error) : error;
      }
    },
  };

  const views = createSchemaViews(schema);
  const documents = createDocumentStore();
  const guard = createOperationGuard({ documents, views, mask });

  /** Counts the operation before anything of it is read. Never throws, and at once where it can. */
  function admitRequest(request: IncomingMessage): Admission | Promise<Admission> {
    // A connection that has ended has no address.
    const address = addressOf(request);
    const refuse = (error: unknown): Admission => ({
      address,
      refusal: error instanceof Error ? error : new Error(String(error)),
    });
    const accept = (viewer: Viewer): Admission => {
      if (!isLimited(viewer)) connections.release(request.socket);
      return { address, viewer };
    };
    try {
      const viewer = admit(callerCredentials(request), address);
      return viewer instanceof Promise ? viewer.then(accept).catch(refuse) : accept(viewer);
    } catch (error) {
      return refuse(error);
    }
  }

  const yoga = createYoga<InitialContext, Context>({
    schema,
    graphqlEndpoint: PATH,
    landingPage: false,
    logging: false,
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'] },
    maskedErrors: { maskError: mask },
    maxRequestBodySize: GRAPHQL_MAX,
    plugins: [
      unreadableParams,
      refusals,
      documentsById,
      etags,
      executedBefore,
      guard,
      validationCodes,
      refusalStatus,
      noSubscriptions,
    ],
    // The page is a file of its own (graphiql.ts).
    graphiql: false,
    // Documents are kept by their size, not by their number.
    parserAndValidationCache: false,
    context({ viewer = ANONYMOUS, address = '', fields }) {
      const charge = chargeTo(limits, viewer, address);
      return createContext(viewer, services, { charge, ...(fields ? { fields } : {}) });
    },
  });

  const operations = createOperations({
    envelop: (viewer) => yoga.getEnveloped({ viewer }),
    ...{ schema, documents: trusted, store: documents, views, services, mask },
  });
  // Their documents, and the schema with the first of them, are read and validated before a visitor waits for it.
  for (const query of PAGE_DOCUMENTS.filter(isFirstQuestion))
    operations.prepare({ query }, { viewer: ANONYMOUS, charge: () => {} });
  const streaming = { ...deps, operations, admit, maxBytes: GRAPHQL_MAX };
  const events = createEvents(streaming);
  const table = createAnswerTable({ topics: deps.topics, clock: deps.clock });
  const obtain = createSharedAnswers({ operations, table, mask });
  const answers = createAnswerRoute({ ...{ ...deps, mask, live: services.live }, obtain });
  const sockets = createSockets({ ...streaming, subscriptions: deps.subscriptionsPerSocket });

  /** A request that was let in, with what was read of it. @param body null: it is too long */
  function answerRead(
    request: IncomingMessage,
    response: ServerResponse,
    { body, ...admitted }: Omit<AdmittedRequest, 'body'> & { body: Buffer | undefined | null },
  ): unknown {
    if (body === null) return sendErrors(response, [mask(bodyTooLong(GRAPHQL_MAX))], 413);
    const read = { ...admitted, body };
    if (acceptsEventStream(request))
      return events(request, response, read).then((handled) =>
        handled === 'answered' ? undefined : answerOnce(request, response, read, handled),
      );
    return answerOnce(request, response, read, {});
  }

  /** By one answer: a shared one, or one that Yoga gives. */
  function answerOnce(
    request: IncomingMessage,
    response: ServerResponse,
    read: AdmittedRequest,
    handled: Exclude<Handled, 'answered'>,
  ): unknown {
    const byYoga = (outcome: AnswerOutcome) => {
      if (outcome === 'answered') return undefined;
      // Yoga takes a body that was read already from here.
      if (read.body) Object.assign(request, { body: Readable.from(read.body) });
      return yoga.handle(request, response, { ...read.admission, ...handled, ...outcome });
    };
    const answered = answers(request, response, read);
    return answered instanceof Promise ? answered.then(byYoga) : byYoga(answered);
  }

  function handleAdmitted(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    admission: Admission,
  ): unknown {
    const isRead = request.method === 'POST' && !admission.refusal;
    if (!isRead) return answerRead(request, response, { url, admission, body: undefined });
    return bodies.readThen(request, GRAPHQL_MAX, (body) =>
      answerRead(request, response, { url, admission, body }),
    );
  }

  return {
    /** @returns a promise where the answer takes more than this event. @throws what a body's reader throws */
    handle(request: IncomingMessage, response: ServerResponse, url: URL): unknown {
      // What a browser asks before it asks.
      if (request.method === 'OPTIONS') return yoga.handle(request, response, {});
      const admission = admitRequest(request);
      return admission instanceof Promise
        ? admission.then((found) => handleAdmitted(request, response, url, found))
        : handleAdmitted(request, response, url, admission);
    },
    askForPage: createAskForPage({ obtain, operations, limits }),
    acceptSockets: (server: Server) => sockets.accept(server, PATH),
    close: table.close,
  };
}
