/** Reads and decompresses a response body up to a limit. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { NetError } from './failure.ts';

const decompress = promisify(gunzip);

/** Initial buffer in bytes; most bodies are smaller. */
const INITIAL_BYTES = 64 * 1024;

const tooLargeError = (maxBytes: number) =>
  new NetError('too-large', `The answer is longer than ${maxBytes} bytes.`);

/**
 * @param maxBytes limit of the compressed and of the decompressed body
 * @throws NetError `too-large`; `network` for an encoding that was not requested, or a broken one. The rest of the body
 * stays in the connection, which the caller closes.
 */
export async function readResponseBody(
  message: IncomingMessage,
  maxBytes: number,
  gzip: boolean,
): Promise<Buffer> {
  const bytes = await collectBytes(message, maxBytes);
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  // A response without a body, such as 304, may still have the header of the body it left out.
  if (bytes.length === 0 || encoding === 'identity' || encoding === '') return bytes;
  if (!gzip || (encoding !== 'gzip' && encoding !== 'x-gzip')) {
    throw new NetError('network', 'The answer has a content encoding that was not requested.');
  }
  try {
    return await decompress(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLargeError(maxBytes);
    throw new NetError('network', 'The answer could not be decompressed.', { cause: error });
  }
}

/** Collects into one buffer: a list of chunks would need many times the limit when each chunk is a single byte. */
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
