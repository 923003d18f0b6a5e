/** What a host gives to connect a feed: its address, which is a secret of its own, and perhaps a name. */
import { createHash } from 'node:crypto';
import { badInput } from '../../errors.ts';

export interface FeedSecret {
  /** https or http. */
  url: string;
  /** As the host calls it; null: as it calls itself. */
  name: string | null;
}

const MAX_URL_LENGTH = 4_000;
const MAX_NAME_LENGTH = 200;

/** Where nobody has a certificate for. */
const LOOPBACK_WEBCAL = /^webcal:\/\/(?:[^/?#]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?=[:/?#]|$)/i;

/**
 * One text of it, to be kept. `webcal` and `webcals` stand for https.
 * @param allowHttp may a password go over http? Then `webcal` on this machine stands for http.
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

/** What is kept was read above. */
export const decodeSecret = (text: string): FeedSecret => JSON.parse(text) as FeedSecret;

/** Tells feeds apart, and tells nothing of their address. A new password leaves it as it is. */
export function feedIdOf({ url }: FeedSecret): string {
  const withoutPassword = new URL(url);
  withoutPassword.password = '';
  return createHash('sha256').update(withoutPassword.href).digest('base64url');
}
