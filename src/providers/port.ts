/** What a calendar provider is to the rest of the house. What one can't do is absent; nobody compares names. */
import type { Instant } from '../time/clock.ts';
import type { Access, RequestBudget } from './access.ts';
import type { WatchPort } from './watch-port.ts';
import type { WritePort } from './write-port.ts';

export * from './access.ts';
export type * from './watch-port.ts';
export type * from './write-port.ts';

/** Lower-case name of a provider, as in routes and rows. */
export type ProviderName = 'google' | 'microsoft' | 'caldav' | 'feed' | 'native';

/** Whom a grant is of. `subject` never changes for the same account at the provider. */
export interface Identity {
  subject: string;
  email: string | null;
}

export interface RemoteCalendar {
  externalId: string;
  name: string;
  /** IANA. */
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

/** What an event does to its owner's time. FREE takes none. */
export type EventKind = 'BUSY' | 'BUSY_UNAVAILABLE' | 'BUSY_TENTATIVE' | 'FREE';

/** One instance of an event; series come expanded. */
export interface RemoteEvent {
  externalId: string;
  /** The provider's id of the series that it is an instance of. */
  seriesId: string | null;
  kind: EventKind;
  start: Instant;
  /** Not before `start`. */
  end: Instant;
  /** Its bounds are local midnights of the calendar's zone. */
  allDay: boolean;
  title: string | null;
  /**
   * Our own id, of an event that `write` made; null of all others. Some providers don't tell it along with changes:
   * then only the id that `write.create` returned shows that an event is ours.
   */
  ownId: string | null;
}

export type EventChange =
  | { type: 'upsert'; event: RemoteEvent }
  /** Unknown ids are to be ignored. */
  | { type: 'remove'; externalId: string }
  /** The series' instances within the window are these and no others; none when it was deleted. */
  | { type: 'series'; seriesId: string; events: RemoteEvent[] };

/** Changes in the order they apply: of two about the same event the later wins. */
export interface ChangePage {
  changes: EventChange[];
  /** The calendar's zone (IANA), when the provider tells it along the way. */
  timeZone?: string;
  /** On the last page, only: where the next round begins. Null: the provider gave none, so the next one is full. */
  cursor?: string | null;
  /** On the first page, only: the round tells everything within the window, whatever cursor was given. */
  full?: true;
  /** On the last page, only: some of the calendar can't be read, so time may be taken that isn't told. */
  partial?: true;
  /** On the last page, only: how often the calendar asks to be read, in milliseconds. */
  refreshInterval?: number;
}

export interface PullRequest {
  access: Access;
  calendar: {
    externalId: string;
    timeZone: string | null;
    /** Its host's zone (IANA), for all-day and floating times of a calendar that names none. Absent: UTC. */
    hostZone?: string;
  };
  /** Null: everything within `window`. Else what changed since; may name events outside `window`. */
  cursor: string | null;
  /** The cursor of the last round, when this one is to be full: not where to begin, but what was found. Absent: none. */
  previousCursor?: string;
  /** The window of the full pull that this cursor goes back to, or of this one. */
  window: SyncWindow;
  signal?: AbortSignal;
}

/** How a host grants access (RFC 6749 code grant with PKCE). */
export interface OAuthPort {
  clientId: string;
  clientSecret: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint?: string;
  scopes: string[];
  /** More parameters of the consent page, for example access_type=offline. */
  authorizationParameters: Record<string, string>;
  /** Scopes without which the account is of no use; refused consent to one of them fails the connection. */
  requiredScopes: string[];
}

/** How a whole tenant grants access to its users' calendars, without consent of each. */
export type OrganisationPort =
  /** A service account acts in each user's name (RFC 7523 §2.1): a token for every user. */
  | {
      kind: 'service-account';
      tokenEndpoint: string;
      /** What a key may name as its token endpoint. */
      audiences: string[];
      scopes: string[];
    }
  /** The application acts in its own name (RFC 6749 §4.4): one token for all users of a tenant. */
  | {
      kind: 'application';
      clientId: string;
      clientSecret: string;
      tokenEndpoint(tenant: string): string;
      /** Each names all that was granted; the later ones for servers that don't know the earlier. */
      scopes: [string, ...string[]];
    };

/**
 * How a host grants access by what only they know: a password, a secret address. It is kept sealed as one text, which
 * `Access.token` returns as it is. `identify` and `listCalendars` prove it; a refusal of it is `auth-revoked`.
 */
export interface SecretPort {
  /**
   * The secret to keep of what was given; pure.
   * @param input by field of the API's input; what is absent was not given
   * @throws SlotwireError BAD_USER_INPUT, of what can't be asked whoever answers
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
  /** A round: pages until one with a cursor. @throws ProviderError, at any page. */
  pullChanges(request: PullRequest): AsyncIterable<ChangePage>;
  watch?: WatchPort;
  write?: WritePort;
}

/** Providers that this installation offers, by name. */
export type Providers = ReadonlyMap<ProviderName, CalendarProvider>;
