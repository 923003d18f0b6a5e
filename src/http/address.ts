/** The address that a request counts for: that of the connection, or what trusted proxies say (RFC 7239). */
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, SocketAddress } from 'node:net';

/** The parts of Node's request that name an address. */
export interface Incoming {
  headers: IncomingHttpHeaders;
  socket: { remoteAddress?: string | undefined };
}

/** Gives each address one spelling; IPv4 also where it came as IPv6. */
export type AddressOf = (request: Incoming) => string;

/** Who is at the other end of a connection, and for whom its requests count. */
export interface Peers {
  addressOf: AddressOf;
  /** The connection's own address, whatever its requests say. */
  peerOf(socket: Incoming['socket']): string;
  /** Whether an address is a trusted proxy's. */
  isProxy(address: string): boolean;
}

/** @param trusted addresses and CIDR ranges of proxies. The headers of any other peer are not read. */
export function createPeers(trusted: readonly string[]): Peers {
  const proxies = new BlockList();
  for (const entry of trusted) {
    const [text = '', length] = entry.split('/');
    const family = familyOf(text);
    if (length === undefined) proxies.addAddress(text, family);
    else proxies.addSubnet(text, Number(length), family);
  }
  const isTrusted = (address: string) =>
    trusted.length > 0 && isIP(address) !== 0 && proxies.check(address, familyOf(address));

  /** The right-most hop that is no trusted proxy: anybody may have written what stands left of it. */
  function walk(peer: string, hops: readonly (string | null)[]): string {
    let address = peer;
    for (let i = hops.length - 1; i >= 0 && isTrusted(address); i--) {
      const hop = hops[i] ?? null;
      // The proxy hides its client: its own address counts.
      if (hop === null) break;
      address = hop;
    }
    return address;
  }

  /** Of connections that are known: each is asked for its address several times a request. */
  const known = new WeakMap<Incoming['socket'], string>();

  function peerOf(socket: Incoming['socket']): string {
    const found = known.get(socket);
    if (found !== undefined) return found;
    const address = normalise(socket.remoteAddress ?? '') ?? '';
    // A connection that has ended tells none.
    if (address !== '') known.set(socket, address);
    return address;
  }

  const addressOf: AddressOf = ({ headers, socket }) => {
    const peer = peerOf(socket);
    if (!isTrusted(peer)) return peer;
    const claimed = [hopsOf(headers.forwarded, forwardedFor), hopsOf(headers['x-forwarded-for'], parseNode)]
      .filter((hops) => hops.length > 0)
      .map((hops) => walk(peer, hops));
    const [address = peer, ...others] = claimed;
    // A proxy that writes one of the headers passes on the other as the client sent it, so both must agree.
    return others.every((other) => other === address) ? address : peer;
  };
  return { addressOf, peerOf, isProxy: isTrusted };
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** Hops in their order; null for a hop that names no address. */
const hopsOf = (header: string | string[] | undefined, read: (element: string) => string | null) =>
  header === undefined ? [] : split([header].flat().join(','), ',').map(read);

/** Splits at separators outside quoted strings; no address needs an escape in one. */
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
  // The zone names an interface of this machine.
  const [address = ''] = text.split('%');
  const family = isIP(address);
  if (family === 0) return null;
  if (family === 4) return address;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1] ?? canonical;
}
