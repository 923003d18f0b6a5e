/**
 * The port of calendar providers. A capability that a provider lacks is an absent method: no other room compares names.
 */
import type { Instant } from '../time/clock.ts';
import type { Access, RequestBudget } from './access.ts';
import type { WatchPort } from './watch-port.ts';
import type { WritePort } from './write-port.ts';

export * from './access.ts';
export type * from './watch-port.ts';
export type * from './write-port.ts';

/** Lower-case name of a provider, as in routes and database rows. */
export type ProviderName = 'google' | 'microsoft' | 'caldav' | 'feed' | 'native';

/** The account that a grant belongs to. `subject` never changes for the same account at the provider. */
export interface Identity {
  subject: string;
  email: string | null;
  /** Further addresses of the account, where the provider tells them. */
  otherAddresses?: readonly string[];
}

export interface RemoteCalendar {
  externalId: string;
  name: string;
  /** IANA zone. */
  timeZone: string | null;
  primary: boolean;
  writable: boolean;
  watchable: boolean;
}

/** Half-open [from, to), epoch milliseconds. */
export interface SyncWindow {
  from: Instant;
  to: Instant;
}

/** How an event affects its owner's availability. FREE takes no time. */
export type EventKind = 'BUSY' | 'BUSY_UNAVAILABLE' | 'BUSY_TENTATIVE' | 'FREE';

/** One instance of an event; series are expanded. */
export interface RemoteEvent {
  externalId: string;
  /** The provider's id of the series that this is an instance of; null for a single event. */
  seriesId: string | null;
  kind: EventKind;
  start: Instant;
  /** Not before `start`. */
  end: Instant;
  /** Its bounds are local midnights of the calendar's zone. */
  allDay: boolean;
  title: string | null;
  /**
   * Our own id, for an event that `write` created; null for all others. Some providers don't return it with changes:
   * then only the id that `write.create` returned identifies our events.
   */
  ownId: string | null;
}

export type EventChange =
  | { type: 'upsert'; event: RemoteEvent }
  /** Unknown ids are to be ignored. */
  | { type: 'remove'; externalId: string }
  /** The series' instances within the window, completely; none when the series was deleted. */
  | { type: 'series'; seriesId: string; events: RemoteEvent[] }
  /** An event or a series, by its id, that is listed but can't be read now: what is stored of it stays, in a full pull too. */
  | { type: 'keep'; id: string };

/** Changes in the order in which they apply: of two about the same event, the later wins. */
export interface ChangePage {
  changes: EventChange[];
  /** The calendar's zone (IANA), when the provider returns it along the way. */
  timeZone?: string;
  /**
   * On the last page only: the cursor of the next pull. Null: the provider gave none, so the next pull is a full one.
   */
  cursor?: string | null;
  /** On the first page only: the pull returns everything within the window, although it was given a cursor. */
  full?: true;
  /** On the last page only: some of the calendar can't be read, so time may be taken that is not known. */
  partial?: true;
  /** Beside `partial`: all the time that may be taken is among the events, so that the rest is free. */
  held?: true;
  /** On the last page only: how often the calendar asks to be read, in milliseconds. */
  refreshInterval?: number;
}

export interface PullRequest {
  access: Access;
  calendar: {
    externalId: string;
    timeZone: string | null;
    /** Its host's zone (IANA), for all-day and floating times of a calendar without a zone. Absent: UTC. */
    hostZone?: string;
    /**
     * Its host's and its account's mail addresses, as mailAddressesOf gives them, for answers to invitations where the provider
     * doesn't tell whose they are. Absent: none.
     */
    ownerAddresses?: readonly string[];
  };
  /** Null: everything within `window`. Otherwise the changes since; they may name events outside `window`. */
  cursor: string | null;
  /** The cursor of the last pull, for a full pull: to compare with, not to continue from. Absent: none. */
  previousCursor?: string;
  /** The window of this full pull, or of the full pull that the cursor goes back to. */
  window: SyncWindow;
  signal?: AbortSignal;
}

/** How a host grants access (RFC 6749 authorization code grant with PKCE). */
export interface OAuthPort {
  clientId: string;
  clientSecret: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint?: string;
  scopes: string[];
  /** Further parameters of the consent page, for example access_type=offline. */
  authorizationParameters: Record<string, string>;
  /** Scopes without which the account can't be used: the connection fails when one of them is refused. */
  requiredScopes: string[];
}

/** How a whole tenant grants access to its users' calendars, without each user's consent. */
export type OrganisationPort =
  /** A service account acts on behalf of each user (RFC 7523 §2.1): one token per user. */
  | {
      kind: 'service-account';
      tokenEndpoint: string;
      /** What a key may name as its token endpoint. */
      audiences: string[];
      scopes: string[];
    }
  /** The application acts on its own behalf (RFC 6749 §4.4): one token for all users of a tenant. */
  | {
      kind: 'application';
      clientId: string;
      clientSecret: string;
      tokenEndpoint(tenant: string): string;
      /** Each entry grants everything; later entries are for servers that don't know the earlier ones. */
      scopes: [string, ...string[]];
    };

/**
 * How a host grants access by a secret: a password, a secret address. The secret is stored sealed as one text, which
 * `Access.token` returns unchanged. `identify` and `listCalendars` verify it; a refused secret is `auth-revoked`.
 */
export interface SecretPort {
  /**
   * Checks the input and returns the text to store; pure.
   * @param input values by field of the API's input; absent fields were not given
   * @throws SlotwireError BAD_USER_INPUT for what no server could accept
   */
  parse(input: Readonly<Record<string, string>>): string;
}

export interface CalendarProvider {
  name: ProviderName;
  oauth?: OAuthPort;
  secret?: SecretPort;
  organisation?: OrganisationPort;
  budget?: RequestBudget;
  identify(access: Access): Promise<Identity>;
  listCalendars(access: Access): Promise<RemoteCalendar[]>;
  /** Pulls a calendar: pages until one with a cursor. @throws ProviderError, at any page. */
  pullChanges(request: PullRequest): AsyncIterable<ChangePage>;
  watch?: WatchPort;
  write?: WritePort;
}

/** The providers that this installation offers, by name. */
export type Providers = ReadonlyMap<ProviderName, CalendarProvider>;
