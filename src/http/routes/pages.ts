/** Short pages of one sentence: for people who return from a provider, and for addresses without a page. */
import type { ServerResponse } from 'node:http';
import { formPolicy, pagePolicy } from '../answer-headers.ts';

/**
 * Headers of a page with a form that is answered by a redirect, whose further redirects (a company's own sign-in) are not known
 * here, so that the scheme is all that can be said. Without a referrer policy of this kind browsers send the form with `Origin: null`.
 */
export const formHeaders = (secure: boolean): Record<string, string> => ({
  'content-security-policy': formPolicy(secure ? "'self' https:" : "'self' https: http:"),
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
});

/** A page with one sentence. */
export const sendMessage = (response: ServerResponse, status: number, title: string, sentence: string) =>
  sendPage(
    response,
    status,
    title,
    `<main class="page missing"><h1>${htmlText(title)}</h1><p>${htmlText(sentence)}</p></main>`,
  );

/** @param main markup, escaped. @param headers in place of those of all pages */
export function sendPage(
  response: ServerResponse,
  status: number,
  title: string,
  main: string,
  headers: Record<string, string> = {},
) {
  const html = pageHtml(main, { head: `<title>${htmlText(title)} · Slotwire</title>` });
  response
    .writeHead(status, {
      'content-security-policy': pagePolicy(),
      ...headers,
      'content-type': 'text/html; charset=utf-8',
    })
    .end(html);
}

/**
 * A page in the look of ours.
 * @param main markup, escaped
 * @param more markup of elements in <head>, its title among them, and of attributes of <html>, each with a space before it and
 * its language among them
 */
export const pageHtml = (
  main: string,
  { head, attributes = ' lang="en"' }: { head: string; attributes?: string },
): string => `<!doctype html><html${attributes}><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
${head}<link rel="stylesheet" href="/assets/book.css">
${main}</html>`;

/** The page for an address that has none. */
export const sendNothingHere = (response: ServerResponse) =>
  sendMessage(response, 404, 'Nothing here', 'There is no page at this address.');

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const htmlText = (text: string) => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
