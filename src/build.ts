/** Builds dist: the server, the pages, and the live client as a package. Run by `npm ci`. */
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { makeAscii } from './build/ascii.ts';
import { copyCardFiles, FONT_PACKAGES } from './build/card-files.ts';
import { compressFiles } from './build/compress.ts';
import { writeDeclarations } from './build/declarations.ts';
import { GRAPHIQL_PACKAGE, writeGraphiql } from './build/graphiql.ts';
import { thirdPartyLicences } from './build/licences.ts';
import { QUERY_COMPILER, queryCompilerFile } from './build/query-compiler.ts';
import { LANGUAGES } from './languages/languages.ts';
import { wordsScript } from './languages/scripts.ts';

const LIVE = 'src/web/live';
const LICENCES = 'THIRD-PARTY-LICENCES.txt';

/** The packages that a production install has beside dist, because they can't be bundled; all others are. */
const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  await readFile('package.json', 'utf8'),
);

/** Optional packages that bundled ones load only when they are installed, or in parts that the server doesn't use. */
const ABSENT = ['bufferutil', 'utf-8-validate', '@node-rs/xxhash', 'typescript'];

await mkdir('dist', { recursive: true });
const server = await build({
  // The threads of the reader and of pictures, and the embedded database's watch, are files of their own. Each command loads its own module.
  entryPoints: {
    slotwire: 'src/cli/slotwire.ts',
    'reader-worker': 'src/providers/ical-reader/worker.ts',
    'embedded-watch': 'src/store/embedded/watch.ts',
    'card-worker': 'src/cards/worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  metafile: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: [...Object.keys(dependencies), ...ABSENT],
  plugins: [queryCompilerFile('dist')],
  // graphql-js looks at each type twice otherwise, a twelfth of the time of an answer.
  define: { 'process.env.NODE_ENV': '"production"' },
  // Bundled CommonJS packages load Node's own modules with `require`, which an ES module lacks.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});
const missing = importedPackages(server.metafile).filter((name) => !(name in dependencies));
if (missing.length > 0) throw new Error(`dist imports what no dependency brings: ${missing.join(', ')}`);
await makeAscii(Object.keys(server.metafile.outputs).filter((path) => path.endsWith('.js')));
const made = new Set([
  ...Object.keys(server.metafile.outputs).map((path) => basename(path)),
  LICENCES,
  QUERY_COMPILER,
]);
for (const { name } of (await readdir('dist', { withFileTypes: true })).filter((entry) => entry.isFile())) {
  if (!made.has(name)) await rm(`dist/${name}`);
}

// An operator copies them from there.
await rm('dist/mail', { recursive: true, force: true });
await cp('src/mail/templates', 'dist/mail', { recursive: true });

await copyCardFiles('dist/cards');

const browser = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: 'linked',
  logLevel: 'warning',
} satisfies BuildOptions;
await mkdir('dist/web', { recursive: true });
const pages = await build({
  ...browser,
  entryPoints: [
    { in: 'src/web/book.tsx', out: 'book' },
    { in: 'src/web/book.css', out: 'book' },
    { in: `${LIVE}/index.ts`, out: 'live' },
    // For pages without a script of their own, in the frame of another site.
    { in: 'src/web/frame.ts', out: 'frame' },
    // Loaded by the booking page when a hold wants a challenge solved.
    { in: 'src/web/challenge/solver.ts', out: 'challenge' },
    { in: 'src/web/challenge/worker.ts', out: 'solve' },
    // Loaded when a visitor looks for another time zone.
    { in: 'src/web/zones/search.ts', out: 'zones' },
  ],
  outdir: 'dist/web',
  metafile: true,
  minify: true,
});
// For pages of other sites: a classic script or a module, which leaves no names in the page.
await build({
  ...browser,
  entryPoints: ['src/web/embed.ts'],
  outdir: 'dist/web',
  format: 'iife',
  minify: true,
  sourcemap: false,
});
await copyFile('src/web/book.html', 'dist/web/book.html');
// The words of pages, by language.
for (const name of await readdir('dist/web')) {
  if (name.startsWith('words.')) await rm(`dist/web/${name}`);
}
for (const { name, content } of LANGUAGES.map(wordsScript)) await writeFile(`dist/web/${name}`, content);
await writeGraphiql('dist/web');
await compressFiles('dist/web');
await writeFile(
  `dist/${LICENCES}`,
  await thirdPartyLicences([server.metafile, pages.metafile], [GRAPHIQL_PACKAGE, ...FONT_PACKAGES]),
);

// Programs that import slotwire/live bundle it once more, so it is not minified here.
await build({ ...browser, entryPoints: [`${LIVE}/index.ts`], outdir: 'dist/live' });
await writeDeclarations(LIVE, 'dist/live');

/** Packages that the outputs still import when they run, but for those that may be absent. */
function importedPackages({ outputs }: Metafile): string[] {
  const names = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external, path }) => external && path !== '<runtime>' && !path.startsWith('node:'))
    .map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
  return [...new Set(names)].filter((name) => !builtinModules.includes(name) && !ABSENT.includes(name));
}
