/** Watch channels as providers open them, and notifications as they arrive. Other rooms import it from port.ts. */
import type { Instant } from '../time/clock.ts';
import type { Access } from './access.ts';

export interface OpenChannelRequest {
  access: Access;
  calendar: { externalId: string };
  /** Our own id, which notifications return. */
  channelId: string;
  /** Proves that a notification is genuine; 43 characters, base64url. */
  secret: string;
  /** Where the provider sends notifications: PUBLIC_URL/webhooks/{provider}. */
  address: string;
  /** The current time, from which the requested expiry is calculated. */
  now: Instant;
}

/** Identifies a channel for closing or renewing it. */
export interface ChannelRef {
  channelId: string;
  remoteId: string;
  resourceId: string | null;
}

export interface OpenedChannel {
  remoteId: string;
  resourceId: string | null;
  /** The expiry that the provider granted; null: none. */
  expiresAt: Instant | null;
}

/** A channel as the provider's list shows it. */
export interface ListedChannel {
  remoteId: string;
  /** Where its notifications go; null when the provider doesn't say. */
  address: string | null;
  /** External id of the watched calendar; null when the provider doesn't say. */
  calendar: string | null;
}

/** A webhook request, its body read and limited in size. */
export interface InboundRequest {
  /** POST, or OPTIONS: some senders ask for permission first. */
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
  /** Present when the notification contains it: it must then equal the channel's. */
  remoteId: string | null;
  /**
   * The channel's resource id, when the notification contains it: a channel whose creation was never answered can be
   * closed by it.
   */
  resourceId?: string | null;
  /** `opened`: the provider's first message, nothing changed. `changed` and `missed`: the calendar must be pulled. */
  signal: 'opened' | 'changed' | 'missed' | 'reauthorize' | 'removed';
  /** Equal for deliveries of the same notification; null when the provider sends nothing to recognise them by. */
  dedupeKey: string | null;
  /** What to store of the body: this notification alone, without its secret. Absent: nothing. */
  record?: string;
}

export interface WebhookReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface ReceivedNotifications {
  /** The reply, once every verified notification is stored. */
  reply: WebhookReply;
  notifications: InboundNotification[];
  /** How many further notifications belong to no channel of ours; none when absent. */
  unrecognised?: number;
  /** Names of the headers to store with a delivery. */
  storedHeaders: string[];
}

export interface WatchPort {
  /** Largest body of a notification, in bytes. Absent: 1 MiB. */
  maxBody?: number;
  /**
   * Called before the body is read. Absent: the headers alone say nothing.
   * @throws SlotwireError BAD_USER_INPUT for a request that can't be a notification, whatever its body
   */
  checkHeaders?(request: Omit<InboundRequest, 'body'>): void;
  /**
   * Opens a channel. The webhook must already answer: some providers send a validation request first.
   * @throws ProviderError `watch-not-supported` and all others; `status` 409 when another channel exists already
   */
  open(request: OpenChannelRequest): Promise<OpenedChannel>;
  /**
   * Absent: channels can't be renewed, only replaced. @throws ProviderError `rejected` when the channel no longer
   * exists.
   */
  renew?(request: {
    access: Access;
    channel: ChannelRef;
    now: Instant;
  }): Promise<{ expiresAt: Instant | null }>;
  /** Closes a channel; succeeds for a channel that no longer exists. */
  close(request: { access: Access; channel: ChannelRef }): Promise<void>;
  /**
   * All channels that this grant can see, including other installations' and other accounts'. Absent: the provider has
   * no list.
   * @throws ProviderError
   */
  list?(request: { access: Access }): Promise<ListedChannel[]>;
  /** Where notifications go in place of the webhook's own address. Absent: they go to the webhook. */
  addressOf?(webhook: string): string;
  /**
   * Parses headers, body and handshakes; pure. @throws SlotwireError BAD_USER_INPUT when the request is no
   * notification.
   */
  receive(request: InboundRequest): ReceivedNotifications;
}
