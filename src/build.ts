/** Builds what runs: the server, the pages, the live client for others. Run by `npm ci`. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import ts from 'typescript';

const LIVE = 'src/web/live';

const server = await build({
  // The reader's thread is a file of its own, beside the server. What commands do is in files that they load.
  entryPoints: { slotwire: 'src/cli/slotwire.ts', 'reader-worker': 'src/providers/ical-reader/worker.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  metafile: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
});
const made = new Set(Object.keys(server.metafile.outputs).map((path) => basename(path)));
for (const { name } of (await readdir('dist', { withFileTypes: true })).filter((entry) => entry.isFile())) {
  if (!made.has(name)) await rm(`dist/${name}`);
}
const pages: BuildOptions = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: 'linked',
  logLevel: 'warning',
};
await mkdir('dist/web', { recursive: true });
await build({
  ...pages,
  entryPoints: [
    { in: 'src/web/book.tsx', out: 'book' },
    { in: 'src/web/book.css', out: 'book' },
    { in: `${LIVE}/index.ts`, out: 'live' },
  ],
  outdir: 'dist/web',
  minify: true,
});
await copyFile('src/web/book.html', 'dist/web/book.html');
// As slotwire/live it is bundled once more by whoever imports it.
await build({ ...pages, entryPoints: [`${LIVE}/index.ts`], outdir: 'dist/live', packages: 'external' });
for (const waiting = ['index'], seen = new Set(waiting); waiting.length > 0; ) {
  for (const name of await declare(`${LIVE}/`, waiting.pop() ?? '', 'dist/live/')) {
    if (!seen.has(name)) waiting.push(name);
    seen.add(name);
  }
}

/**
 * Types of one file on its own: no program is checked, so this takes no time.
 * @returns the files that they name. @throws where an export says no type.
 */
async function declare(from: string, name: string, to: string): Promise<string[]> {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(
    await readFile(`${from}${name}.ts`, 'utf8'),
    {
      fileName: `${name}.ts`,
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext },
    },
  );
  if (diagnostics.length > 0)
    throw new Error(diagnostics.map(({ messageText }) => `${name}: ${String(messageText)}`).join('\n'));
  const named = /(?<=from '\.\/)([\w-]+)\.ts(?=')/g;
  await writeFile(`${to}${name}.d.ts`, outputText.replaceAll(named, '$1.js'));
  return [...outputText.matchAll(named)].map(([, file = '']) => file);
}
