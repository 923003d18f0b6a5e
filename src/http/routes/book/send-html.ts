/** Sends a page under /book: its policy, how long who may keep it, and 304 for one that says the same. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { WidgetSources } from '../../../booking/challenge/widget-provider.ts';
import { bookingPagePolicy, framesOfBookingPage } from '../../answer-headers.ts';
import { acceptsGzip } from '../feeds-content.ts';
import { sendNothingHere } from '../pages.ts';
import type { BrandMarkup } from './brand.ts';

/** Shorter pages fit into one packet. Bytes. */
const GZIP_MIN = 1_400;
const compress = promisify(gzip);

export function createSendHtml({
  embedOrigins,
  widget,
}: {
  /** EMBED_ORIGINS */
  embedOrigins: readonly string[] | undefined;
  /** Of the provider of challenges; undefined: none. */
  widget: WidgetSources | undefined;
}) {
  const policyFor = ({ searchParams }: URL, { styleSource }: BrandMarkup) => {
    const frames = framesOfBookingPage(embedOrigins, searchParams.has('embed'));
    return bookingPagePolicy(frames, widget, styleSource);
  };

  /** @param html null: the gateway was not built */
  return async function sendHtml(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    status: number,
    html: string | null,
    brand: BrandMarkup,
  ): Promise<unknown> {
    // Without its files, as before a build, the gateway has no page.
    if (html === null) return sendNothingHere(response);
    // Of what it says, whatever it is compressed with, and whenever its first answer was computed.
    const said = html.replace(/"computedAt":"[^"]*"/, '');
    const etag = `W/"${createHash('sha256').update(said).digest('base64url').slice(0, 22)}"`;
    const hasForm = html.includes('method="post"');
    const isOwn = hasForm || url.pathname.startsWith('/book/b/');
    const headers = {
      'content-security-policy': policyFor(url, brand),
      // What a visitor has filled in, or booked, is nobody else's.
      'cache-control': isOwn ? 'private, no-store' : 'no-cache',
      vary: 'Accept-Language, Accept-Encoding',
      // Browsers that are to send no referrer send a form with `Origin: null`.
      ...(hasForm ? { 'referrer-policy': 'same-origin' } : {}),
      etag,
    };
    if (status === 200 && request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    const isZipped = html.length > GZIP_MIN && acceptsGzip(request);
    const bytes = isZipped ? await compress(html) : html;
    response.writeHead(status, {
      ...headers,
      ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
      'content-type': 'text/html; charset=utf-8',
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return undefined;
  };
}
