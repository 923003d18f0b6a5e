/**
 * Hash of a feed's content without timestamps: many servers generate the feed at every request, and only those differ.
 */
import { createHash } from 'node:crypto';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/** Lines that may hold the time of generation and say nothing about busy time. */
const TIMESTAMP_LINES = ['\nDTSTAMP', '\nCREATED', '\nLAST-MODIFIED'];
/** Bytes that are hashed before the event loop is yielded. */
const PAUSE_BYTES = 1024 * 1024;

/** Hash of the content without the timestamp lines. */
export async function contentHash(content: Buffer): Promise<string> {
  const hash = createHash('sha256');
  const next = TIMESTAMP_LINES.map((line) => indexOrEnd(content, line, 0));
  let paused = 0;
  for (let from = 0; from < content.length; ) {
    const skip = Math.min(...next);
    const end = Math.min(skip, from + PAUSE_BYTES);
    hash.update(content.subarray(from, end));
    from = end;
    if (end === skip && skip < content.length) {
      // The skipped line ends at its line break, which may begin the next timestamp line.
      from = indexOrEnd(content, '\n', skip + 1);
      for (const [which, line] of TIMESTAMP_LINES.entries()) {
        if ((next[which] ?? 0) < from) next[which] = indexOrEnd(content, line, from);
      }
    }
    if (from - paused > PAUSE_BYTES) {
      paused = from;
      await yieldToEventLoop();
    }
  }
  return hash.digest('base64url');
}

/** Index of the text, or the content's end when it doesn't occur. */
function indexOrEnd(content: Buffer, text: string, from: number): number {
  const found = content.indexOf(text, from, 'latin1');
  return found < 0 ? content.length : found;
}
