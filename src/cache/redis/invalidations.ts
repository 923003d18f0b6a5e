/** Bells as messages: one for all bells of a call, `["busy:1",7,"host:2",3]`. */
import type { Bell } from '../port.ts';

export const writeBells = (bells: readonly Bell[]): string =>
  JSON.stringify(bells.flatMap(({ key, version }) => [key, version]));

/** What nobody of ours wrote rings nothing. */
export function readBells(message: string): Bell[] {
  const words = parse(message);
  const bells: Bell[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [key, version] = [words[i], words[i + 1]];
    if (typeof key === 'string' && typeof version === 'number') bells.push({ key, version });
  }
  return bells;
}

function parse(message: string): unknown[] {
  try {
    const words: unknown = JSON.parse(message);
    return Array.isArray(words) ? words : [];
  } catch {
    return [];
  }
}
