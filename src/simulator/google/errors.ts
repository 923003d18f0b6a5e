/** Google's way to refuse: a status and a reason; only both together tell what to do. */
import { json, Refusal } from '../exchange.ts';

interface Where {
  domain?: string;
  locationType?: 'parameter' | 'header';
  location?: string;
}

/** `reason` is what clients branch on. */
export function refusal(status: number, reason: string, message: string, where: Where = {}): Refusal {
  const { domain = 'global', ...place } = where;
  return new Refusal(
    json(status, { error: { code: status, message, errors: [{ domain, reason, message, ...place }] } }),
  );
}

export const notFound = () => refusal(404, 'notFound', 'Not Found');
export const invalid = (location: string, message = 'Invalid Value') =>
  refusal(400, 'invalid', message, { locationType: 'parameter', location });
export const badRequest = (message: string) => refusal(400, 'badRequest', message);
export const gone = () => refusal(410, 'deleted', 'Resource has been deleted');

export const cursorGone = () =>
  refusal(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.', {
    domain: 'calendar',
    locationType: 'parameter',
    location: 'syncToken',
  });

export const authError = () =>
  refusal(401, 'authError', 'Invalid Credentials', { locationType: 'header', location: 'Authorization' });

export const insufficient = () =>
  refusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
