/** What the API needs of webhooks. */

import type { Delivery } from '../store/calendars/deliveries.ts';
import type { WebhookEvent } from '../store/outbound/webhook-endpoints.ts';

export interface Endpoints {
  /** @returns the endpoint with its secret, which is not returned again. @throws SlotwireError BAD_USER_INPUT */
  create(
    organisation: string,
    wish: { url: string; events: readonly WebhookEvent[] },
  ): Promise<{ id: string; secret: string }>;
  /** @throws SlotwireError NOT_FOUND */
  delete(organisation: string, id: string): Promise<void>;
}

/** Applies a stored delivery again. @returns the new delivery. @throws SlotwireError NOT_FOUND */
export type ReplayDelivery = (organisation: string, delivery: string) => Promise<Delivery>;
