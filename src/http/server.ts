/** The one port: GraphQL, webhooks, the way through consent, pages, health and metrics. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import findMyWay from 'find-my-way';
import { SlotwireError } from '../errors.ts';
import type { Combined } from '../feeds/combined.ts';
import { createDav } from '../feeds/dav/dav.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { InboundRequest, ProviderName, Reply } from '../providers/port.ts';
import type { InboundMail } from '../webhooks/mail/mail.ts';
import { readBody } from './body.ts';
import { createDavRoute, DAV_METHODS } from './routes/dav.ts';
import { createFeedRoute } from './routes/feeds.ts';
import { createFeedDoor } from './routes/feeds-access.ts';
import { createGraphql, type GraphqlDeps } from './routes/graphql.ts';
import { createMailRoute } from './routes/mail.ts';
import { sendFile, sendMessage } from './routes/pages.ts';

/** Node sends no body in answer to HEAD. Not for links that work once: previews ask for them so. */
const PAGE: findMyWay.HTTPMethod[] = ['GET', 'HEAD'];
/** Connections that may wait to be taken: a crowd that comes back at once fills Node's own 511. The system may allow fewer. */
const BACKLOG = 4_096;
/** Largest notification, in bytes. */
const NOTIFICATION_MAX = 1024 * 1024;

export interface HttpDeps extends GraphqlDeps {
  /** Providers that can be connected by consent or send notifications; no others have routes. */
  providers: readonly ProviderName[];
  receive(provider: ProviderName, request: InboundRequest): Promise<Reply>;
  /** From a ticket to the provider's consent page. @throws SlotwireError */
  redirect(provider: ProviderName, ticket: string): Promise<string>;
  /** From the provider's answer to where the browser goes next. @throws SlotwireError */
  finish(provider: ProviderName, callback: URL): Promise<string>;
  feeds: Feeds;
  combined: Combined;
  /** Null: no mail relay shares a secret with us. */
  mail: InboundMail | null;
  /** Whether all that answers need is there; the reason when it isn't. */
  ready(): Promise<string | null>;
  metrics: Metrics;
  publicUrl: string;
  /** Folder of the built pages. */
  web: string;
  log: Log;
}

export interface HttpServer {
  /** What it listens on. */
  url: string;
  close(): Promise<void>;
}

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  params: Record<string, string | undefined>,
  url: URL,
) => unknown;

/** Rejects with Node's own error when it can't listen. */
export async function serveHttp(deps: HttpDeps, host: string, port: number): Promise<HttpServer> {
  const graphql = createGraphql(deps);
  const server = createServer((request, response) => {
    void answer(request, response).catch((error) => fail(deps.log, response, error));
  });
  graphql.acceptSockets(server);
  const router = routes(deps, graphql.handle);

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = safeUrl(new URL(deps.publicUrl).origin + request.url);
    const found = url && router.find((request.method ?? 'GET') as findMyWay.HTTPMethod, url.pathname);
    if (!found) {
      const allowed = METHODS.filter((method) => url && router.find(method, url.pathname));
      if (allowed.length > 0) return send(response, wrongMethod(allowed));
      return sendMessage(response, 404, 'Nothing here', 'There is no page at this address.');
    }
    const handler = found.store as Handler;
    await handler(request, response, found.params, url);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await deps.streams.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2_000).unref();
      await closed;
    },
  };
}

function routes(
  deps: HttpDeps,
  graphql: (request: IncomingMessage, response: ServerResponse, url: URL) => unknown,
) {
  const router = findMyWay({ ignoreTrailingSlash: true });
  const on = (method: findMyWay.HTTPMethod | findMyWay.HTTPMethod[], path: string, handler: Handler) =>
    router.on(method, path, () => {}, handler);

  on(['GET', 'POST', 'OPTIONS'], '/graphql', (request, response, _params, url) =>
    graphql(request, response, url),
  );
  for (const provider of deps.providers) {
    const webhook: Handler = async (request, response, params, url) => {
      const body = await readBody(request, NOTIFICATION_MAX);
      if (!body) {
        deps.metrics.notifications.inc({ provider, verdict: 'rejected' });
        return send(response, TOO_LARGE);
      }
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const path = params['*'] ? `/${params['*']}` : '';
      const { method = 'POST' } = request;
      send(response, await deps.receive(provider, { method, path, query: url.searchParams, headers, body }));
    };
    on(['POST', 'OPTIONS'], `/webhooks/${provider}`, webhook);
    on(['POST', 'OPTIONS'], `/webhooks/${provider}/*`, webhook);
    on('GET', `/connect/${provider}`, async (_request, response, _params, url) =>
      redirect(response, await deps.redirect(provider, url.searchParams.get('ticket') ?? '')),
    );
    on('GET', `/connect/${provider}/callback`, async (_request, response, _params, url) =>
      redirect(response, await deps.finish(provider, url)),
    );
  }
  const { mail } = deps;
  if (mail) on('POST', '/inbound/mail', createMailRoute(mail));
  const { feeds, combined, addressOf, limits, metrics } = deps;
  const door = createFeedDoor({ feeds, limits, addressOf, metrics });
  const feed = createFeedRoute({ feeds, combined, door, clock: deps.services.clock });
  on(PAGE, '/feeds/:file', (request, response, { file = '' }) => feed(request, response, file));
  const davRoute = createDavRoute({ feeds, dav: createDav({ combined }), door });
  const dav: Handler = (request, response, _params, url) => davRoute(request, response, url);
  on([...DAV_METHODS], '/dav', dav);
  on([...DAV_METHODS], '/dav/*', dav);
  // Clients that were given a host's name alone ask there.
  on(['OPTIONS', 'PROPFIND'], '/', dav);
  on(['OPTIONS', 'PROPFIND'], '/.well-known/caldav', dav);
  on(PAGE, '/.well-known/caldav', (_request, response) => redirect(response, '/dav/'));
  on(PAGE, '/book/:owner/:slug', (_request, response) => sendFile(response, deps.web, 'book.html'));
  on(PAGE, '/assets/:name', (_request, response, { name = '' }) => sendFile(response, deps.web, name));
  on(PAGE, '/admin', (_request, response, _params, url) =>
    connected(response, url.searchParams.get('error')),
  );
  on(PAGE, '/', (_request, response) => redirect(response, '/graphql'));
  on(PAGE, '/healthz', (_request, response) => send(response, text(200, 'ok\n')));
  on(PAGE, '/readyz', async (_request, response) => {
    const reason = await deps.ready();
    send(response, reason === null ? text(200, 'ready\n') : text(503, `${reason}\n`));
  });
  on(PAGE, '/metrics', async (_request, response) => {
    const { registry } = deps.metrics;
    send(response, {
      status: 200,
      headers: { 'content-type': registry.contentType },
      body: await registry.metrics(),
    });
  });
  return router;
}

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;

const wrongMethod = (allowed: readonly string[]): Reply => {
  const { headers, ...reply } = text(405, 'This address does not take that method.\n');
  return { ...reply, headers: { ...headers, allow: allowed.join(', ') } };
};

const text = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

const TOO_LARGE = { ...text(413, 'The body is too large.\n'), close: true };

function send(response: ServerResponse, reply: Reply & { close?: boolean }) {
  if (reply.close) response.setHeader('connection', 'close');
  response.writeHead(reply.status, reply.headers).end(reply.body);
}

const redirect = (response: ServerResponse, location: string) =>
  response.writeHead(302, { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end();

/** What a host reads who was sent nowhere else after consent. */
function connected(response: ServerResponse, error: string | null) {
  if (error === null) {
    return sendMessage(response, 200, 'Connected', 'Your calendar is connected. You can close this window.');
  }
  const sentence = CONNECT_ERRORS[error] ?? 'The calendar could not be connected. Please try again later.';
  sendMessage(response, 200, 'Not connected', sentence);
}

const CONNECT_ERRORS: Record<string, string> = {
  access_denied: 'You did not grant access, so nothing was connected.',
  missing_scope:
    'Access to the calendar itself was not granted. Please connect again and leave every box ticked.',
  already_connected: 'This account is connected to another host already.',
};

function fail(log: Log, response: ServerResponse, error: unknown) {
  if (response.headersSent) return response.destroy();
  if (error instanceof SlotwireError) {
    const status = error.code === 'NOT_FOUND' ? 404 : 400;
    return sendMessage(response, status, 'That did not work', error.message);
  }
  log.error({ err: error }, 'request failed');
  sendMessage(response, 500, 'Something went wrong', 'Something went wrong on our side. Please try again.');
}

/** Null for a request target that can't be read. */
const safeUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
