/** GraphiQL, where GRAPHIQL=true: a page at /graphql, and its files among the assets. Each request counts as an operation. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NO_FRAMES } from '../answer-headers.ts';
import type { StaticFiles } from './static-files.ts';

/** The editor writes its own styles, and shows its fonts from data: URLs. */
const POLICY = `default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors ${NO_FRAMES}`;

/** The files change with the gateway's version alone, and a reader that comes back asks for them by ETag after that. */
const CACHED = { 'cache-control': 'public, max-age=86400' };

/** Whether the request is a browser's for the page, and no operation. */
export const isPageRequest = ({ method, headers }: IncomingMessage, { searchParams }: URL) =>
  (method === 'GET' || method === 'HEAD') &&
  /\btext\/html\b/i.test(headers.accept ?? '') &&
  !searchParams.has('query') &&
  !searchParams.has('documentId');

/** Names of its files among the assets. */
export const isGraphiqlAsset = (name: string) => name.startsWith('graphiql');

export const sendGraphiql = (files: StaticFiles, request: IncomingMessage, response: ServerResponse) =>
  files.send(request, response, 'graphiql.html', { 'content-security-policy': POLICY });

export const sendGraphiqlAsset = (
  files: StaticFiles,
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
) => files.send(request, response, name, { ...CACHED, 'content-security-policy': POLICY });
