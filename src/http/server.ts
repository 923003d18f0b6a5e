/** The gateway's one port: GraphQL, webhooks, the consent's redirects, feeds, pages, health and metrics. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type findMyWay from 'find-my-way';
import { countArrival } from '../async/event-loop.ts';
import { createBlockwiseLimiter } from '../cache/blockwise-limiter.ts';
import { createMemoryLimiter } from '../cache/memory/limiter.ts';
import { type Clock, SECOND, steadyClock } from '../time/clock.ts';
import { createPeers } from './address.ts';
import { createAnswerHeaders } from './answer-headers.ts';
import { createBodyReader } from './body.ts';
import { SERVER_TIMEOUTS, watchConnections } from './connections.ts';
import type { HttpDeps } from './deps.ts';
import { createAddressLimits } from './limits.ts';
import { answerFailure, methodNotAllowed, plainText, sendReply } from './replies.ts';
import { createRequestTimes } from './request-times.ts';
import { createGraphql } from './routes/graphql.ts';
import { sendNothingHere } from './routes/pages.ts';
import { createRoutes, type RouteTarget } from './routes.ts';
import { createStreamRegistry } from './streams/registry.ts';

/**
 * Connections that may wait to be accepted: a crowd that reconnects at once exceeds Node's own 511. The system may
 * allow fewer.
 */
const BACKLOG = 4_096;
/** How often an open stream is asked for a sign of life. After two intervals without one it is ended. */
const BEAT = 12 * SECOND;

export interface HttpServer {
  /** The address that it listens on. */
  url: string;
  close(): Promise<void>;
}

/** @throws Node's own error when it can't listen. */
export async function serveHttp(deps: HttpDeps): Promise<HttpServer> {
  const { config, clock, metrics } = deps;
  const peers = createPeers(config.TRUSTED_PROXIES);
  const { addressOf } = peers;
  const limits = createAddressLimits({
    limiter: createBlockwiseLimiter({
      limiter: config.REDIS_URL ? deps.limiter : createMemoryLimiter({ clock: steadyClock }),
      clock: steadyClock,
    }),
    operations: config.RATE_LIMIT_ANONYMOUS,
    sockets: config.SOCKETS_PER_ADDRESS,
    metrics,
  });
  const streams = createStreamRegistry({ metrics, interval: BEAT });
  const subscriptionsPerSocket = config.SUBSCRIPTIONS_PER_SOCKET;
  const headers = createAnswerHeaders(config.PUBLIC_URL);
  const timeAnswer = createRequestTimes(metrics, steadyClock);
  const date = createDateHeader(clock);
  // Node's own refusal of a request without Host lacks our headers.
  const server = createServer({ ...SERVER_TIMEOUTS, requireHostHeader: false }, (request, response) => {
    // Pages tell their own clock's error by it, and every other instant of an answer is of this clock too.
    response.setHeader('Date', date());
    headers.apply(response);
    const failed = (error: unknown) => answerFailure(deps.log, response, error);
    try {
      const answered = enter(request, response);
      if (answered !== undefined) void Promise.resolve(answered).catch(failed);
    } catch (error) {
      failed(error);
    }
  });
  server.on('connection', countArrival);
  // What Node would answer by itself lacks our headers.
  server.on('checkExpectation', (_request, response) => {
    headers.apply(response);
    sendReply(response, plainText(417, 'No such expectation can be met.\n'));
  });
  const connections = watchConnections(server, {
    ...{ peers, headers, metrics, clock: steadyClock },
    perAddress: config.CONNECTIONS_PER_ADDRESS,
  });
  const bodies = createBodyReader();
  const graphql = createGraphql({
    ...{ ...deps, addressOf, limits, streams, subscriptionsPerSocket },
    ...{ headers, connections, bodies },
  });
  graphql.acceptSockets(server);
  const router = createRoutes(
    { ...deps, addressOf, limits, readBody: bodies.read, askForPage: graphql.askForPage },
    graphql.handle,
  );

  const { origin } = new URL(config.PUBLIC_URL);
  /** Of most requests, which need no router. It is read and never changed. */
  const graphqlUrl = new URL(`${origin}/graphql`);

  /** Without a wait for as long as nothing has to be waited for: a kept answer is sent in the event in which its question came. */
  function enter(request: IncomingMessage, response: ServerResponse): unknown {
    const entered = connections.enter(request, response);
    if (entered instanceof Promise)
      return entered.then((isIn) => (isIn ? answer(request, response) : undefined));
    return entered ? answer(request, response) : undefined;
  }

  function answer(request: IncomingMessage, response: ServerResponse): unknown {
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      return sendReply(response, plainText(400, 'The header Host is missing.\n'));
    }
    if (request.url === '/graphql' && request.method === 'POST') {
      timeAnswer(request, response, '/graphql');
      return graphql.handle(request, response, graphqlUrl);
    }
    const url = safeUrl(origin + request.url);
    const found = url && router.find((request.method ?? 'GET') as findMyWay.HTTPMethod, url.pathname);
    const route = found ? (found.store as RouteTarget) : null;
    timeAnswer(request, response, route?.path ?? 'none');
    if (!found || !route) {
      const allowed = METHODS.filter((method) => url && router.find(method, url.pathname));
      if (allowed.length > 0) return sendReply(response, methodNotAllowed(allowed));
      return sendNothingHere(response);
    }
    return route.handle(request, response, found.params, url);
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

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;

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
