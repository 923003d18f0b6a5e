/** Reads request bodies: each up to a limit, and all unfinished ones together up to another. */
import type { IncomingMessage } from 'node:http';

/** Bytes of all bodies that are being read. */
const UNFINISHED_MAX = 64 * 1024 * 1024;

/** The request ended before its body did: its sender's fault or wish, and no reader is left for an answer. */
export class RequestCutOff extends Error {
  override readonly name = 'RequestCutOff';

  constructor() {
    super('the request was cut off');
  }
}

/** So many bodies are being read that there is no room for another: 503. */
export class NoRoomForBody extends Error {
  override readonly name = 'NoRoomForBody';

  constructor() {
    super('too many request bodies are being read');
  }
}

/**
 * @returns the whole body; null when it is longer than `limit` bytes, and then the rest is not read.
 * @throws RequestCutOff, NoRoomForBody
 */
export type ReadBody = (request: IncomingMessage, limit: number) => Promise<Buffer | null>;

export interface BodyReader {
  read: ReadBody;
  /**
   * Passes on what `read` resolves with, in the very event in which the last byte came.
   * @returns what `use` does
   * @throws what `use` throws; RequestCutOff, NoRoomForBody
   */
  readThen<T>(
    request: IncomingMessage,
    limit: number,
    use: (body: Buffer | null) => T | Promise<T>,
  ): Promise<T>;
}

/** @param most bytes of all bodies that are being read at once. */
export function createBodyReader(most = UNFINISHED_MAX): BodyReader {
  let unfinished = 0;

  function readThen<T>(
    request: IncomingMessage,
    limit: number,
    use: (body: Buffer | null) => T | Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      let size = 0;
      let isOver = false;
      const chunks: Buffer[] = [];

      /** @returns whether that is news. */
      function end(): boolean {
        if (isOver) return false;
        isOver = true;
        unfinished -= size;
        return true;
      }
      function finish(body: Buffer | null) {
        if (!end()) return;
        try {
          resolve(use(body));
        } catch (error) {
          reject(error);
        }
      }
      const cutOff = () => end() && reject(new RequestCutOff());

      if (Number(request.headers['content-length'] ?? 0) > limit) return finish(null);
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
        unfinished += chunk.length;
        if (size <= limit && unfinished <= most) {
          chunks.push(chunk);
          return;
        }
        request.removeAllListeners('data');
        request.pause();
        if (size > limit) finish(null);
        else if (end()) reject(new NoRoomForBody());
      });
      request.once('error', cutOff);
      request.once('close', cutOff);
      request.once('end', () => {
        // Every request closes after its end.
        request.off('close', cutOff);
        const [only] = chunks;
        finish(chunks.length === 1 && only ? only : Buffer.concat(chunks));
      });
    });
  }

  return { readThen, read: (request, limit) => readThen(request, limit, (body) => body) };
}
