/** What a calendar provider is to the rest of the house. What one can't do is absent; nobody compares names. */
import type { Instant } from '../clock.ts';

/** Lower-case name of a provider, as in routes and rows. */
export type ProviderName = 'google' | 'microsoft' | 'caldav' | 'feed' | 'native';

export type ProviderFailure =
  /** The grant is gone: only the host's new consent heals it. */
  | 'auth-revoked'
  /** The cursor means nothing any more: read everything again. */
  | 'cursor-expired'
  /** Too much asked: come back after `retryAfter`. */
  | 'rate-limited'
  /** Network, timeout, 5xx: the same request may succeed later. */
  | 'transient'
  /** The provider said no and will say so again: a missing right, a missing calendar, a fault of ours. */
  | 'rejected'
  /** This calendar takes no watch channels, ever. */
  | 'watch-not-supported';

/** The only failure that leaves a provider. Its message is for logs and operators, never for the public. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly reason: ProviderFailure;
  /** How long to wait, in milliseconds, when the provider said so. */
  readonly retryAfter: number | null;
  /** HTTP status of the answer; null when there was none. */
  readonly status: number | null;
  /** What is wrong, in words of ours for whoever connects the account; null: the reason says it all. */
  readonly words: string | null;
  /** Of a round that failed, to be kept in place of the cursor that it was given; null: that one stays. */
  readonly cursor: string | null;

  constructor(
    reason: ProviderFailure,
    message: string,
    details: {
      retryAfter?: number | null;
      status?: number | null;
      words?: string;
      cursor?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.retryAfter = details.retryAfter ?? null;
    this.status = details.status ?? null;
    this.words = details.words ?? null;
    this.cursor = details.cursor ?? null;
  }
}

/** Access to one account. Passed in by whoever holds its tokens. */
export interface Access {
  /**
   * A bearer token that should work, or the account's secret, where it has one. `rejected`, what was just answered with
   * 401, asks for another one.
   * @throws ProviderError `auth-revoked`, `transient`
   */
  token(rejected?: string): Promise<string>;
  /** Whose calendars, where the token doesn't tell: a user's id or address. Absent or null: the token's own. */
  mailbox?(): Promise<string | null>;
  /**
   * Every request to the provider runs in here, one at a time: it counts against the provider's budget.
   * @param signal of a caller who may give up: what fails then tells nothing about the provider
   * @throws ProviderError, without a request: `rate-limited` when the budget is spent, `transient` while the account rests
   */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** What a provider lets be asked of it. Windows in milliseconds. Absent: without end. */
export interface Budget {
  account?: { concurrent?: number; requests?: { count: number; window: number } };
  /** All accounts together. */
  installation?: { requests?: { count: number; window: number } };
}

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
export interface Window {
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

export type Change =
  | { type: 'upsert'; event: RemoteEvent }
  /** Unknown ids are to be ignored. */
  | { type: 'remove'; externalId: string }
  /** The series' instances within the window are these and no others; none when it was deleted. */
  | { type: 'series'; seriesId: string; events: RemoteEvent[] };

/** Changes in the order they apply: of two about the same event the later wins. */
export interface ChangePage {
  changes: Change[];
  /** The calendar's zone (IANA), when the provider tells it along the way. */
  timeZone?: string;
  /** On the last page, only: where the next round begins. Null: the provider gave none, so the next one is full. */
  cursor?: string | null;
  /** On the first page, only: the round tells everything within the window, whatever cursor was given. */
  full?: true;
  /** On the last page, only: some of the calendar can't be read, so time may be taken that isn't told. */
  partial?: true;
  /** On the last page, only: how often the calendar asks to be read, in milliseconds. */
  refresh?: number;
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
  last?: string;
  /** The window of the full pull that this cursor goes back to, or of this one. */
  window: Window;
  signal?: AbortSignal;
}

export interface OpenChannelRequest {
  access: Access;
  calendar: { externalId: string };
  /** Our own id: notifications bring it back. */
  channelId: string;
  /** Notifications prove themselves by it; 43 characters, base64url. */
  secret: string;
  /** Where notifications are to go: PUBLIC_URL/webhooks/{provider}. */
  address: string;
  /** The time now, for a requested expiry. */
  now: Instant;
}

/** What closing or renewing a channel needs. */
export interface ChannelRef {
  channelId: string;
  remoteId: string;
  resourceId: string | null;
}

export interface OpenedChannel {
  remoteId: string;
  resourceId: string | null;
  /** As the provider granted it; null: without end. */
  expiresAt: Instant | null;
}

/** A channel as the provider lists it. */
export interface ListedChannel {
  remoteId: string;
  /** Where its notifications go; null when it isn't told. */
  address: string | null;
  /** External id of the calendar that it watches; null when it can't be told. */
  calendar: string | null;
}

/** A webhook request as it came, body capped and read. */
export interface InboundRequest {
  /** POST, or OPTIONS: some who notify ask first whether they may. */
  method: string;
  /** Path after /webhooks/{provider}, "" or for example "/lifecycle". */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
}

export interface InboundNotification {
  channelId: string;
  secret: string;
  /** Present when the notification tells it: must equal the channel's. */
  remoteId: string | null;
  /** The channel's, when the notification tells it: one that was opened without our hearing so can be closed by it. */
  resourceId?: string | null;
  /** `opened`: the provider's greeting, nothing changed. `changed` and `missed`: read the calendar. */
  signal: 'opened' | 'changed' | 'missed' | 'reauthorize' | 'removed';
  /** Equal for deliveries of the same notification; null when the provider tells nothing to know them by. */
  dedupeKey: string | null;
  /** What to keep of the body: this notification alone, without its secret. Absent: nothing. */
  record?: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface Received {
  /** What to answer once every verified notification is stored. */
  reply: Reply;
  notifications: InboundNotification[];
  /** How many more came that can't be ours; none when absent. */
  strangers?: number;
  /** Header names worth storing with a delivery. */
  keep: string[];
}

export interface WatchPort {
  /**
   * The webhook must answer before this is called: some providers knock first.
   * @throws ProviderError `watch-not-supported` and all others; `status` 409 when another channel is in the way
   */
  open(request: OpenChannelRequest): Promise<OpenedChannel>;
  /** Absent: a channel can't be renewed, only replaced. @throws ProviderError `rejected` when it is gone. */
  renew?(request: {
    access: Access;
    channel: ChannelRef;
    now: Instant;
  }): Promise<{ expiresAt: Instant | null }>;
  /** Closing what is gone already is done. */
  close(request: { access: Access; channel: ChannelRef }): Promise<void>;
  /**
   * All channels that this grant may see, other installations' and other accounts' too. Absent: the provider keeps no list.
   * @throws ProviderError
   */
  list?(request: { access: Access }): Promise<ListedChannel[]>;
  /** Where notifications are sent instead of the webhook's own address. Absent: there. */
  addressOf?(webhook: string): string;
  /** Reads headers, body and handshakes. Pure. @throws SlotwireError BAD_USER_INPUT when it is not a notification. */
  receive(request: InboundRequest): Received;
}

export interface Guest {
  name: string;
  email: string;
}

/** An event of ours as it is to be. What is absent is empty; in an update, it stays as it is. */
export interface OwnEvent {
  start: Instant;
  end: Instant;
  /** IANA: the clock by which the event is shown. */
  timeZone: string;
  title: string;
  /** Plain text. */
  description?: string;
  location?: string;
  /** Those who are invited, and told by the provider of every change; all of them, without the calendar's owner. */
  attendees?: Guest[];
}

/** Requests about the same event may be repeated at any time, but don't overlap. */
export interface OwnEventRequest {
  access: Access;
  calendar: { externalId: string };
  /** Our own id, at most 64 characters. It means one event in one calendar, and never another one. */
  ownId: string;
}

/** Of an event that is there already. */
export interface WrittenEventRequest extends OwnEventRequest {
  /** As `create` returned it; null when its answer was lost: then the event is looked up by our own id. */
  externalId: string | null;
}

export interface WrittenEvent {
  /** The id under which pulls bring the event back. */
  externalId: string;
}

export interface LookRequest extends WrittenEventRequest {
  calendar: {
    externalId: string;
    /** IANA: all-day events lie on its days. Null: not known. */
    timeZone: string | null;
  };
}

/** Writes events of ours into a calendar. After a `transient` failure nobody knows whether it was done: ask again. */
export interface WritePort {
  /**
   * An event that is there already stays as it is, whatever `event` says; one that was deleted since is made anew.
   * @throws ProviderError
   */
  create(request: OwnEventRequest & { event: OwnEvent }): Promise<WrittenEvent>;
  /** @throws ProviderError; `rejected` with `status` 410 when the event is gone */
  update(request: WrittenEventRequest & { event: OwnEvent }): Promise<WrittenEvent>;
  /** Deleting what is gone already is done. @throws ProviderError */
  delete(request: WrittenEventRequest): Promise<void>;
  /**
   * Where an event of ours stands, as the provider knows it now: of one that became a series, its first instance; of one
   * that became all-day, those days. Null: it is gone from that calendar, or cancelled.
   * @throws ProviderError
   */
  look(request: LookRequest): Promise<{ start: Instant; end: Instant } | null>;
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
   * @param given by field of the API's input; what is absent was not given
   * @throws SlotwireError BAD_USER_INPUT, of what can't be asked whoever answers
   */
  read(given: Readonly<Record<string, string>>): string;
}

export interface CalendarProvider {
  name: ProviderName;
  oauth?: OAuthPort;
  secret?: SecretPort;
  organisation?: OrganisationPort;
  budget?: Budget;
  identify(access: Access): Promise<Identity>;
  listCalendars(access: Access): Promise<RemoteCalendar[]>;
  /** A round: pages until one with a cursor. @throws ProviderError, at any page. */
  pullChanges(request: PullRequest): AsyncIterable<ChangePage>;
  watch?: WatchPort;
  write?: WritePort;
}

/** Providers that this installation offers, by name. */
export type Providers = ReadonlyMap<ProviderName, CalendarProvider>;
