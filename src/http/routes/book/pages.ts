/** The pages under /book: of an owner, of an event type, of a booking. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { withDeadline } from '../../../async/deadline.ts';
import type { WidgetSources } from '../../../booking/challenge/widget-provider.ts';
import type { Store } from '../../../store/client.ts';
import { ownerListing, type PublicEventType, publicEventType } from '../../../store/rules/public-pages.ts';
import { SECOND } from '../../../time/clock.ts';
import type { AddressOf } from '../../address.ts';
import { framesOfBookingPage, pagePolicy } from '../../answer-headers.ts';
import type { AddressLimits } from '../../limits.ts';
import { sendMoved } from '../../replies.ts';
import { htmlText, pageHtml, sendNothingHere } from '../pages.ts';
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
  /** Of the provider of challenges; undefined: none. */
  widget: WidgetSources | undefined;
}

type PageHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** A page waits this long for its head, and comes without one then: the page itself says what is wrong. */
const HEAD_WITHIN = 2 * SECOND;

export function createBookingPages(deps: BookingPagesDeps) {
  const { store, limits, addressOf, publicUrl, embedOrigins, widget } = deps;
  const shell = createPageShell(deps.file);

  const policyFor = ({ searchParams }: URL) => {
    const frames = framesOfBookingPage(embedOrigins, searchParams.has('embed'));
    return pagePolicy(frames, widget);
  };

  /** @param html null: the gateway was not built */
  function sendHtml(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    status: number,
    html: string | null,
  ) {
    // Without its files, as before a build, the gateway has no page.
    if (html === null) return sendNothingHere(response);
    const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
    const headers = {
      'content-security-policy': policyFor(url),
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
  ) => {
    const needsScript = searchParams.has('embed') || searchParams.has('color');
    const script = needsScript ? '\n<script type="module" src="/assets/frame.js"></script>' : '';
    return pageHtml(main, {
      attributes: attributes + lookAttributes(searchParams),
      head:
        (head ? headMarkup(head, publicUrl) : `<title>${htmlText(words.say('missing.title'))}</title>`) +
        script,
    });
  };

  const sendNothingToBook = (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    language: PageLanguage,
  ) => sendHtml(request, response, url, 404, staticPage(url, language, nothingToBook(language.words), null));

  /** @returns undefined when it can't be found out just now */
  async function lookUp(
    request: IncomingMessage,
    owner: string,
    slug: string,
  ): Promise<PublicEventType | null | undefined> {
    try {
      await limits.countOperation(addressOf(request));
      return await withDeadline(HEAD_WITHIN, undefined, () => publicEventType(store, owner, slug));
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
    sendHtml(request, response, url, 200, staticPage(url, language, main, head));
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
    const head = found ? headMarkup(eventTypeHead(found, language.words), publicUrl) : null;
    sendHtml(request, response, url, 200, await shell(head, language, lookAttributes(url.searchParams)));
  };

  const showBooking: PageHandler = async (request, response, url) =>
    sendHtml(
      request,
      response,
      url,
      200,
      await shell(null, pageLanguage(request, url), lookAttributes(url.searchParams)),
    );

  return { showOwner, showEventType, showBooking };
}
