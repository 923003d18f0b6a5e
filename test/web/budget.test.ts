import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const KB = 1_024;

/** The page's scripts may have 60 KB in all, of which what comes with the page has two thirds. */
it.each([
  ['src/web/book.tsx', 40 * KB],
  ['src/web/book.css', 5 * KB],
  // Comes before the page, on a site that may have no other script.
  ['src/web/embed.ts', 5 * KB],
  ['src/web/frame.ts', 3 * KB],
  ['src/web/zones/search.ts', 10 * KB],
])('%s stays within %i bytes on the wire', async (entry, most) => {
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
  expect(sizes[0]).toBeLessThan(most);
});
