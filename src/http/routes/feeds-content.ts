/** Answers with validators and encodings: 304 when the reader has the content already, gzip when it accepts that. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface Content {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Shorter bodies fit into one packet. Bytes. */
const GZIP_MIN = 1_400;
/** A feed is for one reader, and may change within a second. */
const COMMON_HEADERS = {
  'cache-control': 'private, no-cache',
  vary: 'Accept-Encoding',
};

const compress = promisify(gzip);

export const contentEtag = (body: string) => `"${createHash('sha256').update(body).digest('base64url')}"`;

/** @param encode false: never compressed, whatever the reader accepts. */
export async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Content,
  { encode = true } = {},
) {
  const plain = Buffer.from(body);
  const gzips = encode && plain.length > GZIP_MIN && acceptsGzip(request);
  const all: Record<string, string> = { ...COMMON_HEADERS, ...headers };
  // Other bytes need another strong validator (RFC 9110 §8.8.3.3).
  if (gzips && all.etag) all.etag = all.etag.replace(/"$/, `${GZIP_SUFFIX}"`);
  if (status === 200 && isNotModified(request, headers.etag, headers['last-modified'])) {
    delete all['content-type'];
    return response.writeHead(304, all).end();
  }
  if (gzips) all['content-encoding'] = 'gzip';
  const bytes = gzips ? await compress(plain) : plain;
  response.writeHead(status, { ...all, 'content-length': String(bytes.length) }).end(bytes);
}

const GZIP_SUFFIX = '-gz';

function isNotModified({ method, headers }: IncomingMessage, etag?: string, lastModified?: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags
      .split(',')
      .map((tag) => tag.trim().replace(/^W\//, '').replace(`${GZIP_SUFFIX}"`, '"'))
      .some((tag) => tag === '*' || (etag !== undefined && tag === etag));
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return lastModified !== undefined && Date.parse(lastModified) <= since;
}

/** Whether the reader takes gzip (RFC 9110 §12.5.3). */
export const acceptsGzip = (request: IncomingMessage): boolean => acceptsEncoding(request, 'gzip');

export function acceptsEncoding({ headers }: IncomingMessage, coding: 'gzip' | 'br'): boolean {
  const match = CODINGS[coding].exec(String(headers['accept-encoding'] ?? ''));
  return match !== null && Number(match[1] ?? 1) > 0;
}

const CODINGS = {
  gzip: /(?:^|,)\s*gzip\s*(?:;\s*q=([\d.]+)\s*)?(?:,|$)/i,
  br: /(?:^|,)\s*br\s*(?:;\s*q=([\d.]+)\s*)?(?:,|$)/i,
};
