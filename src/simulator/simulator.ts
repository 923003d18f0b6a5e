/** A simulated Google Calendar and Microsoft Graph over one world, in one HTTP server. */

import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import { type ConsentChoice, walkConnection, walkConsent } from './browser.ts';
import { controlRoutes } from './control.ts';
import { cursors } from './cursor.ts';
import { createFaults, type Faults } from './faults.ts';
import { createGoogleChannels, type GoogleMessage } from './google/channels.ts';
import { googleRoutes } from './google/routes.ts';
import { createGrants, type IssuedTokens } from './grants.ts';
import { createRouter, htmlResponse, type SimulatedRequest } from './http.ts';
import type { MailCatcher } from './mail/catcher.ts';
import { inboxRoutes } from './mail/inbox.ts';
import { createConcurrencyLimiter } from './microsoft/concurrency.ts';
import { createEndpointValidator } from './microsoft/handshake.ts';
import { microsoftRoutes } from './microsoft/routes.ts';
import { createSubscriptions, type LifecycleEvent } from './microsoft/subscriptions.ts';
import { createOAuth } from './oauth.ts';
import { createOutbox, type DeliveryBackoff, type SentNotification } from './outbox.ts';
import { PAGE } from './page.ts';
import { googleProfile, microsoftProfile } from './profiles.ts';
import { createSimulatorServer } from './server.ts';
import { createTenantAccess } from './tenant-access.ts';
import { createWorld, type SimulatedProvider, type World } from './world.ts';

export interface SimulatorOptions {
  clock: Clock;
  host?: string;
  /** 0, the default: any free one. */
  port?: number;
  /** Fills the world before the first request. */
  seed?: (world: World) => void;
  log?: Log;
  /** Whose mails are shown at /mail; absent: there is no such page. */
  inbox?: Pick<MailCatcher, 'mails'>;
  /** How notifications are retried. */
  backoff?: Partial<DeliveryBackoff>;
  /** False: notifications of Microsoft come at once to a receiver that was slow, too. */
  ratesReceivers?: boolean;
}

/** A watch channel of Google or a subscription of Microsoft that has not expired. */
export interface OpenChannel {
  provider: SimulatedProvider;
  id: string;
  calendar: string;
  person: string;
  address: string;
  expiresAt: number;
}

export interface Simulator {
  url: string;
  google: {
    authUrl: string;
    tokenUrl: string;
    apiUrl: string;
    clientId: string;
    clientSecret: string;
    /** The JSON key of a service account that may act for everybody. */
    readonly serviceAccountKey: string;
  };
  microsoft: { loginUrl: string; graphUrl: string; clientId: string; clientSecret: string };
  world: World;
  faults: Faults;
  channels(): OpenChannel[];
  /** The next notification of a Google channel, for a caller that sends it by itself; null when the channel is gone. */
  nextGoogleMessage(channel: string): GoogleMessage | null;
  /** Change notifications, the newest first. */
  notifications(): SentNotification[];
  /** Requests under /google and /microsoft, the latest thousand, the newest last. */
  requests(): readonly { method: string; path: string }[];
  /** Resolves once all notifications are delivered, dropped or given up, but for delayed ones that are not due. */
  onIdle(): Promise<void>;
  /** Tokens without the consent page; by default for all scopes. */
  grant(email: string, scopes?: string[]): IssuedTokens;
  /** Walks the consent page over HTTP. @returns the callback address, with code and state. */
  consent(authorizeUrl: string, email: string, choice?: ConsentChoice): Promise<string>;
  /** Walks a gateway's link over HTTP: its page, the consent, the callback. @returns the address where the browser ends. */
  connect(link: string, email: string, choice?: ConsentChoice): Promise<string>;
  /** Sends a lifecycle notification of a Microsoft subscription. */
  lifecycle(subscription: string, event: LifecycleEvent): void;
  close(): Promise<void>;
}

const REQUEST_HISTORY_SIZE = 1_000;
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const BACKOFF: DeliveryBackoff = { first: 50, attempts: 6, timeout: 10_000 };
const ALL_SCOPES: Record<SimulatedProvider, string[]> = {
  google: ['https://www.googleapis.com/auth/calendar'],
  microsoft: ['User.Read', 'Calendars.ReadWrite', 'MailboxSettings.Read', 'offline_access'],
};

/** @throws when the port is taken. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, host = '127.0.0.1', port = 0, log, ratesReceivers = true } = options;
  const world = createWorld({ clock });
  options.seed?.(world);
  const grants = createGrants({ clock });
  const faults = createFaults({ world, grants });
  const backoff = { ...BACKOFF, ...options.backoff };
  const outbox = createOutbox({ clock, faults, log, backoff, ratesReceivers });
  const googleChannels = createGoogleChannels({ clock, world, outbox, faults });
  const subscriptions = createSubscriptions({
    clock,
    world,
    outbox,
    validateEndpoint: createEndpointValidator(backoff.timeout),
  });
  const profiles = { google: googleProfile(grants), microsoft: microsoftProfile() };
  const tenant = createTenantAccess({ clock, world, grants, faults });
  const oauth = {
    google: createOAuth({ world, grants }, profiles.google, { [JWT_BEARER]: tenant.serviceAccount }),
    microsoft: createOAuth({ world, grants }, profiles.microsoft, { client_credentials: tenant.application }),
  };
  const base = { clock, world, grants, faults, cursors };

  const channels = (): OpenChannel[] => [
    ...googleChannels.list().map(({ id, calendar, person, address, expiresAt }) => ({
      provider: 'google' as const,
      id,
      calendar,
      person,
      address,
      expiresAt,
    })),
    ...subscriptions.list().map(({ id, calendar, person, notificationUrl, expiresAt }) => ({
      provider: 'microsoft' as const,
      id,
      calendar,
      person: person.email,
      address: notificationUrl,
      expiresAt,
    })),
  ];

  const { lifecycle } = subscriptions;
  const control = { clock, world, faults, channels, notifications: outbox.sent, lifecycle };
  const routers = [
    createRouter([['GET', '/', () => htmlResponse(200, PAGE)]]),
    ...(options.inbox ? [createRouter(inboxRoutes(options.inbox))] : []),
    createRouter(controlRoutes(control), '/control'),
    createRouter(googleRoutes({ ...base, channels: googleChannels, oauth: oauth.google }), '/google'),
    createRouter(
      microsoftRoutes({
        ...base,
        subscriptions,
        oauth: oauth.microsoft,
        tenant,
        clientId: profiles.microsoft.clientId,
        respond,
      }),
      '/microsoft',
    ),
  ];
  async function respond(request: SimulatedRequest) {
    for (const router of routers) {
      const response = await router(request);
      if (response) return response;
    }
    return null;
  }

  const limitConcurrency = createConcurrencyLimiter({ faults, grants });
  const requests: { method: string; path: string }[] = [];
  const onRequest = (request: { method: string; path: string }) => {
    if (!/^\/(google|microsoft)\//.test(request.path)) return;
    requests.push(request);
    if (requests.length > REQUEST_HISTORY_SIZE) requests.shift();
  };
  const server = createSimulatorServer({ respond, limitConcurrency, faults, log, onRequest });
  const url = await server.listen(host, port);
  const client = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
    clientId,
    clientSecret,
  });

  return {
    url,
    google: {
      authUrl: `${url}/google/o/oauth2/v2/auth`,
      tokenUrl: `${url}/google/token`,
      apiUrl: `${url}/google/`,
      ...client(profiles.google),
      get serviceAccountKey() {
        return tenant.serviceAccountKey(`${url}/google/token`);
      },
    },
    microsoft: {
      loginUrl: `${url}/microsoft/login`,
      graphUrl: `${url}/microsoft/graph`,
      ...client(profiles.microsoft),
    },
    world,
    faults,
    channels,
    nextGoogleMessage: googleChannels.nextMessage,
    notifications: outbox.sent,
    requests: () => requests,
    onIdle: outbox.onIdle,
    grant(email, scopes) {
      const person = world.person(email);
      const { provider } = person;
      return oauth[provider].issue(grants.create(person, scopes ?? ALL_SCOPES[provider]), true);
    },
    consent: walkConsent,
    connect: walkConnection,
    lifecycle,
    async close() {
      googleChannels.close();
      subscriptions.close();
      await outbox.close();
      await server.close();
    },
  };
}
