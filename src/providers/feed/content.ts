/** What a feed says, as one hash: many are made anew for every reader, and say only that. */
import { createHash } from 'node:crypto';
import { setImmediate as others } from 'node:timers/promises';

/** Lines that may tell when the feed was made, and tell nothing of anybody's time. */
const WHEN_MADE = ['\nDTSTAMP', '\nCREATED', '\nLAST-MODIFIED'];
/** Bytes between two pauses, for whoever waits. */
const STRETCH = 1024 * 1024;

/** Hash of the content without those lines. */
export async function contentHash(content: Buffer): Promise<string> {
  const hash = createHash('sha256');
  const next = WHEN_MADE.map((line) => at(content, line, 0));
  let paused = 0;
  for (let from = 0; from < content.length; ) {
    const skip = Math.min(...next);
    const end = Math.min(skip, from + STRETCH);
    hash.update(content.subarray(from, end));
    from = end;
    if (end === skip && skip < content.length) {
      // To its line break, which may be the next one's beginning.
      from = at(content, '\n', skip + 1);
      for (const [which, line] of WHEN_MADE.entries()) {
        if ((next[which] ?? 0) < from) next[which] = at(content, line, from);
      }
    }
    if (from - paused > STRETCH) {
      paused = from;
      await others();
    }
  }
  return hash.digest('base64url');
}

/** Its end, when there is none. */
function at(content: Buffer, text: string, from: number): number {
  const found = content.indexOf(text, from, 'latin1');
  return found < 0 ? content.length : found;
}
