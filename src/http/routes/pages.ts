/** Pages: static files of the web build, and short messages for people who return from a provider. */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
};

/** @param formAction where forms may lead, redirects included, as Chromium has it */
const policy = (formAction: string) =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action ${formAction}`;

const SECURITY = {
  'content-security-policy': policy("'none'"),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Headers of a page with a form that is answered by a redirect, whose further redirects (a company's own sign-in) are not known
 * here, so that the scheme is all that can be said. Without a referrer policy of this kind browsers send the form with `Origin: null`.
 */
export const formHeaders = (secure: boolean): Record<string, string> => ({
  'content-security-policy': `${policy(secure ? "'self' https:" : "'self' https: http:")}; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
});

/** Files that pages of other origins import as a module. */
const PUBLIC: Record<string, Record<string, string>> = {
  'live.js': { 'access-control-allow-origin': '*' },
};

/** Sends the file `name` of the web build in `folder`; 404 when there is none. */
export async function sendFile(response: ServerResponse, folder: string, name: string) {
  const type = TYPES[extname(name)];
  const content = type && !name.includes('/') ? await readFile(join(folder, name)).catch(() => null) : null;
  if (!content) return sendMessage(response, 404, 'Nothing here', 'There is no page at this address.');
  response
    .writeHead(200, { ...SECURITY, ...PUBLIC[name], 'content-type': type, 'cache-control': 'no-cache' })
    .end(content);
}

/** A page with one sentence. */
export const sendMessage = (response: ServerResponse, status: number, title: string, sentence: string) =>
  sendPage(
    response,
    status,
    title,
    `<main class="page missing"><h1>${escapeHtml(title)}</h1><p>${escapeHtml(sentence)}</p></main>`,
  );

/** @param main markup, escaped. @param headers in place of those of all pages */
export function sendPage(
  response: ServerResponse,
  status: number,
  title: string,
  main: string,
  headers: Record<string, string> = {},
) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>${escapeHtml(title)} · Slotwire</title><link rel="stylesheet" href="/assets/book.css">
${main}</html>`;
  response
    .writeHead(status, { ...SECURITY, ...headers, 'content-type': 'text/html; charset=utf-8' })
    .end(html);
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
