/** The pages under /book: of an owner, of an event type, of a booking. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { withDeadline } from '../../../async/deadline.ts';
import type { WidgetSources } from '../../../booking/challenge/widget-provider.ts';
import type { Store } from '../../../store/client.ts';
import { type Brand, brandOfBooking, brandOfPages, NO_BRAND } from '../../../store/rules/brands.ts';
import { type BookablePage, ownerListing, publicEventType } from '../../../store/rules/public-pages.ts';
import { SECOND } from '../../../time/clock.ts';
import type { AddressOf } from '../../address.ts';
import type { ReadBody } from '../../body.ts';
import type { AddressLimits } from '../../limits.ts';
import { plainText, sendMoved, sendReply } from '../../replies.ts';
import { requireSameSite } from '../../same-site.ts';
import type { FileVersions } from '../file-versions.ts';
import { htmlText, pageHtml } from '../pages.ts';
import { type BrandMarkup, brandMarkup } from './brand.ts';
import { eventTypeCard, ownerCard } from './card.ts';
import { eventTypeHead, headMarkup, ownerHead, type PageHead, pathOf } from './head.ts';
import { type PageLanguage, pageLanguage } from './language.ts';
import { noSuchBooking, nothingToBook, ownerMain } from './owner-page.ts';
import { isPlainStep, type PlainAnswer, type PlainSteps, type PlainVisit } from './plain/routes.ts';
import { createSendHtml } from './send-html.ts';
import { createPageShell, lookAttributes } from './shell.ts';

export interface BookingPagesDeps {
  store: Store;
  limits: Pick<AddressLimits, 'countOperation'>;
  addressOf: AddressOf;
  readBody: ReadBody;
  /** What the pages say and take where no script runs. */
  plain: PlainSteps;
  /** Of the built page. */
  file: string;
  versions: Pick<FileVersions, 'versioned'>;
  publicUrl: string;
  /** EMBED_ORIGINS */
  embedOrigins: readonly string[] | undefined;
  /** @returns the booking that the token opens; null: none */
  byToken(token: string): Promise<{ id: string } | null>;
  /** Of the provider of challenges; undefined: none. */
  widget: WidgetSources | undefined;
}

const PLAIN = brandMarkup(NO_BRAND);

type BrandedPage = BookablePage & { brand: Brand };

/** Of a form that is filled in to the last character. Bytes. */
const FORM_MAX = 256 * 1024;
const TOO_LONG = plainText(413, 'This form is too long.\n');

/** A page waits this long for its head, and comes without one then: the page itself says what is wrong. */
const HEAD_WITHIN = 2 * SECOND;

export function createBookingPages(deps: BookingPagesDeps) {
  const { store, limits, addressOf, publicUrl, embedOrigins, widget, plain } = deps;
  const { origin } = new URL(publicUrl);
  const shell = createPageShell(deps.file, deps.versions);

  const sendHtml = createSendHtml({ embedOrigins, widget });

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

  /** @returns null when there is no such event type */
  async function brandedEventType(owner: string, slug: string): Promise<BrandedPage | null> {
    const found = await publicEventType(store, owner, slug);
    return found && { ...found, brand: await brandOfPages(store, found.owner) };
  }

  /** @returns undefined when it can't be found out just now */
  async function lookUp(
    request: IncomingMessage,
    owner: string,
    slug: string,
  ): Promise<BrandedPage | null | undefined> {
    try {
      await limits.countOperation(addressOf(request));
      return await withDeadline(HEAD_WITHIN, undefined, () => brandedEventType(owner, slug));
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
    await sendHtml(request, response, url, 200, staticPage(url, language, main, withCard, markup), markup);
  };

  const showEventType = async (
    request: IncomingMessage,
    response: ServerResponse,
    { owner, slug }: { owner: string; slug: string },
    url: URL,
  ) => {
    // A step without a script has nothing to show without it: it waits, and says what went wrong.
    const found = isPlainStep(url)
      ? await limits.countOperation(addressOf(request)).then(() => brandedEventType(owner, slug))
      : await lookUp(request, owner, slug);
    const language = pageLanguage(request, url);
    if (found === null) return sendNothingToBook(request, response, url, language);
    if (found && pathOf(found) !== url.pathname) return sendMoved(response, pathOf(found) + url.search);
    const brand = found ? brandMarkup(found.brand) : PLAIN;
    const visit = { url, address: addressOf(request), language };
    if (found && isPlainStep(url)) {
      const main = await plain.show(found, visit);
      return sendHtml(request, response, url, 200, plainPage(found, visit, main, brand), brand);
    }
    // Without it the page says by itself what is wrong.
    const first = found
      ? await withDeadline(HEAD_WITHIN, undefined, () => plain.first(found, visit)).catch(() => null)
      : null;
    const card = found && eventTypeCard(found, found.brand)?.path;
    const head = found ? headMarkup({ ...eventTypeHead(found, language.words), card }, publicUrl) : null;
    const html = await shell(head, language, lookAttributes(url.searchParams), brand, first);
    await sendHtml(request, response, url, 200, html, brand);
  };

  const plainPage = (
    found: BookablePage,
    { url, language }: { url: URL; language: PageLanguage },
    main: string,
    brand: BrandMarkup,
  ) => staticPage(url, language, main, eventTypeHead(found, language.words), brand);

  /** A form's parameters; null: it is too long. @throws SlotwireError FORBIDDEN, RATE_LIMITED */
  async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
    requireSameSite(request, origin);
    await limits.countOperation(addressOf(request));
    const body = await deps.readBody(request, FORM_MAX);
    return body && new URLSearchParams(body.toString());
  }

  /** @param page around the markup of <main> */
  function sendAnswer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    answer: PlainAnswer,
    brand: BrandMarkup,
    page: (main: string) => string | null,
  ) {
    if ('main' in answer) return sendHtml(request, response, url, 200, page(answer.main), brand);
    response.writeHead(303, { location: answer.location, 'cache-control': 'no-store' }).end();
  }

  /** Takes the form of a browser without a script. */
  const bookEventType = async (
    request: IncomingMessage,
    response: ServerResponse,
    { owner, slug }: { owner: string; slug: string },
    url: URL,
  ) => {
    const body = await readForm(request);
    if (!body) return sendReply(response, TOO_LONG);
    const language = pageLanguage(request, url);
    const found = await brandedEventType(owner, slug);
    if (!found) return sendNothingToBook(request, response, url, language);
    const visit = { url, address: addressOf(request), language };
    const brand = brandMarkup(found.brand);
    const answer = await plain.book(found, body, visit);
    return sendAnswer(request, response, url, answer, brand, (main) => plainPage(found, visit, main, brand));
  };

  /** @returns none where there is no such booking */
  async function brandByToken(token: string): Promise<Brand> {
    const booking = await deps.byToken(token);
    return booking ? brandOfBooking(store, booking.id) : NO_BRAND;
  }

  const showBooking = async (request: IncomingMessage, response: ServerResponse, token: string, url: URL) => {
    const language = pageLanguage(request, url);
    const found = await lookUpBooking(request, token, { url, address: addressOf(request), language });
    const brand = found ? brandMarkup(found.brand) : PLAIN;
    const html = await shell(null, language, lookAttributes(url.searchParams), brand, found);
    await sendHtml(request, response, url, 200, html, brand);
  };

  /** @returns null when it can't be found out just now: the page says so */
  async function lookUpBooking(
    request: IncomingMessage,
    token: string,
    visit: PlainVisit,
  ): Promise<{ standIn: string; brand: Brand } | null> {
    try {
      await limits.countOperation(addressOf(request));
      return await withDeadline(HEAD_WITHIN, undefined, async () => ({
        standIn: (await plain.booking(token, visit)) ?? noSuchBooking(visit.language.words),
        brand: await brandByToken(token),
      }));
    } catch {
      return null;
    }
  }

  /** Takes the form that cancels a booking. */
  const cancelBooking = async (
    request: IncomingMessage,
    response: ServerResponse,
    token: string,
    url: URL,
  ) => {
    const body = await readForm(request);
    if (!body) return sendReply(response, TOO_LONG);
    const language = pageLanguage(request, url);
    const visit = { url, address: addressOf(request), language };
    const answer = (await plain.cancel(token, body, visit)) ?? { main: noSuchBooking(language.words) };
    const brand = brandMarkup(await brandByToken(token));
    const page = (main: string) => staticPage(url, language, main, null, brand);
    return sendAnswer(request, response, url, answer, brand, page);
  };

  return { showOwner, showEventType, bookEventType, showBooking, cancelBooking };
}
