/** The next request after a redirect (Fetch standard, "HTTP-redirect fetch"). */
import { NetError } from './failure.ts';

export interface Hop {
  url: URL;
  method: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that are never sent to another origin. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];

/** @returns null when the response is no redirect. @throws NetError when its target is not allowed */
export function nextHop(from: Hop, status: number, location: string | undefined): Hop | null {
  if (!REDIRECTS.has(status) || location === undefined) return null;
  const url = URL.canParse(location, from.url.href) ? new URL(location, from.url) : null;
  if (!url) throw new NetError('network', 'The answer redirects to an invalid URL.');
  if (from.url.protocol === 'https:' && url.protocol !== 'https:') {
    throw new NetError('blocked', 'The answer redirects from https to another scheme.');
  }
  url.username = '';
  url.password = '';
  const dropped = new Set(url.origin === from.url.origin ? [] : CREDENTIALS);
  const becomesGet =
    (status === 303 && from.method !== 'HEAD') ||
    ((status === 301 || status === 302) && from.method === 'POST');
  if (becomesGet)
    for (const name of Object.keys(from.headers)) if (name.startsWith('content-')) dropped.add(name);
  return {
    url,
    method: becomesGet ? 'GET' : from.method,
    headers: Object.fromEntries(Object.entries(from.headers).filter(([name]) => !dropped.has(name))),
    body: becomesGet ? undefined : from.body,
  };
}
