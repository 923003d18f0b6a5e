import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { LANGUAGES } from '../../src/languages/languages.ts';
import { wordsScript } from '../../src/languages/scripts.ts';

const KB = 1_024;

/** Bytes of a file of the page as browsers are sent it. */
async function sizeOf(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    outdir: 'dist/web',
  });
  const sizes = outputFiles.map(({ contents }) => gzipSync(contents).length);
  expect(sizes).toHaveLength(1);
  return sizes[0] ?? 0;
}

it.each([
  // With month, form and live updates.
  ['src/web/book.tsx', 44 * KB],
  ['src/web/book.css', 5 * KB],
  // Comes before the page, on a site that may have no other script.
  ['src/web/embed.ts', 5 * KB],
  ['src/web/frame.ts', 3 * KB],
  ['src/web/zones/search.ts', 10 * KB],
])('%s stays within %i bytes on the wire', async (entry, most) => {
  expect(await sizeOf(entry)).toBeLessThan(most);
});

/** What a browser is sent of a page's words. */
const wordsSizes = () => LANGUAGES.map((language) => gzipSync(wordsScript(language).content).length);

it('the words of any language stay within 6 KB on the wire', () => {
  expect(Math.max(...wordsSizes())).toBeLessThan(6 * KB);
});

it('all scripts that a booking page may load stay within 60 KB on the wire', async () => {
  const sizes = await Promise.all(
    [
      'src/web/book.tsx',
      'src/web/zones/search.ts',
      'src/web/challenge/solver.ts',
      'src/web/challenge/worker.ts',
    ].map(sizeOf),
  );
  // In one language.
  const all = [...sizes, Math.max(...wordsSizes())];
  expect(all.reduce((sum, size) => sum + size)).toBeLessThan(60 * KB);
});
