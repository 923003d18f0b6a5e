/** The pages under /book: of an owner, of an event type, of a booking. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { withDeadline } from '../../../async/deadline.ts';
import type { WidgetSources } from '../../../booking/challenge/widget-provider.ts';
import type { Store } from '../../../store/client.ts';
import { type Brand, brandOfBooking, brandOfPages, NO_BRAND } from '../../../store/rules/brands.ts';
import { ownerListing, type PublicEventType, publicEventType } from '../../../store/rules/public-pages.ts';
import { SECOND } from '../../../time/clock.ts';
import type { AddressOf } from '../../address.ts';
import { framesOfBookingPage, pagePolicy } from '../../answer-headers.ts';
import type { AddressLimits } from '../../limits.ts';
import { sendMoved } from '../../replies.ts';
import { htmlText, pageHtml, sendNothingHere } from '../pages.ts';
import { type BrandMarkup, brandMarkup } from './brand.ts';
import { eventTypeCard, ownerCard } from './card.ts';
import { eventTypeHead, headMarkup, ownerHead, type PageHead, pathOf } from './head.ts';
import { type PageLanguage, pageLanguage } from './language.ts';
import { nothingToBook, ownerMain } from './owner-page.ts';
import { createPageShell, lookAttributes } from './shell.ts';

export interface BookingPagesDeps {
  store: Store;
  limits: Pick<AddressLimits, 'countOperation'>;
  addressOf: AddressOf;
  /** Of the built page. */
  file: string;
  publicUrl: string;
  /** EMBED_ORIGINS */
  embedOrigins: readonly string[] | undefined;
  /** @returns the booking that the token opens; null: none */
  byToken(token: string): Promise<{ id: string } | null>;
  /** Of the provider of challenges; undefined: none. */
  widget: WidgetSources | undefined;
}

const PLAIN = brandMarkup(NO_BRAND);

/** A page waits this long for its head, and comes without one then: the page itself says what is wrong. */
const HEAD_WITHIN = 2 * SECOND;

export function createBookingPages(deps: BookingPagesDeps) {
  const { store, limits, addressOf, publicUrl, embedOrigins, widget } = deps;
  const shell = createPageShell(deps.file);

  const policyFor = ({ searchParams }: URL, { styleSource }: BrandMarkup) => {
    const frames = framesOfBookingPage(embedOrigins, searchParams.has('embed'));
    return pagePolicy(frames, widget, styleSource);
  };

  /** @param html null: the gateway was not built */
  function sendHtml(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    status: number,
    html: string | null,
    brand: BrandMarkup,
  ) {
    // Without its files, as before a build, the gateway has no page.
    if (html === null) return sendNothingHere(response);
    const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
    const headers = {
      'content-security-policy': policyFor(url, brand),
      'cache-control': 'no-cache',
      vary: 'Accept-Language',
      etag,
    };
    if (status === 200 && request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(status, { ...headers, 'content-type': 'text/html; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : html);
  }

  /** A page that is whole without a script. In a frame, or in a colour of the address, its small one is loaded. */
  const staticPage = (
    { searchParams }: URL,
    { words, attributes }: PageLanguage,
    main: string,
    head: PageHead | null,
    brand: BrandMarkup,
  ) => {
    const needsScript = searchParams.has('embed') || searchParams.has('color');
    const script = needsScript ? '\n<script type="module" src="/assets/frame.js"></script>' : '';
    return pageHtml(brand.top + main, {
      attributes: attributes + lookAttributes(searchParams),
      head:
        (head ? headMarkup(head, publicUrl) : `<title>${htmlText(words.say('missing.title'))}</title>`) +
        script +
        brand.head,
    });
  };

  const sendNothingToBook = (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    language: PageLanguage,
  ) =>
    sendHtml(
      request,
      response,
      url,
      404,
      staticPage(url, language, nothingToBook(language.words), null, PLAIN),
      PLAIN,
    );

  /** @returns undefined when it can't be found out just now */
  async function lookUp(
    request: IncomingMessage,
    owner: string,
    slug: string,
  ): Promise<(PublicEventType & { brand: Brand }) | null | undefined> {
    try {
      await limits.countOperation(addressOf(request));
      return await withDeadline(HEAD_WITHIN, undefined, async () => {
        const found = await publicEventType(store, owner, slug);
        return found && { ...found, brand: await brandOfPages(store, found.owner) };
      });
    } catch {
      return undefined;
    }
  }

  const showOwner = async (request: IncomingMessage, response: ServerResponse, owner: string, url: URL) => {
    await limits.countOperation(addressOf(request));
    const listing = await ownerListing(store, owner);
    const language = pageLanguage(request, url);
    const { words } = language;
    if (!listing) return sendNothingToBook(request, response, url, language);
    const head = ownerHead(listing, words);
    if (head.path !== url.pathname) return sendMoved(response, head.path + url.search);
    const main = ownerMain(listing, url.search, words);
    const brand = await brandOfPages(store, listing.owner);
    const markup = brandMarkup(brand);
    const withCard = { ...head, card: ownerCard(listing, brand)?.path };
    sendHtml(request, response, url, 200, staticPage(url, language, main, withCard, markup), markup);
  };

  const showEventType = async (
    request: IncomingMessage,
    response: ServerResponse,
    { owner, slug }: { owner: string; slug: string },
    url: URL,
  ) => {
    const found = await lookUp(request, owner, slug);
    const language = pageLanguage(request, url);
    if (found === null) return sendNothingToBook(request, response, url, language);
    if (found && pathOf(found) !== url.pathname) return sendMoved(response, pathOf(found) + url.search);
    const card = found && eventTypeCard(found, found.brand)?.path;
    const head = found ? headMarkup({ ...eventTypeHead(found, language.words), card }, publicUrl) : null;
    const brand = found ? brandMarkup(found.brand) : PLAIN;
    const html = await shell(head, language, lookAttributes(url.searchParams), brand);
    sendHtml(request, response, url, 200, html, brand);
  };

  /** @returns none where there is no such booking, or it can't be found out just now */
  async function brandByToken(request: IncomingMessage, token: string): Promise<Brand> {
    try {
      await limits.countOperation(addressOf(request));
      return await withDeadline(HEAD_WITHIN, undefined, async () => {
        const booking = await deps.byToken(token);
        return booking ? await brandOfBooking(store, booking.id) : NO_BRAND;
      });
    } catch {
      return NO_BRAND;
    }
  }

  const showBooking = async (request: IncomingMessage, response: ServerResponse, token: string, url: URL) => {
    const brand = brandMarkup(await brandByToken(request, token));
    const html = await shell(null, pageLanguage(request, url), lookAttributes(url.searchParams), brand);
    sendHtml(request, response, url, 200, html, brand);
  };

  return { showOwner, showEventType, showBooking };
}
