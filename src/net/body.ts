/** Reads an answer's body, unpacked, no further than it may be long. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { NetError } from './failure.ts';

const decompress = promisify(gunzip);

/** Bytes; most answers need no more. */
const INITIAL_BYTES = 64 * 1024;

const tooLargeError = (maxBytes: number) =>
  new NetError('too-large', `The answer is longer than ${maxBytes} bytes.`);

/**
 * @param maxBytes bytes, as they come and again unpacked: an answer packed from nothing would never end
 * @throws NetError `too-large`; `network` for an encoding that was not asked for, or one that is broken. The rest is
 * left in the connection, which the caller ends.
 */
export async function readResponseBody(
  message: IncomingMessage,
  maxBytes: number,
  gzip: boolean,
): Promise<Buffer> {
  const bytes = await collectBytes(message, maxBytes);
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  // An answer without a body, such as 304, may still say how the one it left out is packed.
  if (bytes.length === 0 || encoding === 'identity' || encoding === '') return bytes;
  if (!gzip || (encoding !== 'gzip' && encoding !== 'x-gzip')) {
    throw new NetError('network', 'The answer is packed in a way that was not asked for.');
  }
  try {
    return await decompress(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLargeError(maxBytes);
    throw new NetError('network', 'The answer is packed, and broken.', { cause: error });
  }
}

/** Into one buffer: a list of the parts would outgrow `most` many times when each of them is a single byte. */
async function collectBytes(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(Math.min(INITIAL_BYTES, maxBytes));
  let length = 0;
  for await (const chunk of stream) {
    const needed = length + chunk.length;
    if (needed > maxBytes) throw tooLargeError(maxBytes);
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * buffer.length, needed), maxBytes));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    chunk.copy(buffer, length);
    length = needed;
  }
  return buffer.subarray(0, length);
}
