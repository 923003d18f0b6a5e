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
import { brotliCompress, gzip } from 'node:zlib';
import { acceptsEncoding } from './feeds-content.ts';

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
  br: Buffer | null;
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

const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

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
    const content = type ? await readFile(join(folder, name)).catch(() => null) : null;
    if (!type || !content) return null;
    const rewritten = rewrite(name, content.toString());
    const plain = rewritten === null ? content : Buffer.from(rewritten);
    const built = (ending: string) => readFile(join(folder, `${name}${ending}`)).catch(() => null);
    const compressed =
      rewritten === null
        ? { gzip: await built('.gz'), br: await built('.br') }
        : { gzip: await toGzip(plain), br: await toBrotli(plain) };
    const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
    return { type, etag, plain, ...compressed };
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
      const { encoding, bytes } = formFor(request, file);
      const etag = `"${file.etag}${ETAG_ENDINGS[encoding]}"`;
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
        ...(encoding === 'plain' ? {} : { 'content-encoding': encoding }),
      });
      if (request.method === 'HEAD') response.end();
      else await writeInChunks(response, bytes);
      return true;
    },
  };
}

/** Other bytes need another strong validator (RFC 9110 §8.8.3.3). */
const ETAG_ENDINGS = { plain: '', gzip: '-gz', br: '-br' } as const;

/** The smallest form that the reader takes. */
function formFor(request: IncomingMessage, { plain, gzip, br }: LoadedFile) {
  if (br && acceptsEncoding(request, 'br')) return { encoding: 'br', bytes: br } as const;
  if (gzip && acceptsEncoding(request, 'gzip')) return { encoding: 'gzip', bytes: gzip } as const;
  return { encoding: 'plain', bytes: plain } as const;
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
