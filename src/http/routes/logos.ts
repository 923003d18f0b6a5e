/** GET /logos/{hash}.{type}: logos of brands. An address names the bytes, so that a new logo has a new one and none is ever stale. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BoundedMap } from '../../async/bounded-map.ts';
import { type Logo, logoPath } from '../../brand/logo.ts';
import type { Store } from '../../store/client.ts';
import { logoByHash } from '../../store/rules/brands.ts';
import { type Clock, type Instant, MINUTE } from '../../time/clock.ts';
import type { AddressOf } from '../address.ts';
import type { AddressLimits } from '../limits.ts';
import { sendNothingHere } from './pages.ts';

/** Bytes of logos in memory. */
const MEMORY = 8 * 1024 * 1024;
const MOST = 1_000;
/** A logo that was taken away, or erased with its host, is served no longer than this. */
const FRESH_FOR = MINUTE;

export interface LogoRouteDeps {
  store: Store;
  clock: Clock;
  addressOf: AddressOf;
  limits: Pick<AddressLimits, 'countOperation'>;
}

/** @returns the handler, which counts a request as an operation where the store is asked. */
export function createLogoRoute({ store, clock, addressOf, limits }: LogoRouteDeps) {
  const loaded = new BoundedMap<string, { logo: Logo; until: Instant }>(MOST, {
    most: MEMORY,
    of: ({ logo }) => logo.bytes.length,
  });

  async function find(request: IncomingMessage, hash: string): Promise<Logo | null> {
    const found = loaded.get(hash);
    if (found && clock.now() < found.until) return found.logo;
    await limits.countOperation(addressOf(request));
    const logo = await logoByHash(store, hash);
    if (logo) loaded.set(hash, { logo, until: clock.now() + FRESH_FOR });
    else loaded.delete(hash);
    return logo;
  }

  return async (request: IncomingMessage, response: ServerResponse, file: string): Promise<void> => {
    const hash = /^([\w-]{22})\.(?:png|jpeg)$/.exec(file)?.[1];
    const logo = hash === undefined ? null : await find(request, hash);
    if (!logo || logoPath(logo) !== `/logos/${file}`) return sendNothingHere(response);
    const etag = `"${logo.hash}"`;
    const headers = {
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      etag,
    };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      'content-type': `image/${logo.type}`,
      'content-length': String(logo.bytes.length),
    });
    response.end(request.method === 'HEAD' ? undefined : logo.bytes);
  };
}
