/** Builds what runs: the server as one file, the pages as another. Run by `npm ci` through prisma/prepare.js. */
import { copyFile, mkdir } from 'node:fs/promises';
import { build } from 'esbuild';

await build({
  // The reader's thread is a file of its own, beside the server.
  entryPoints: { slotwire: 'src/cli/slotwire.ts', 'reader-worker': 'src/providers/reader-worker.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
});
await mkdir('dist/web', { recursive: true });
await build({
  entryPoints: ['src/web/book.tsx', 'src/web/book.css'],
  outdir: 'dist/web',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: 'linked',
  logLevel: 'warning',
});
await copyFile('src/web/book.html', 'dist/web/book.html');
