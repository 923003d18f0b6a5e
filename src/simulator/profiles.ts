/** The differences of the two providers' OAuth, and the client that the simulators know. */
import { randomUUID } from 'node:crypto';
import type { Grants } from './grants.ts';
import type { OAuthProfile } from './oauth.ts';

/** Google issues a refresh token with the first consent, or when the request asks for consent again. */
export const googleProfile = (grants: Grants): OAuthProfile => ({
  provider: 'google',
  title: 'Google',
  clientId: 'slotwire-simulator.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-simulator',
  expiresIn: 3599,
  rotates: false,
  granular: true,
  offline: (request, person) =>
    request.get('access_type') === 'offline' &&
    ((request.get('prompt') ?? '').split(' ').includes('consent') || !grants.hadGrant(person)),
  extra: {},
  error: (error, description) => ({ error, error_description: description }),
});

const AADSTS: Record<string, number> = {
  invalid_grant: 70008,
  invalid_client: 7000215,
  unsupported_grant_type: 70003,
  invalid_scope: 1002012,
  invalid_request: 9002313,
};

export const microsoftProfile = (): OAuthProfile => ({
  provider: 'microsoft',
  title: 'Microsoft',
  clientId: '5107f1e5-0000-4000-8000-51a07e000001',
  clientSecret: 'simulator~secret',
  expiresIn: 4799,
  rotates: true,
  granular: false,
  offline: (request) => (request.get('scope') ?? '').split(' ').includes('offline_access'),
  extra: { ext_expires_in: 4799 },
  error(error, description) {
    const code = AADSTS[error] ?? 900144;
    return {
      error,
      error_description: `AADSTS${code}: ${description}`,
      error_codes: [code],
      timestamp: new Date().toISOString(),
      trace_id: randomUUID(),
      correlation_id: randomUUID(),
    };
  },
});
