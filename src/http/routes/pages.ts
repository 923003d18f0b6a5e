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

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'";

const SECURITY = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

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
export function sendMessage(response: ServerResponse, status: number, title: string, sentence: string) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>${escapeHtml(title)} · Slotwire</title><link rel="stylesheet" href="/assets/book.css">
<main class="page missing"><h1>${escapeHtml(title)}</h1><p>${escapeHtml(sentence)}</p></main></html>`;
  response.writeHead(status, { ...SECURITY, 'content-type': 'text/html; charset=utf-8' }).end(html);
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
