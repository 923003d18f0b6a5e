/** What the API needs of webhooks. */

import type { Delivery } from '../store/calendars/deliveries.ts';
import type { WebhookEndpoint, WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import type { WebhookMessage } from '../store/outbound/webhook-messages.ts';

export interface Endpoints {
  /** @returns the endpoint with its secret, which is not returned again. @throws SlotwireError BAD_USER_INPUT */
  create(
    organisation: string,
    wish: { url: string; events: readonly WebhookEvent[] },
  ): Promise<{ id: string; secret: string }>;
  /** What is undefined stays as it is. @throws SlotwireError BAD_USER_INPUT, NOT_FOUND */
  update(organisation: string, id: string, change: EndpointChange): Promise<WebhookEndpoint>;
  /** Sends a message that announces nothing. @throws SlotwireError NOT_FOUND; CONFLICT when the endpoint is not active */
  test(organisation: string, id: string): Promise<WebhookMessage>;
  /** Sends a message once more, by its former id. @throws SlotwireError NOT_FOUND; CONFLICT when its person was erased */
  resend(organisation: string, message: string): Promise<WebhookMessage>;
  /** @throws SlotwireError NOT_FOUND */
  delete(organisation: string, id: string): Promise<void>;
}

export interface EndpointChange {
  url?: string | undefined;
  events?: readonly WebhookEvent[] | undefined;
  active?: boolean | undefined;
}

/** Applies a stored delivery again. @returns the new delivery. @throws SlotwireError NOT_FOUND */
export type ReplayDelivery = (organisation: string, delivery: string) => Promise<Delivery>;
