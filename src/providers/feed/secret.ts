/** The credentials of a feed: its secret address, and optionally a name. */
import { createHash } from 'node:crypto';
import { badInput } from '../../errors.ts';

export interface FeedSecret {
  /** An https or http URL. */
  url: string;
  /** The name that the host gave; null: the feed's own name is used. */
  name: string | null;
}

const MAX_URL_LENGTH = 4_000;
const MAX_NAME_LENGTH = 200;

/** Loopback hosts, for which no certificate exists. */
const LOOPBACK_WEBCAL = /^webcal:\/\/(?:[^/?#]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?=[:/?#]|$)/i;

/**
 * Checks the input and encodes it as the text that is stored sealed. `webcal` and `webcals` mean https.
 * @param allowHttp whether a password may go over plain http; `webcal` on a loopback host then means http
 * @throws SlotwireError BAD_USER_INPUT
 */
export function parseSecretInput(input: Readonly<Record<string, string>>, allowHttp: boolean): string {
  const typed = (input.url ?? '').trim();
  const text = typed.replace(/^webcals?:/i, allowHttp && LOOPBACK_WEBCAL.test(typed) ? 'http:' : 'https:');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw badInput('url', 'must be an https or webcal URL');
  if (url.href.length > MAX_URL_LENGTH) throw badInput('url', `must be at most ${MAX_URL_LENGTH} characters`);
  if (url.protocol === 'http:' && (url.username || url.password) && !allowHttp)
    throw badInput('url', 'must begin with https, for a password goes there');
  const name = input.name?.trim() ?? '';
  if (name.length > MAX_NAME_LENGTH || !name.isWellFormed() || /\p{Cc}/u.test(name))
    throw badInput('name', `must be at most ${MAX_NAME_LENGTH} characters of text`);
  url.hash = '';
  const secret: FeedSecret = { url: url.href, name: name || null };
  return JSON.stringify(secret);
}

/** The inverse of `parseSecretInput`. */
export const decodeSecret = (text: string): FeedSecret => JSON.parse(text) as FeedSecret;

/** Identifies a feed without revealing its address. A new password keeps the id. */
export function feedIdOf({ url }: FeedSecret): string {
  const withoutPassword = new URL(url);
  withoutPassword.password = '';
  return createHash('sha256').update(withoutPassword.href).digest('base64url');
}
