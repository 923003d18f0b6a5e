/** Google's errors: a status and a reason; only both together determine what a client should do. */
import { HttpError, jsonResponse } from '../http.ts';

interface ErrorLocation {
  domain?: string;
  locationType?: 'parameter' | 'header';
  location?: string;
}

/** Clients branch on `reason`. */
export function apiError(
  status: number,
  reason: string,
  message: string,
  location: ErrorLocation = {},
): HttpError {
  const { domain = 'global', ...rest } = location;
  return new HttpError(
    jsonResponse(status, {
      error: { code: status, message, errors: [{ domain, reason, message, ...rest }] },
    }),
  );
}

export const resourceNotFound = () => apiError(404, 'notFound', 'Not Found');
export const invalid = (location: string, message = 'Invalid Value') =>
  apiError(400, 'invalid', message, { locationType: 'parameter', location });
export const badRequest = (message: string) => apiError(400, 'badRequest', message);
export const eventDeleted = () => apiError(410, 'deleted', 'Resource has been deleted');

export const syncTokenExpired = () =>
  apiError(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.', {
    domain: 'calendar',
    locationType: 'parameter',
    location: 'syncToken',
  });

export const authError = () =>
  apiError(401, 'authError', 'Invalid Credentials', { locationType: 'header', location: 'Authorization' });

export const insufficient = () =>
  apiError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
