/** What a feed says, as one hash: many are made anew for every reader, and say only that. */
import { createHash } from 'node:crypto';
import { setImmediate as others } from 'node:timers/promises';

/** Lines that may tell when the feed was made, and tell nothing of anybody's time. */
const TIMESTAMP_LINES = ['\nDTSTAMP', '\nCREATED', '\nLAST-MODIFIED'];
/** Bytes between two pauses, for whoever waits. */
const PAUSE_BYTES = 1024 * 1024;

/** Hash of the content without those lines. */
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
      // To its line break, which may be the next one's beginning.
      from = indexOrEnd(content, '\n', skip + 1);
      for (const [which, line] of TIMESTAMP_LINES.entries()) {
        if ((next[which] ?? 0) < from) next[which] = indexOrEnd(content, line, from);
      }
    }
    if (from - paused > PAUSE_BYTES) {
      paused = from;
      await others();
    }
  }
  return hash.digest('base64url');
}

/** Its end, when there is none. */
function indexOrEnd(content: Buffer, text: string, from: number): number {
  const found = content.indexOf(text, from, 'latin1');
  return found < 0 ? content.length : found;
}
