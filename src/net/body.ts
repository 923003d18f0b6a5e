/** Reads an answer's body, unpacked, no further than it may be long. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { NetError } from './failure.ts';

const unpack = promisify(gunzip);

/** Bytes; most answers need no more. */
const FIRST = 64 * 1024;

const tooLarge = (most: number) => new NetError('too-large', `The answer is longer than ${most} bytes.`);

/**
 * @param most bytes, as they come and again unpacked: an answer packed from nothing would never end
 * @throws NetError `too-large`; `network` for an encoding that was not asked for, or one that is broken. The rest is
 * left in the connection, which the caller ends.
 */
export async function readBody(message: IncomingMessage, most: number, gzip: boolean): Promise<Buffer> {
  const bytes = await collect(message, most);
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  // An answer without a body, such as 304, may still say how the one it left out is packed.
  if (bytes.length === 0 || encoding === 'identity' || encoding === '') return bytes;
  if (!gzip || (encoding !== 'gzip' && encoding !== 'x-gzip')) {
    throw new NetError('network', 'The answer is packed in a way that was not asked for.');
  }
  try {
    return await unpack(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(most);
    throw new NetError('network', 'The answer is packed, and broken.', { cause: error });
  }
}

/** Into one buffer: a list of the parts would outgrow `most` many times when each of them is a single byte. */
async function collect(stream: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  let kept = Buffer.allocUnsafe(Math.min(FIRST, most));
  let length = 0;
  for await (const chunk of stream) {
    const needed = length + chunk.length;
    if (needed > most) throw tooLarge(most);
    if (needed > kept.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * kept.length, needed), most));
      kept.copy(larger, 0, 0, length);
      kept = larger;
    }
    chunk.copy(kept, length);
    length = needed;
  }
  return kept.subarray(0, length);
}
