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

/** @param most bytes of all bodies that are being read at once. */
export function createReadBody(most = UNFINISHED_MAX): ReadBody {
  let unfinished = 0;
  return async (request, limit) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return null;
    let size = 0;
    try {
      return await collect(request, (length) => {
        size += length;
        unfinished += length;
        if (size > limit) return 'too long';
        return unfinished > most ? 'no room' : 'kept';
      });
    } finally {
      unfinished -= size;
    }
  };
}

function collect(
  request: IncomingMessage,
  admit: (length: number) => 'kept' | 'too long' | 'no room',
): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      const verdict = admit(chunk.length);
      if (verdict === 'kept') {
        chunks.push(chunk);
        return;
      }
      request.removeAllListeners('data');
      request.pause();
      if (verdict === 'too long') resolve(null);
      else reject(new NoRoomForBody());
    });
    const cutOff = () => reject(new RequestCutOff());
    request.once('error', cutOff);
    request.once('close', cutOff);
    request.once('end', () => {
      // Every request closes after its end, and an error costs more than all else here.
      request.off('close', cutOff);
      const [only] = chunks;
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks));
    });
  });
}
