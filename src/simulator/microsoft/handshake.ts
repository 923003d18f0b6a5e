/** Graph's validation of a webhook before it creates a subscription: the endpoint must return the token. */
import { randomUUID } from 'node:crypto';
import { withDeadline } from '../../async/deadline.ts';
import type { EndpointValidator } from './subscriptions.ts';

/** @param timeout milliseconds for the response. */
export function createEndpointValidator(timeout: number): EndpointValidator {
  return async (url) => {
    // The token has characters that break when an endpoint forgets to decode it, or decodes it twice.
    const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()} +1 100%25`;
    const separator = url.includes('?') ? '&' : '?';
    try {
      const { answer, body } = await withDeadline(timeout, undefined, async (signal) => {
        const answer = await fetch(`${url}${separator}validationToken=${encodeURIComponent(token)}`, {
          method: 'POST',
          headers: { 'content-type': 'text/plain; charset=utf-8' },
          redirect: 'manual',
          signal,
        });
        return { answer, body: await answer.text() };
      });
      if (answer.status !== 200) return `Response must be 200 (OK), was ${answer.status}.`;
      if (!/^text\/plain\b/i.test(answer.headers.get('content-type') ?? '')) {
        return 'Response must have the content type text/plain.';
      }
      return body === token ? null : 'Response must match the validationToken query parameter.';
    } catch {
      return 'The request timed out or the address could not be reached.';
    }
  };
}
