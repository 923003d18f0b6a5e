/** Where a URL that a user gave may lead: its scheme, its port, and the addresses behind its name, each of them checked. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { NetError } from './failure.ts';
import { isPublicAddress } from './public-addresses.ts';

export interface Address {
  address: string;
  family: 4 | 6;
}

/** All addresses of a host name. Rejects when there are none. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

/** Ports below 1024 where something else than HTTP listens that might take a request for its own (Fetch standard, "bad port"). */
const BLOCKED_PORTS = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211,
]);

/** As the operating system resolves, its hosts file included. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }));

/** An IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '');

/** Why a URL may not be asked, as far as can be told without resolving its name; null when nothing is against it. */
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

/** What may be connected to. @throws NetError `blocked` when nothing is left, `network` when the name is unknown. */
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
