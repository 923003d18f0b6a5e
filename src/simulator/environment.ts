/** The environment variables that point a gateway at the simulators. */
import type { Simulator } from './simulator.ts';

export const gatewayEnvironment = ({ google, microsoft }: Pick<Simulator, 'google' | 'microsoft'>) => ({
  GOOGLE_CLIENT_ID: google.clientId,
  GOOGLE_CLIENT_SECRET: google.clientSecret,
  GOOGLE_AUTH_URL: google.authUrl,
  GOOGLE_TOKEN_URL: google.tokenUrl,
  GOOGLE_API_URL: google.apiUrl,
  MICROSOFT_CLIENT_ID: microsoft.clientId,
  MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
  MICROSOFT_LOGIN_URL: microsoft.loginUrl,
  MICROSOFT_GRAPH_URL: microsoft.graphUrl,
});
