/**
 * GET /cards/{owner}/{version}.png and /cards/{owner}/{slug}/{version}.png: pictures for previews of links. Only pages that are there have
 * one, and nothing in an address changes it: an earlier version leads to the present one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CardRenderer, TooManyCards } from '../../cards/renderer.ts';
import type { CardRequest } from '../../cards/worker.ts';
import type { Store } from '../../store/client.ts';
import { brandOfPages, logoByHash } from '../../store/rules/brands.ts';
import { ownerListing, publicEventType } from '../../store/rules/public-pages.ts';
import type { AddressOf } from '../address.ts';
import type { AddressLimits } from '../limits.ts';
import { plainText, sendRedirect, sendReply } from '../replies.ts';
import { eventTypeCard, ownerCard, type PageCard } from './book/card.ts';
import { sendNothingHere } from './pages.ts';

export interface CardRouteDeps {
  store: Store;
  renderer: CardRenderer;
  addressOf: AddressOf;
  limits: Pick<AddressLimits, 'countOperation'>;
}

/** @property slug absent: the owner's own page */
export interface CardAddress {
  owner: string;
  slug?: string | undefined;
  file: string;
}

/** @returns the handler, which counts each request as an operation. */
export function createCardRoute({ store, renderer, addressOf, limits }: CardRouteDeps) {
  async function find({ owner, slug }: CardAddress): Promise<PageCard | null> {
    if (slug !== undefined) {
      const found = await publicEventType(store, owner, slug);
      return found && eventTypeCard(found, await brandOfPages(store, found.owner));
    }
    const listing = await ownerListing(store, owner);
    return listing && ownerCard(listing, await brandOfPages(store, listing.owner));
  }

  const loadFor =
    ({ card }: PageCard) =>
    async (): Promise<CardRequest> => {
      const logo = card.logo === null ? null : await logoByHash(store, card.logo);
      if (!logo) return { card, logo: null };
      const { type, width, height } = logo;
      return {
        card,
        logo: { url: `data:image/${type};base64,${logo.bytes.toString('base64')}`, width, height },
      };
    };

  return async (request: IncomingMessage, response: ServerResponse, address: CardAddress): Promise<void> => {
    await limits.countOperation(addressOf(request));
    const found = /^[\w-]{22}\.png$/.test(address.file) ? await find(address) : null;
    if (!found) return sendNothingHere(response);
    if (!found.path.endsWith(`/${address.file}`)) {
      sendRedirect(response, found.path);
      return;
    }
    const etag = `"${address.file.slice(0, 22)}"`;
    const headers = {
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      etag,
    };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    if (request.method === 'HEAD') {
      response.writeHead(200, { ...headers, 'content-type': 'image/png' }).end();
      return;
    }
    try {
      const png = await renderer.render(etag, loadFor(found));
      response
        .writeHead(200, { ...headers, 'content-type': 'image/png', 'content-length': String(png.length) })
        .end(png);
    } catch (error) {
      if (!(error instanceof TooManyCards)) throw error;
      const busy = plainText(503, 'Too many pictures are being drawn: try again in a moment.\n');
      sendReply(response, { ...busy, headers: { ...busy.headers, 'retry-after': '5' } });
    }
  };
}
