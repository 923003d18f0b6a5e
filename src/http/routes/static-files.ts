/**
 * The files of the web build: read once, sent compressed where the build has a compressed form, and written as the reader takes
 * them, so that a slow reader holds a few kilobytes.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './feeds-content.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ico': 'image/x-icon',
  '.map': 'application/json',
};

/** Files that pages of other origins import as a module. */
const SHARED: Record<string, Record<string, string>> = {
  'live.js': { 'access-control-allow-origin': '*' },
};

/** Bytes that are written at once. */
const CHUNK = 64 * 1024;

interface LoadedFile {
  type: string;
  etag: string;
  plain: Buffer;
  /** Null: the build has no compressed form. */
  gzip: Buffer | null;
}

export interface StaticFiles {
  /**
   * Sends the file `name`, or 304 to a reader that has it.
   * @param headers beside its type, its ETag and `cache-control: no-cache`
   * @returns false when there is no such file: nothing was sent then.
   */
  send(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    headers?: Record<string, string>,
  ): Promise<boolean>;
}

const compress = promisify(gzip);

/**
 * @param folder of the built pages
 * @param rewrite what a file holds in place of what the build wrote; null: as it is
 */
export function createStaticFiles(
  folder: string,
  rewrite: (name: string, content: string) => string | null = () => null,
): StaticFiles {
  const loaded = new Map<string, Promise<LoadedFile | null>>();

  async function load(name: string): Promise<LoadedFile | null> {
    const type = TYPES[extname(name)];
    const built = type ? await readFile(join(folder, name)).catch(() => null) : null;
    if (!type || !built) return null;
    const rewritten = rewrite(name, built.toString());
    const plain = rewritten === null ? built : Buffer.from(rewritten);
    const compressed =
      rewritten === null
        ? await readFile(join(folder, `${name}.gz`)).catch(() => null)
        : await compress(plain);
    const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
    return { type, etag, plain, gzip: compressed };
  }

  async function find(name: string): Promise<LoadedFile | null> {
    if (!/^[a-z][a-z0-9.-]*$/.test(name)) return null;
    const found = loaded.get(name);
    if (found) return found;
    const file = await load(name);
    // Names that no file has are not kept: any caller may make up a million of them.
    if (file) loaded.set(name, Promise.resolve(file));
    return file;
  }

  return {
    async send(request, response, name, headers = {}) {
      const file = await find(name);
      if (!file) return false;
      const isGzip = file.gzip !== null && acceptsGzip(request);
      const bytes = isGzip && file.gzip ? file.gzip : file.plain;
      const etag = `"${file.etag}${isGzip ? '-gz' : ''}"`;
      const common = {
        'cache-control': 'no-cache',
        ...(file.gzip ? { vary: 'Accept-Encoding' } : {}),
        ...SHARED[name],
        ...headers,
        etag,
      };
      if (hasVersion(request, etag)) {
        response.writeHead(304, common).end();
        return true;
      }
      response.writeHead(200, {
        ...common,
        'content-type': file.type,
        'content-length': String(bytes.length),
        ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
      });
      if (request.method === 'HEAD') response.end();
      else await writeInChunks(response, bytes);
      return true;
    },
  };
}

const hasVersion = ({ headers }: IncomingMessage, etag: string) =>
  (headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .includes(etag);

/** Each chunk once the reader has taken the one before. A reader that goes is no fault. */
async function writeInChunks(response: ServerResponse, bytes: Buffer): Promise<void> {
  function* chunks() {
    for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
  }
  const source = Readable.from(chunks(), { objectMode: true, highWaterMark: 1 });
  await pipeline(source, response).catch(() => response.destroy());
}
