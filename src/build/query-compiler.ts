/**
 * Prisma's query compiler as a file beside the server. Bundled it is a text of two megabytes in base64, which V8 keeps twice for as long as
 * the process lives: as a part of the program, and as a value.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/** What it is called in `folder`. */
export const QUERY_COMPILER = 'query-compiler.wasm';

/** The module's text: `wasm` is decoded by Buffer.from, which takes what an object's valueOf gives. */
const MODULE = `import { readFileSync } from 'node:fs';
export const wasm = { valueOf: () => readFileSync(new URL('./${QUERY_COMPILER}', import.meta.url)) };`;

/** @throws when the module that it stands for has another form */
export const queryCompilerFile = (folder: string): Plugin => ({
  name: 'query-compiler',
  setup({ onLoad }) {
    onLoad({ filter: /query_compiler\w*\.postgresql\.wasm-base64\.mjs$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const wasm = /["'`]([A-Za-z0-9+/]{1000,}={0,2})["'`]/.exec(text)?.[1];
      if (wasm === undefined) throw new Error(`${basename(path)} has no query compiler in base64`);
      await writeFile(`${folder}/${QUERY_COMPILER}`, Buffer.from(wasm, 'base64'));
      return { contents: MODULE, loader: 'js' };
    });
  },
});
