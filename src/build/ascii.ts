/** Makes the server's files plain ASCII: V8 keeps the text of a file in twice the memory for one other character, in a comment even. */
import { readFile, writeFile } from 'node:fs/promises';
import { transform } from 'esbuild';

const OTHERS = /[^\0-\x7f]/g;

/**
 * Replaces what is not ASCII in comments; lines and columns stay. esbuild has escaped it everywhere else.
 * @param paths of JavaScript files
 * @throws Error for a file that has such characters outside its comments
 */
export async function makeAscii(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8');
    if (text.search(OTHERS) < 0) continue;
    const ascii = text.replace(OTHERS, '?');
    if ((await codeOf(text)) !== (await codeOf(ascii)))
      throw new Error(`${path} is not ASCII outside its comments`);
    await writeFile(path, ascii);
  }
}

const codeOf = async (text: string) =>
  (await transform(text, { minifyWhitespace: true, legalComments: 'none' })).code;
