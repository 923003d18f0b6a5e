/** One delivery attempt: sends a signed message and returns the response or the failure. */

import type { Log } from '../../log.ts';
import type { GuardedFetch } from '../../net/client.ts';
import { NetError } from '../../net/failure.ts';
import type { KeyRing } from '../../secrets.ts';
import type { LeasedMessage } from '../../store/outbound/webhook-messages.ts';
import { type Clock, SECOND } from '../../time/clock.ts';
import { signMessage } from './signature.ts';

const TIMEOUT = 15 * SECOND;

/** The receiver's response, or why there is none. */
export type DeliveryResponse = { status: number; headers: Headers } | { failure: string };

/** Nothing was sent: no key of ENCRYPTION_KEYS opens the endpoint's secret. */
export const SEALED = 'sealed';

/** @throws the signal's reason once it fires */
export type SendMessage = (
  message: LeasedMessage,
  signal: AbortSignal,
) => Promise<DeliveryResponse | typeof SEALED>;

export interface SendDeps {
  fetch: GuardedFetch;
  keyRing: KeyRing;
  clock: Clock;
  log: Log;
}

export const createSendMessage =
  ({ fetch, keyRing, clock, log }: SendDeps): SendMessage =>
  async ({ id, endpoint, payload }, signal) => {
    let secret: string;
    try {
      secret = keyRing.decrypt(endpoint.secret, 'webhook_endpoint.secret', endpoint.id);
    } catch (error) {
      log.error(
        { err: error, endpoint: endpoint.id },
        'webhook secret not readable, no key of ENCRYPTION_KEYS opens it: put the previous key back, or make the endpoint anew',
      );
      return SEALED;
    }
    const timestamp = Math.floor(clock.now() / SECOND);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Slotwire',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signMessage(secret, id, timestamp, payload),
    };
    try {
      const request = { method: 'POST', headers, body: payload, timeout: TIMEOUT, signal };
      return await fetch(endpoint.url, { ...request, maxBytes: 'ignored' });
    } catch (error) {
      if (error instanceof NetError) return { failure: error.message };
      throw error;
    }
  };
