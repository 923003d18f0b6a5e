/** GET /embed.js: the script for pages of other sites, with the gateway's own origin in it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StaticFiles } from './static-files.ts';

/** In the built script, src/web/embed/origin.ts. */
const PLACEHOLDER = 'https://gateway.invalid';

/** Sites get a new version within an hour, without a request of each visitor. */
const HEADERS = {
  'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
  // Also as a module, and from a page that isolates itself (COEP).
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

/** @param publicUrl PUBLIC_URL. @returns what is written into a file of the build before it is sent */
export const embedContent =
  (publicUrl: string) =>
  (name: string, content: string): string | null =>
    name === 'embed.js' ? content.replaceAll(PLACEHOLDER, new URL(publicUrl).origin) : null;

/** @returns false when the gateway was not built */
export const sendEmbed = (files: StaticFiles, request: IncomingMessage, response: ServerResponse) =>
  files.send(request, response, 'embed.js', HEADERS);
