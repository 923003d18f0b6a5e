/** Sends one request with the account's access token, within its request budget; a refused token is replaced once. */
import { SECOND } from '../time/clock.ts';
import { type Access, ProviderError } from './port.ts';

/** How long one request to a provider's API may take, in milliseconds, body included. */
export const REQUEST_TIMEOUT = 30 * SECOND;

/**
 * Runs a request with the account's token. When the provider answers 401, the request runs once more with a new token. A second
 * 401 is a failure that passes: only the token endpoint can tell that the grant is gone.
 * @param request throws ProviderError with `status` 401 when the token was refused.
 */
export async function withAccessToken<T>(
  access: Access,
  request: (token: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const attempt = (token: string) => access.run(() => request(token), signal);
  const token = await access.token();
  try {
    return await attempt(token);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 401) throw error;
  }
  return attempt(await access.token(token));
}
