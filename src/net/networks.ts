/** The networks that an address counts for: subscribers of IPv6 get whole networks, so that one address of theirs says little. */
import { isIPv6 } from 'node:net';

/** A network whose callers are counted together. */
export interface CallerNetwork {
  /** An IPv4 address, or an IPv6 prefix as in `2001:db8:1:2::/64`. */
  network: string;
  /** How many times the limit of one caller all callers of this network have together. */
  share: number;
}

/** How many times a caller's limit a /48 has, from which providers hand out up to 65,536 networks of /64. */
const WIDE_SHARE = 10;

/**
 * @param address as `AddressOf` spells it: IPv4 also where it came as IPv6. Anything else counts as itself.
 * @returns the caller's own network first: the IPv4 address, or the /64; then, for IPv6, the /48.
 */
export function networksOf(address: string): CallerNetwork[] {
  if (!isIPv6(address)) return [{ network: address, share: 1 }];
  const groups = groupsOf(address);
  return [
    { network: `${groups.slice(0, 4).join(':')}::/64`, share: 1 },
    { network: `${groups.slice(0, 3).join(':')}::/48`, share: WIDE_SHARE },
  ];
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function groupsOf(address: string): string[] {
  // URL writes the last two groups of a dotted form in hexadecimal, and the whole in one spelling (RFC 5952).
  const { hostname } = new URL(`http://[${address}]/`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}
