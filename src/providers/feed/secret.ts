/** What a host gives to connect a feed: its address, which is a secret of its own, and perhaps a name. */
import { createHash } from 'node:crypto';
import { badInput } from '../../errors.ts';

export interface FeedSecret {
  /** https or http. */
  url: string;
  /** As the host calls it; null: as it calls itself. */
  name: string | null;
}

const LONGEST_URL = 4_000;
const LONGEST_NAME = 200;

/** Where nobody has a certificate for. */
const THIS_MACHINE = /^webcal:\/\/(?:[^/?#]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?=[:/?#]|$)/i;

/**
 * One text of it, to be kept. `webcal` and `webcals` stand for https.
 * @param plain may a password go over http? Then `webcal` on this machine stands for http.
 * @throws SlotwireError BAD_USER_INPUT
 */
export function readSecret(given: Readonly<Record<string, string>>, plain: boolean): string {
  const written = (given.url ?? '').trim();
  const text = written.replace(/^webcals?:/i, plain && THIS_MACHINE.test(written) ? 'http:' : 'https:');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw badInput('url', 'must be an https or webcal URL');
  if (url.href.length > LONGEST_URL) throw badInput('url', `must be at most ${LONGEST_URL} characters`);
  if (url.protocol === 'http:' && (url.username || url.password) && !plain)
    throw badInput('url', 'must begin with https, for a password goes there');
  const name = given.name?.trim() ?? '';
  if (name.length > LONGEST_NAME || !name.isWellFormed() || /\p{Cc}/u.test(name))
    throw badInput('name', `must be at most ${LONGEST_NAME} characters of text`);
  url.hash = '';
  const secret: FeedSecret = { url: url.href, name: name || null };
  return JSON.stringify(secret);
}

/** What is kept was read above. */
export const openSecret = (text: string): FeedSecret => JSON.parse(text) as FeedSecret;

/** Tells feeds apart, and tells nothing of their address. A new password leaves it as it is. */
export function idOf({ url }: FeedSecret): string {
  const known = new URL(url);
  known.password = '';
  return createHash('sha256').update(known.href).digest('base64url');
}
