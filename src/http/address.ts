/** Whose request it is: the address of the connection, or what trusted proxies say it is for (RFC 7239). */
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, SocketAddress } from 'node:net';

/** The parts of Node's request that name an address. */
export interface Incoming {
  headers: IncomingHttpHeaders;
  socket: { remoteAddress?: string | undefined };
}

/** One way to write each address; IPv4 also where it came as IPv6. */
export type AddressOf = (request: Incoming) => string;

/** @param trusted addresses and CIDR ranges of proxies; what anybody else says of itself is not read */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  const proxies = new BlockList();
  for (const entry of trusted) {
    const [text = '', length] = entry.split('/');
    const family = familyOf(text);
    if (length === undefined) proxies.addAddress(text, family);
    else proxies.addSubnet(text, Number(length), family);
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && proxies.check(address, familyOf(address));

  /** The right-most hop that is no proxy of ours: whatever stands left of it, anybody may have written. */
  function walk(peer: string, hops: readonly (string | null)[]): string {
    let address = peer;
    for (let i = hops.length - 1; i >= 0 && isTrusted(address); i--) {
      const hop = hops[i] ?? null;
      // The proxy hides whom it is for: it stands for them.
      if (hop === null) break;
      address = hop;
    }
    return address;
  }

  return ({ headers, socket }) => {
    const peer = normalise(socket.remoteAddress ?? '') ?? '';
    if (!isTrusted(peer)) return peer;
    const claimed = [hopsOf(headers.forwarded, forwardedFor), hopsOf(headers['x-forwarded-for'], parseNode)]
      .filter((hops) => hops.length > 0)
      .map((hops) => walk(peer, hops));
    const [address = peer, ...others] = claimed;
    // A proxy that writes one of the headers lets the other pass as the client sent it: they must agree.
    return others.every((other) => other === address) ? address : peer;
  };
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** In the order of the hops; null for one that names no address. */
const hopsOf = (header: string | string[] | undefined, read: (element: string) => string | null) =>
  header === undefined ? [] : split([header].flat().join(','), ',').map(read);

/** At separators that stand outside quoted strings; no address has anything to escape in one. */
const split = (text: string, separator: ',' | ';'): string[] =>
  text.match(separator === ',' ? /(?:"[^"]*"|[^,"])+/g : /(?:"[^"]*"|[^;"])+/g) ?? [];

function forwardedFor(element: string): string | null {
  for (const pair of split(element, ';')) {
    const value = /^\s*for\s*=\s*(.*?)\s*$/i.exec(pair)?.[1];
    if (value !== undefined) return parseNode(value.replace(/^"(.*)"$/, '$1'));
  }
  return null;
}

/** An address alone, or with a port: `192.0.2.1:80`, `[2001:db8::1]:80`. */
function parseNode(text: string): string | null {
  const node = /^(?:\[([^\]]*)\](?::\w+)?|([^:]+):\w+)$/.exec(text.trim());
  return normalise(node?.[1] ?? node?.[2] ?? text.trim());
}

function normalise(text: string): string | null {
  // Interfaces are local names.
  const [address = ''] = text.split('%');
  const family = isIP(address);
  if (family === 0) return null;
  if (family === 4) return address;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1] ?? canonical;
}
