/** Checks where a URL leads that a user gave: its scheme, its port, and each address of its host. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { NetError } from './failure.ts';
import { isPublicAddress } from './public-addresses.ts';

export interface Address {
  address: string;
  family: 4 | 6;
}

/** Resolves a host name to all of its addresses; rejects when there are none. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

/** Ports of other services that might misread an HTTP request (Fetch standard, "bad port"). */
const BLOCKED_PORTS = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211,
]);

/** Resolves as the operating system does, including its hosts file. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }));

/** The host; an IPv6 address without brackets. */
export const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '');

/** Why the URL is not allowed, as far as known without resolving its host; null when it is allowed. */
export function urlRefusalOf(url: URL, allowPrivate: boolean): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http';
  if (BLOCKED_PORTS.has(Number(url.port))) return 'names a port that is not for HTTP';
  const host = hostOf(url);
  const isName = isIP(host) === 0;
  if (allowPrivate) return null;
  if (isName ? /(^|\.)localhost\.?$/i.test(host) : !isPublicAddress(host))
    return 'is not on the public internet';
  return null;
}

/**
 * The addresses that may be connected to. @throws NetError `blocked` when none is allowed, `network` when the name is
 * unknown
 */
export async function resolveAllowed(url: URL, resolve: Resolve, allowPrivate: boolean): Promise<Address[]> {
  const refusal = urlRefusalOf(url, allowPrivate);
  if (refusal) throw new NetError('blocked', `The address ${refusal}.`);
  const host = hostOf(url);
  const family = isIP(host);
  const found =
    family === 0
      ? await resolve(host).catch((error: unknown) => {
          throw new NetError('network', 'The host name is unknown.', { cause: error });
        })
      : [{ address: host, family: family === 6 ? (6 as const) : (4 as const) }];
  const allowed = found.filter(({ address }) => allowPrivate || isPublicAddress(address));
  if (allowed.length > 0) return allowed;
  if (found.length === 0) throw new NetError('network', 'The host name is unknown.');
  throw new NetError('blocked', 'The address is not on the public internet.');
}
