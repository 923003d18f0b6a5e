/** Watch channels as a provider opens them, and its notifications as they come in. Everybody else takes it from port.ts. */
import type { Instant } from '../time/clock.ts';
import type { Access } from './access.ts';

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

export interface WebhookReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface ReceivedNotifications {
  /** What to answer once every verified notification is stored. */
  reply: WebhookReply;
  notifications: InboundNotification[];
  /** How many more came that can't be ours; none when absent. */
  unrecognised?: number;
  /** Header names worth storing with a delivery. */
  storedHeaders: string[];
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
  receive(request: InboundRequest): ReceivedNotifications;
}
