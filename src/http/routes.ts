/** What answers at which address and method. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import findMyWay from 'find-my-way';
import { challengeWidgetOf } from '../booking/challenge/widget-provider.ts';
import { createCardRenderer } from '../cards/renderer.ts';
import { createDav } from '../feeds/dav/dav.ts';
import { wordsAsset } from '../languages/scripts.ts';
import { packageRoot } from '../store/migrate.ts';
import type { AddressOf } from './address.ts';
import type { AskForPage } from './answers/page-question.ts';
import type { ReadBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import type { AddressLimits } from './limits.ts';
import { sendRedirect, sendReply } from './replies.ts';
import { createBookingPages } from './routes/book/pages.ts';
import { createPlainSteps } from './routes/book/plain/routes.ts';
import { createBookingFileRoute } from './routes/booking-file.ts';
import { createCardRoute } from './routes/cards.ts';
import { createConnectRoutes } from './routes/connect.ts';
import { sendConsole } from './routes/console.ts';
import { createDavRoute, DAV_METHODS } from './routes/dav.ts';
import { embedContent, sendEmbed } from './routes/embed.ts';
import { createFeedRoute } from './routes/feeds.ts';
import { createFeedAccess } from './routes/feeds-access.ts';
import { createFileVersions } from './routes/file-versions.ts';
import { isGraphiqlAsset, isPageRequest, sendGraphiql, sendGraphiqlAsset } from './routes/graphiql.ts';
import { sayAlive, sayReady } from './routes/health.ts';
import { createLogoRoute } from './routes/logos.ts';
import { createMailRoute } from './routes/mail.ts';
import { createMetricsRoute } from './routes/metrics.ts';
import { sendMessage, sendNothingHere } from './routes/pages.ts';
import { createStaticFiles } from './routes/static-files.ts';

/** Node sends no body in answer to HEAD. Not for addresses that use something up, as link previews ask by HEAD. */
/** For files whose name says what is in them. */
const FOR_EVER = 'public, max-age=31536000, immutable';

const GET_OR_HEAD: findMyWay.HTTPMethod[] = ['GET', 'HEAD'];
/** Folder of the built pages. */
const WEB = join(packageRoot(), 'dist', 'web');

/** What the routes need beside the room's dependencies. */
export interface RouteDeps extends HttpDeps {
  addressOf: AddressOf;
  limits: AddressLimits;
  readBody: ReadBody;
  askForPage: AskForPage;
}

/** @param params of the path */
export type RouteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  params: Record<string, string | undefined>,
  url: URL,
) => unknown;

/** What the router's finds have as their store. */
export interface RouteTarget {
  path: string;
  handle: RouteHandler;
}

/**
 * @param graphql handles what is no page at /graphql
 * @returns the router: what it finds has a `RouteTarget` as its store
 */
export function createRoutes(
  deps: RouteDeps,
  graphql: (request: IncomingMessage, response: ServerResponse, url: URL) => unknown,
) {
  const router = findMyWay({ ignoreTrailingSlash: true });
  const route = (method: findMyWay.HTTPMethod | findMyWay.HTTPMethod[], path: string, handle: RouteHandler) =>
    router.on(method, path, () => {}, { path, handle } satisfies RouteTarget);

  const { addressOf, limits, metrics, clock, config } = deps;
  const files = createStaticFiles(WEB, embedContent(config.PUBLIC_URL));
  const versions = createFileVersions(WEB);
  const sendPage = async (request: IncomingMessage, response: ServerResponse) => {
    if (!config.GRAPHIQL) return sendNothingHere(response);
    await limits.countOperation(addressOf(request));
    await sendGraphiql(files, request, response);
  };
  route(['GET', 'HEAD', 'POST', 'OPTIONS'], '/graphql', (request, response, _params, url) =>
    isPageRequest(request, url) ? sendPage(request, response) : graphql(request, response, url),
  );
  const { readBody } = deps;
  const connect = createConnectRoutes({
    ...{ connect: deps.connect, publicUrl: config.PUBLIC_URL },
    ...{ addressOf, readBody },
  });
  for (const { name: provider, oauth, watch } of deps.providers.values()) {
    if (!oauth && !watch) continue;
    const webhook: RouteHandler = async (request, response, params, url) => {
      const { inbound } = deps.webhooks;
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const path = params['*'] ? `/${params['*']}` : '';
      const notification = { method: request.method ?? 'POST', path, query: url.searchParams, headers };
      const admitted = inbound.admit(provider, notification);
      if ('status' in admitted) return sendReply(response, admitted);
      const body = await deps.readBody(request, admitted.maxBody);
      if (!body) return sendReply(response, inbound.refuseBody(provider));
      sendReply(response, await inbound.receive(provider, { ...notification, body }));
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
  const dav: RouteHandler = (request, response, _params, url) => davRoute(request, response, url);
  route([...DAV_METHODS], '/dav', dav);
  route([...DAV_METHODS], '/dav/*', dav);
  // Clients that were given only the name of the server ask there.
  route(['OPTIONS', 'PROPFIND'], '/', dav);
  route(['OPTIONS', 'PROPFIND'], '/.well-known/caldav', dav);
  route(GET_OR_HEAD, '/.well-known/caldav', (_request, response) => sendRedirect(response, '/dav/'));
  const { services } = deps;
  const plain = createPlainSteps({
    ...{ store: deps.store, clock, ask: deps.askForPage },
    ...{ bookings: services.booking.bookings, limitStrict: services.limitStrict },
  });
  const pages = createBookingPages({
    ...{ store: deps.store, limits, addressOf, readBody, plain },
    ...{ file: join(WEB, 'book.html'), versions },
    publicUrl: config.PUBLIC_URL,
    embedOrigins: config.EMBED_ORIGINS,
    widget: challengeWidgetOf(config)?.sources,
    byToken: deps.services.booking.bookings.byToken,
  });
  route(GET_OR_HEAD, '/book/:owner', (request, response, { owner = '' }, url) =>
    pages.showOwner(request, response, owner, url),
  );
  route(GET_OR_HEAD, '/book/:owner/:slug', (request, response, { owner = '', slug = '' }, url) =>
    pages.showEventType(request, response, { owner, slug }, url),
  );
  route('POST', '/book/:owner/:slug', (request, response, { owner = '', slug = '' }, url) =>
    pages.bookEventType(request, response, { owner, slug }, url),
  );
  const { calendarFile } = services.booking;
  const bookingFile = createBookingFileRoute({ calendarFile, addressOf, limits });
  route(GET_OR_HEAD, '/book/b/:token', (request, response, { token = '' }, url) =>
    pages.showBooking(request, response, token, url),
  );
  route('POST', '/book/b/:token', (request, response, { token = '' }, url) =>
    pages.cancelBooking(request, response, token, url),
  );
  const logo = createLogoRoute({ store: deps.store, clock, addressOf, limits });
  const card = createCardRoute({ store: deps.store, renderer: createCardRenderer(), addressOf, limits });
  route(GET_OR_HEAD, '/cards/:owner/:file', (request, response, { owner = '', file = '' }) =>
    card(request, response, { owner, file }),
  );
  route(GET_OR_HEAD, '/cards/:owner/:slug/:file', (request, response, { owner = '', slug, file = '' }) =>
    card(request, response, { owner, slug, file }),
  );
  route(GET_OR_HEAD, '/logos/:file', (request, response, { file = '' }) => logo(request, response, file));
  route(GET_OR_HEAD, '/book/b/:token/booking.ics', (request, response, { token = '' }) =>
    bookingFile(request, response, token),
  );
  route(GET_OR_HEAD, '/embed.js', async (request, response) => {
    if (!(await sendEmbed(files, request, response))) sendNothingHere(response);
  });
  route(GET_OR_HEAD, '/assets/:name', async (request, response, { name = '' }) => {
    const isGraphiql = isGraphiqlAsset(name);
    const kept = wordsAsset(name) ?? (await versions.find(name));
    const headers = kept?.isCurrent ? { 'cache-control': FOR_EVER } : {};
    if (isGraphiql && config.GRAPHIQL) {
      await limits.countOperation(addressOf(request));
      if (await sendGraphiqlAsset(files, request, response, name)) return;
    } else if (!isGraphiql && (await files.send(request, response, kept?.name ?? name, headers))) return;
    sendNothingHere(response);
  });
  const { health } = deps;
  route(GET_OR_HEAD, '/admin', async (request, response, _params, url) => {
    if (await connect.result(request, response, url)) return;
    await limits.countOperation(addressOf(request));
    sendConsole(response, await health.check(), deps.workers.latest());
  });
  route('POST', '/admin', (request, response, _params, url) => connect.answer(request, response, url));
  route(GET_OR_HEAD, '/', (_request, response) =>
    sendMessage(response, 200, 'Slotwire', 'This is an availability gateway. Its API is at /graphql.'),
  );
  route(GET_OR_HEAD, '/healthz', (_request, response) => sendReply(response, sayAlive()));
  route(GET_OR_HEAD, '/readyz', async (_request, response) => sendReply(response, await sayReady(health)));
  // With METRICS_PORT they are there alone; without a token they must not be public.
  if (config.METRICS_TOKEN !== undefined && config.METRICS_PORT === undefined) {
    const onRefused = (request: IncomingMessage) => limits.countOperation(addressOf(request));
    route(GET_OR_HEAD, '/metrics', createMetricsRoute(metrics, config.METRICS_TOKEN, onRefused));
  }
  return router;
}
