/** Graph's errors: a status and a code. */
import { randomUUID } from 'node:crypto';
import { HttpError, jsonResponse } from '../http.ts';

/** Clients branch on `code`. */
export function apiError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
  more: Record<string, unknown> = {},
): HttpError {
  const id = randomUUID();
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    'request-id': id,
    'client-request-id': id,
  };
  return new HttpError(
    jsonResponse(status, { error: { code, message, innerError, ...more } }, { 'request-id': id, ...headers }),
  );
}

export const itemNotFound = () =>
  apiError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
export const badRequest = (message: string) => apiError(400, 'ErrorInvalidRequest', message);
export const accessDenied = () =>
  apiError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

export const invalidToken = () =>
  apiError(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.', {
    'www-authenticate':
      'Bearer realm="", authorization_uri="", client_id="00000003-0000-0000-c000-000000000000"',
  });

/** The client starts again at `location`. */
export const syncStateExpired = (location: string) =>
  apiError(410, 'syncStateNotFound', 'The sync state generation is not found.', { location });
