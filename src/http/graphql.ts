/** GraphQL over HTTP and Server-Sent Events (Yoga), and over WebSocket (graphql-ws) on the same port. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga, type Plugin } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { SlotwireError } from '../errors.ts';
import type { Authenticate } from '../graphql/authenticate.ts';
import { ANONYMOUS, type Context, type Viewer } from '../graphql/context.ts';
import { isLimited } from '../graphql/limits.ts';
import { createLoaders } from '../graphql/loaders.ts';
import { createMasking } from '../graphql/masking.ts';
import { plainText } from '../graphql/plain-text.ts';
import type { Services } from '../graphql/powers.ts';
import { schema } from '../graphql/schema.ts';
import type { Log } from '../log.ts';
import type { AddressOf } from './address.ts';
import type { AddressLimits } from './limits.ts';

const PATH = '/graphql';
/** Largest request body and largest message of a socket, in bytes. */
export const GRAPHQL_MAX = 256 * 1024;

const EXAMPLE = `# Slotwire speaks GraphQL. Admin fields want a header: {"Authorization": "Bearer <ADMIN_TOKEN>"}
{
  viewer { kind scopes }
}
`;

export interface GraphqlDeps {
  services: Services;
  authenticate: Authenticate;
  addressOf: AddressOf;
  limits: AddressLimits;
  log: Log;
}

/** Validation errors are input errors like all others; this runs before Yoga gives them a code of its own. */
const validationCodes: Plugin = {
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result) error.extensions.code ??= 'BAD_USER_INPUT';
    },
};

/** Of all errors this one has a status of its own. */
const rateLimitStatus: Plugin = {
  onResultProcess({ result }) {
    if (Array.isArray(result) || !('errors' in result)) return;
    for (const { extensions } of result.errors ?? []) {
      if (extensions?.code !== 'RATE_LIMITED') continue;
      extensions.http = { status: 429, headers: { 'Retry-After': String(extensions.retryAfter) } };
    }
  },
};

/** What Yoga starts a context from. */
interface Initial {
  /** Of an operation that came by HTTP. */
  address?: string;
  viewer?: Viewer;
}

/** What a socket said of itself when it was opened. */
interface Introduction {
  authorization: string | null;
  organisation: string | null;
}

export function createGraphql({ services, authenticate, addressOf, limits, log }: GraphqlDeps) {
  const mask = createMasking(log);

  /** Whoever has no key that lifts the limit is counted, also with a wrong one. @throws SlotwireError */
  async function admit(said: Introduction, address: string): Promise<Viewer> {
    const viewer = await authenticate(said.authorization, said.organisation).catch(async (error) => {
      await limits.operation(address);
      throw error;
    });
    if (isLimited(viewer)) await limits.operation(address);
    return viewer;
  }

  /** Before anything of the operation is read. */
  const admission: Plugin<object, Initial> = {
    async onParams({ request: { headers }, context, setResult }) {
      const said = {
        authorization: headers.get('authorization'),
        organisation: headers.get('x-slotwire-organisation'),
      };
      try {
        context.viewer = await admit(said, context.address ?? '');
      } catch (error) {
        setResult({ errors: [mask(error)] });
      }
    },
  };

  const yoga = createYoga<Initial, Context>({
    schema,
    graphqlEndpoint: PATH,
    landingPage: false,
    logging: false,
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'] },
    maskedErrors: { maskError: mask },
    maxRequestBodySize: GRAPHQL_MAX,
    plugins: [admission, validationCodes, plainText, rateLimitStatus],
    graphiql: { title: 'Slotwire', defaultQuery: EXAMPLE },
    renderGraphiQL,
    context({ viewer = ANONYMOUS }) {
      return { viewer, services, loaders: createLoaders(services.store, viewer.organisation) };
    },
  });

  /** An error as a socket's message: how HTTP would answer it is nothing to it. */
  function told(error: unknown): GraphQLError {
    const masked = mask(error);
    delete masked.extensions.http;
    return masked;
  }

  /** What each socket that counts holds of its address's places. */
  const places = new WeakMap<IncomingMessage, () => void>();

  /** A browser says its key only when the socket is open; others may lift the limit by a header before that. */
  async function mayOpen(request: IncomingMessage, socket: Duplex): Promise<boolean> {
    const leave = limits.socket(addressOf(request));
    if (leave) {
      places.set(request, leave);
      socket.once('close', leave);
      return true;
    }
    const { authorization = null } = request.headers;
    const viewer = await authenticate(authorization, null).catch(() => ANONYMOUS);
    return !isLimited(viewer);
  }

  /** Answers upgrades of `server`. @returns closes every socket. */
  function acceptSockets(server: Server) {
    const sockets = new WebSocketServer({ noServer: true, maxPayload: GRAPHQL_MAX });
    server.on('upgrade', (request, socket, head) => {
      if (request.url?.split('?')[0] !== PATH) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      socket.on('error', () => socket.destroy());
      void mayOpen(request, socket).then((may) => {
        if (!may) return socket.end(TOO_MANY_SOCKETS);
        sockets.handleUpgrade(request, socket, head, (accepted) =>
          sockets.emit('connection', accepted, request),
        );
      });
    });
    const graphql = useServer<{ authorization?: unknown }, { request: IncomingMessage; said?: Introduction }>(
      {
        async onConnect({ connectionParams, extra }) {
          const organisation = extra.request.headers['x-slotwire-organisation'];
          extra.said = {
            authorization: textOf(connectionParams?.authorization),
            organisation: textOf(organisation),
          };
          try {
            const viewer = await authenticate(extra.said.authorization, extra.said.organisation);
            if (!isLimited(viewer)) places.get(extra.request)?.();
            return true;
          } catch (error) {
            // graphql-ws closes the socket as forbidden (4403).
            if (error instanceof SlotwireError) return false;
            throw error;
          }
        },
        async onSubscribe({ extra: { request, said = UNSAID } }, _id, payload) {
          try {
            // Anew for each operation: keys are revoked while sockets are open.
            const viewer = await admit(said, addressOf(request));
            const {
              schema: live,
              execute,
              subscribe,
              contextFactory,
              parse,
              validate,
            } = yoga.getEnveloped({ viewer });
            const document = parse(payload.query);
            const errors = validate(live, document);
            if (errors.length > 0) return errors.map(told);
            return {
              schema: live,
              document,
              operationName: payload.operationName ?? null,
              variableValues: payload.variables ?? null,
              contextValue: await contextFactory(),
              rootValue: { execute, subscribe },
            };
          } catch (error) {
            return [told(error)];
          }
        },
        execute: (args) => enveloped(args.rootValue).execute(args),
        subscribe: (args) => enveloped(args.rootValue).subscribe(args),
      },
      sockets,
    );
    return async () => {
      for (const socket of sockets.clients) socket.close(1001, 'Going away');
      await graphql.dispose();
    };
  }

  return {
    handle: (request: IncomingMessage, response: ServerResponse) =>
      yoga.handle(request, response, { address: addressOf(request) }),
    acceptSockets,
  };
}

const TOO_MANY_SOCKETS =
  'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

const UNSAID: Introduction = { authorization: null, organisation: null };

/** Null when it was not said. What is no text is no credential either, and is refused as one. */
const textOf = (said: unknown): string | null => (said == null ? null : String(said));

/** Each operation brings the functions that its context was made for. */
type Enveloped = Pick<ReturnType<ReturnType<typeof createYoga>['getEnveloped']>, 'execute' | 'subscribe'>;
const enveloped = (root: unknown) => root as Enveloped;
