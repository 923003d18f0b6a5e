import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const KB = 1_024;

it.each([
  ['src/web/book.tsx', 29 * KB],
  ['src/web/book.css', 4 * KB],
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
