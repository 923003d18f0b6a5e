/** Graph's way to refuse: a status and a code. */
import { randomUUID } from 'node:crypto';
import { json, Refusal } from '../exchange.ts';

/** `code` is what clients branch on. */
export function refusal(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
  more: Record<string, unknown> = {},
): Refusal {
  const id = randomUUID();
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    'request-id': id,
    'client-request-id': id,
  };
  return new Refusal(
    json(status, { error: { code, message, innerError, ...more } }, { 'request-id': id, ...headers }),
  );
}

export const itemNotFound = () =>
  refusal(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
export const badRequest = (message: string) => refusal(400, 'ErrorInvalidRequest', message);
export const accessDenied = () =>
  refusal(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

export const tokenRefused = () =>
  refusal(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.', {
    'www-authenticate':
      'Bearer realm="", authorization_uri="", client_id="00000003-0000-0000-c000-000000000000"',
  });

/** The client starts again at `location`. */
export const stateGone = (location: string) =>
  refusal(410, 'syncStateNotFound', 'The sync state generation is not found.', { location });
