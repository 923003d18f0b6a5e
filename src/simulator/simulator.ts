/** Local Google Calendar and Microsoft Graph over one world, in one HTTP server. */

import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import { type ConsentChoice, walkConsent } from './browser.ts';
import { controlRoutes } from './control.ts';
import { cursors } from './cursor.ts';
import { type Exchange, findRoute, html } from './exchange.ts';
import { createFaults, type Faults } from './faults.ts';
import { createGoogleChannels } from './google/channels.ts';
import { googleRoutes } from './google/routes.ts';
import { createGrants, type IssuedTokens } from './grants.ts';
import { createConcurrency } from './microsoft/concurrency.ts';
import { createKnock } from './microsoft/handshake.ts';
import { microsoftRoutes } from './microsoft/routes.ts';
import { createSubscriptions, type LifecycleEvent } from './microsoft/subscriptions.ts';
import { createOAuth } from './oauth.ts';
import { type Backoff, createOutbox, type SentNotification } from './outbox.ts';
import { PAGE } from './page.ts';
import { googleProfile, microsoftProfile } from './profiles.ts';
import { createHttpServer } from './server.ts';
import { createTenantAccess } from './tenant-access.ts';
import { createWorld, type ProviderName, type World } from './world.ts';

export interface SimulatorOptions {
  clock: Clock;
  host?: string;
  /** 0, the default: any free one. */
  port?: number;
  /** Fills the world before the first request. */
  seed?: (world: World) => void;
  log?: Log;
  /** How notifications are tried again. */
  backoff?: Partial<Backoff>;
}

/** A watch channel of Google or a subscription of Microsoft, alive. */
export interface OpenChannel {
  provider: ProviderName;
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
    /** JSON, of a service account that may act for everybody. */
    readonly serviceAccountKey: string;
  };
  microsoft: { loginUrl: string; graphUrl: string; clientId: string; clientSecret: string };
  world: World;
  faults: Faults;
  channels(): OpenChannel[];
  /** Change notifications, the newest first. */
  notifications(): SentNotification[];
  /** Requests under /google and /microsoft, the latest thousand, the newest last. */
  requests(): readonly { method: string; path: string }[];
  /** All notifications are delivered, dropped or given up. */
  settled(): Promise<void>;
  /** Tokens without the consent page; all scopes unless told. */
  grant(email: string, scopes?: string[]): IssuedTokens;
  /** Walks the consent page over HTTP. @returns the callback address, with code and state. */
  consent(authorizeUrl: string, email: string, choice?: ConsentChoice): Promise<string>;
  /** Sends a lifecycle notification of a Microsoft subscription. */
  lifecycle(subscription: string, event: LifecycleEvent): void;
  close(): Promise<void>;
}

const REQUESTS_KEPT = 1_000;
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const BACKOFF: Backoff = { first: 50, attempts: 6, timeout: 10_000 };
const ALL_SCOPES: Record<ProviderName, string[]> = {
  google: ['https://www.googleapis.com/auth/calendar'],
  microsoft: ['User.Read', 'Calendars.ReadWrite', 'MailboxSettings.Read', 'offline_access'],
};

/** @throws when the port is taken. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, host = '127.0.0.1', port = 0, log } = options;
  const world = createWorld({ clock });
  options.seed?.(world);
  const grants = createGrants({ clock });
  const faults = createFaults({ world, grants });
  const backoff = { ...BACKOFF, ...options.backoff };
  const outbox = createOutbox({ clock, faults, log, backoff });
  const googleChannels = createGoogleChannels({ clock, world, outbox, faults });
  const subscriptions = createSubscriptions({ clock, world, outbox, knock: createKnock(backoff.timeout) });
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
  const rooms = [
    findRoute([['GET', '/', () => html(200, PAGE)]]),
    findRoute(controlRoutes(control), '/control'),
    findRoute(googleRoutes({ ...base, channels: googleChannels, oauth: oauth.google }), '/google'),
    findRoute(
      microsoftRoutes({
        ...base,
        subscriptions,
        oauth: oauth.microsoft,
        tenant,
        clientId: profiles.microsoft.clientId,
        answering,
      }),
      '/microsoft',
    ),
  ];
  async function answering(exchange: Exchange) {
    for (const room of rooms) {
      const answer = await room(exchange);
      if (answer) return answer;
    }
    return null;
  }

  const limited = createConcurrency({ faults, grants });
  const requests: { method: string; path: string }[] = [];
  const asked = (request: { method: string; path: string }) => {
    if (!/^\/(google|microsoft)\//.test(request.path)) return;
    requests.push(request);
    if (requests.length > REQUESTS_KEPT) requests.shift();
  };
  const server = createHttpServer({ answering, limited, faults, log, asked });
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
    notifications: outbox.sent,
    requests: () => requests,
    settled: outbox.settled,
    grant(email, scopes) {
      const person = world.person(email);
      const { provider } = person;
      return oauth[provider].issue(grants.create(person, scopes ?? ALL_SCOPES[provider]), true);
    },
    consent: walkConsent,
    lifecycle,
    async close() {
      googleChannels.close();
      subscriptions.close();
      await outbox.close();
      await server.close();
    },
  };
}
