/** The gateway's one port: GraphQL, webhooks, the consent's redirects, feeds, pages, health and metrics. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import findMyWay from 'find-my-way';
import { type ChallengeConfig, challengeWidgetOf } from '../booking/challenge/widget-provider.ts';
import { createBlockwiseLimiter } from '../cache/blockwise-limiter.ts';
import { createMemoryLimiter } from '../cache/memory/limiter.ts';
import type { Limiter } from '../cache/port.ts';
import type { Config } from '../config.ts';
import { type ErrorCode, SlotwireError } from '../errors.ts';
import { createDav } from '../feeds/dav/dav.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { Log } from '../log.ts';
import type { Providers, WebhookReply } from '../providers/port.ts';
import type { Store } from '../store/client.ts';
import { packageRoot } from '../store/migrate.ts';
import { createReadiness } from '../store/readiness.ts';
import { type Clock, SECOND, steadyClock } from '../time/clock.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { type AddressOf, createPeers } from './address.ts';
import { createAnswerHeaders, framesOfBookingPage, pagePolicy } from './answer-headers.ts';
import { createReadBody, NoRoomForBody, type ReadBody, RequestCutOff } from './body.ts';
import { SERVER_TIMEOUTS, watchConnections } from './connections.ts';
import { type AddressLimits, createAddressLimits } from './limits.ts';
import { type ConnectRouteDeps, createConnectRoutes } from './routes/connect.ts';
import { createDavRoute, DAV_METHODS } from './routes/dav.ts';
import { createFeedRoute } from './routes/feeds.ts';
import { createFeedAccess } from './routes/feeds-access.ts';
import { isGraphiqlAsset, isPageRequest, sendGraphiql, sendGraphiqlAsset } from './routes/graphiql.ts';
import { createGraphql, type GraphqlDeps } from './routes/graphql.ts';
import { createMailRoute } from './routes/mail.ts';
import { createMetricsRoute } from './routes/metrics.ts';
import { sendMessage, sendNothingHere } from './routes/pages.ts';
import { createStaticFiles } from './routes/static-files.ts';
import { createStreamRegistry } from './streams/registry.ts';

/** Node sends no body in answer to HEAD. Not for addresses that use something up, as link previews ask by HEAD. */
const GET_OR_HEAD: findMyWay.HTTPMethod[] = ['GET', 'HEAD'];
/**
 * Connections that may wait to be accepted: a crowd that reconnects at once exceeds Node's own 511. The system may
 * allow fewer.
 */
const BACKLOG = 4_096;
/** How often an open stream is asked for a sign of life. After two intervals without one it is ended. */
const BEAT = 12 * SECOND;
/** Folder of the built pages. */
const WEB = join(packageRoot(), 'dist', 'web');
export interface HttpDeps
  extends Omit<
    GraphqlDeps,
    'connections' | 'readBody' | 'addressOf' | 'limits' | 'streams' | 'subscriptionsPerSocket' | 'headers'
  > {
  store: Store;
  clock: Clock;
  providers: Providers;
  connect: ConnectRouteDeps['connect'];
  webhooks: Pick<Webhooks, 'inbound' | 'mail'>;
  feeds: Pick<Feeds, 'links' | 'combined'>;
  /** Over all processes. */
  limiter: Limiter;
  config: Pick<
    Config,
    | 'HOST'
    | 'PORT'
    | 'PUBLIC_URL'
    | 'REDIS_URL'
    | 'TRUSTED_PROXIES'
    | 'RATE_LIMIT_ANONYMOUS'
    | 'SOCKETS_PER_ADDRESS'
    | 'CONNECTIONS_PER_ADDRESS'
    | 'SUBSCRIPTIONS_PER_SOCKET'
    | 'TRUSTED_DOCUMENTS'
    | 'GRAPHIQL'
    | 'EMBED_ORIGINS'
    | 'METRICS_TOKEN'
    | 'METRICS_PORT'
  > &
    ChallengeConfig;
}

/** What the routes need beside the room's dependencies. */
interface RouteDeps extends HttpDeps {
  addressOf: AddressOf;
  limits: AddressLimits;
  readBody: ReadBody;
}

export interface HttpServer {
  /** The address that it listens on. */
  url: string;
  close(): Promise<void>;
}

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  params: Record<string, string | undefined>,
  url: URL,
) => unknown;

/** @throws Node's own error when it can't listen. */
export async function serveHttp(deps: HttpDeps): Promise<HttpServer> {
  const { config, clock, metrics } = deps;
  const peers = createPeers(config.TRUSTED_PROXIES);
  const { addressOf } = peers;
  const limits = createAddressLimits({
    limiter: config.REDIS_URL
      ? createBlockwiseLimiter({ limiter: deps.limiter, clock: steadyClock })
      : createMemoryLimiter({ clock: steadyClock }),
    operations: config.RATE_LIMIT_ANONYMOUS,
    sockets: config.SOCKETS_PER_ADDRESS,
    metrics,
  });
  const streams = createStreamRegistry({ metrics, interval: BEAT });
  const subscriptionsPerSocket = config.SUBSCRIPTIONS_PER_SOCKET;
  const headers = createAnswerHeaders(config.PUBLIC_URL);
  const date = createDateHeader(clock);
  // Node's own refusal of a request without Host lacks our headers.
  const server = createServer({ ...SERVER_TIMEOUTS, requireHostHeader: false }, (request, response) => {
    // Pages tell their own clock's error by it, and every other instant of an answer is of this clock too.
    response.setHeader('Date', date());
    headers.apply(response);
    void answer(request, response).catch((error) => fail(deps.log, response, error));
  });
  // What Node would answer by itself lacks our headers.
  server.on('checkExpectation', (_request, response) => {
    headers.apply(response);
    send(response, text(417, 'No such expectation can be met.\n'));
  });
  const connections = watchConnections(server, {
    ...{ peers, headers, metrics, clock: steadyClock },
    perAddress: config.CONNECTIONS_PER_ADDRESS,
  });
  const readBody = createReadBody();
  const graphql = createGraphql({
    ...{ ...deps, addressOf, limits, streams, subscriptionsPerSocket },
    ...{ headers, connections, readBody },
  });
  graphql.acceptSockets(server);
  const router = routes({ ...deps, addressOf, limits, readBody }, graphql.handle);

  const { origin } = new URL(config.PUBLIC_URL);
  /** Of most requests. It is read and never changed. */
  const graphqlUrl = new URL(`${origin}/graphql`);

  async function answer(request: IncomingMessage, response: ServerResponse) {
    if (!(await connections.enter(request, response))) return;
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      return send(response, text(400, 'The header Host is missing.\n'));
    }
    const url = request.url === '/graphql' ? graphqlUrl : safeUrl(origin + request.url);
    const found = url && router.find((request.method ?? 'GET') as findMyWay.HTTPMethod, url.pathname);
    if (!found) {
      const allowed = METHODS.filter((method) => url && router.find(method, url.pathname));
      if (allowed.length > 0) return send(response, methodNotAllowed(allowed));
      return sendNothingHere(response);
    }
    const handler = found.store as Handler;
    await handler(request, response, found.params, url);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: config.PORT, host: config.HOST, backlog: BACKLOG }, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await streams.close();
      graphql.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2_000).unref();
      await closed;
    },
  };
}

function routes(
  deps: RouteDeps,
  graphql: (request: IncomingMessage, response: ServerResponse, url: URL) => unknown,
) {
  const router = findMyWay({ ignoreTrailingSlash: true });
  const route = (method: findMyWay.HTTPMethod | findMyWay.HTTPMethod[], path: string, handler: Handler) =>
    router.on(method, path, () => {}, handler);

  const { addressOf, limits, metrics, clock, config } = deps;
  const files = createStaticFiles(WEB);
  route(['GET', 'HEAD', 'POST', 'OPTIONS'], '/graphql', async (request, response, _params, url) => {
    if (!isPageRequest(request, url)) return graphql(request, response, url);
    if (!config.GRAPHIQL) return sendNothingHere(response);
    await limits.countOperation(addressOf(request));
    await sendGraphiql(files, request, response);
  });
  const { readBody } = deps;
  const connect = createConnectRoutes({
    ...{ connect: deps.connect, publicUrl: config.PUBLIC_URL },
    ...{ addressOf, readBody },
  });
  for (const { name: provider, oauth, watch } of deps.providers.values()) {
    if (!oauth && !watch) continue;
    const webhook: Handler = async (request, response, params, url) => {
      const { inbound } = deps.webhooks;
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const path = params['*'] ? `/${params['*']}` : '';
      const notification = { method: request.method ?? 'POST', path, query: url.searchParams, headers };
      const admitted = inbound.admit(provider, notification);
      if ('status' in admitted) return send(response, admitted);
      const body = await deps.readBody(request, admitted.maxBody);
      if (!body) return send(response, inbound.refuseBody(provider));
      send(response, await inbound.receive(provider, { ...notification, body }));
    };
    route(['POST', 'OPTIONS'], `/webhooks/${provider}`, webhook);
    route(['POST', 'OPTIONS'], `/webhooks/${provider}/*`, webhook);
    route(GET_OR_HEAD, `/connect/${provider}`, (_request, response, _params, url) =>
      connect.show(response, provider, url),
    );
    route('POST', `/connect/${provider}`, (request, response, _params, url) =>
      connect.begin(request, response, provider, url),
    );
    route('GET', `/connect/${provider}/callback`, (request, response, _params, url) =>
      connect.end(request, response, provider, url),
    );
  }
  const { mail } = deps.webhooks;
  if (mail) route('POST', '/inbound/mail', createMailRoute(mail, deps.readBody));
  const { links: feeds, combined } = deps.feeds;
  const access = createFeedAccess({ feeds, limits, addressOf, metrics });
  const feed = createFeedRoute({ feeds, combined, access, clock });
  route(GET_OR_HEAD, '/feeds/:file', (request, response, { file = '' }) => feed(request, response, file));
  const davRoute = createDavRoute({ feeds, dav: createDav({ combined }), access, readBody: deps.readBody });
  const dav: Handler = (request, response, _params, url) => davRoute(request, response, url);
  route([...DAV_METHODS], '/dav', dav);
  route([...DAV_METHODS], '/dav/*', dav);
  // Clients that were given only the name of the server ask there.
  route(['OPTIONS', 'PROPFIND'], '/', dav);
  route(['OPTIONS', 'PROPFIND'], '/.well-known/caldav', dav);
  route(GET_OR_HEAD, '/.well-known/caldav', (_request, response) => redirect(response, '/dav/'));
  const widget = challengeWidgetOf(config);
  route(GET_OR_HEAD, '/book/:owner/:slug', (request, response, _params, url) => {
    const frames = framesOfBookingPage(config.EMBED_ORIGINS, url.searchParams.has('embed'));
    const policy = pagePolicy(frames, widget?.sources);
    return files.send(request, response, 'book.html', { 'content-security-policy': policy });
  });
  route(GET_OR_HEAD, '/assets/:name', async (request, response, { name = '' }) => {
    const isGraphiql = isGraphiqlAsset(name);
    if (isGraphiql && config.GRAPHIQL) {
      await limits.countOperation(addressOf(request));
      if (await sendGraphiqlAsset(files, request, response, name)) return;
    } else if (!isGraphiql && (await files.send(request, response, name))) return;
    sendNothingHere(response);
  });
  route(GET_OR_HEAD, '/admin', (request, response, _params, url) => connect.result(request, response, url));
  route('POST', '/admin', (request, response, _params, url) => connect.answer(request, response, url));
  route(GET_OR_HEAD, '/', (_request, response) =>
    sendMessage(response, 200, 'Slotwire', 'This is an availability gateway. Its API is at /graphql.'),
  );
  route(GET_OR_HEAD, '/healthz', (_request, response) => send(response, text(200, 'ok\n')));
  const readiness = createReadiness(deps);
  route(GET_OR_HEAD, '/readyz', async (_request, response) => {
    const reason = await readiness.check();
    send(response, reason === null ? text(200, 'ready\n') : text(503, `${reason}\n`));
  });
  // With METRICS_PORT they are there alone; without a token they must not be public.
  if (config.METRICS_TOKEN !== undefined && config.METRICS_PORT === undefined) {
    const onRefused = (request: IncomingMessage) => limits.countOperation(addressOf(request));
    route(GET_OR_HEAD, '/metrics', createMetricsRoute(metrics, config.METRICS_TOKEN, onRefused));
  }
  return router;
}

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;

const methodNotAllowed = (allowed: readonly string[]): WebhookReply => {
  const { headers, ...reply } = text(405, 'This address does not take that method.\n');
  return { ...reply, headers: { ...headers, allow: allowed.join(', ') } };
};

const text = (status: number, body: string): WebhookReply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

const BUSY: WebhookReply = {
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1', connection: 'close' },
  body: 'Too much is asked at once: try again in a moment.\n',
};

function send(response: ServerResponse, reply: WebhookReply) {
  response.writeHead(reply.status, reply.headers).end(reply.body);
}

const redirect = (response: ServerResponse, location: string) =>
  response.writeHead(302, { location, 'cache-control': 'no-store' }).end();

const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
};

function fail(log: Log, response: ServerResponse, error: unknown) {
  // The sender is gone.
  if (response.headersSent || error instanceof RequestCutOff) return response.destroy();
  if (error instanceof NoRoomForBody) return send(response, BUSY);
  if (error instanceof SlotwireError) {
    const { retryAfter } = error.details;
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    return sendMessage(response, STATUS[error.code] ?? 400, 'That did not work', error.message);
  }
  log.error({ err: error }, 'request failed');
  sendMessage(response, 500, 'Something went wrong', 'Something went wrong on our side. Please try again.');
}

/** @returns null for a request target that can't be parsed. */
function safeUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** The header Date, made once a second. */
function createDateHeader(clock: Clock): () => string {
  let made = { second: Number.NaN, text: '' };
  return () => {
    const second = Math.floor(clock.now() / SECOND);
    if (second !== made.second) made = { second, text: new Date(second * SECOND).toUTCString() };
    return made.text;
  };
}
