/** Forms are taken from our own pages alone. */
import type { IncomingMessage } from 'node:http';
import { SlotwireError } from '../errors.ts';

/**
 * A page of another site could send the form too. Browsers say where a form comes from: in Sec-Fetch-Site, or in Origin
 * alone where the gateway is reached by plain http. Programs that send neither are no browser, and nobody's session is theirs.
 * @param origin of PUBLIC_URL. @throws SlotwireError FORBIDDEN
 */
export function requireSameSite({ headers }: Pick<IncomingMessage, 'headers'>, origin: string): void {
  const { origin: from } = headers;
  const site = headers['sec-fetch-site'];
  const sameSite = site === undefined || site === 'same-origin' || site === 'none';
  const sameOrigin = from === undefined || from === origin || (from === 'null' && site === 'same-origin');
  if (!sameSite || !sameOrigin) {
    throw new SlotwireError('FORBIDDEN', 'This form was sent by another site. Open the link itself.');
  }
}
