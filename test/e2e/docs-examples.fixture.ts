/** Examples of docs/embed.md, run as they stand there but for the gateway's address. */
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const EXAMPLE_ORIGIN = 'https://slots.example.com';

/** @param kind language of the code block. @returns the examples in their order, with the gateway's own address */
export async function docsExamples(kind: string, gateway: string): Promise<string[]> {
  const markdown = await readFile(new URL('../../docs/embed.md', import.meta.url), 'utf8');
  return [...markdown.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) =>
    code.replaceAll(EXAMPLE_ORIGIN, gateway),
  );
}

/** @param module JSX. @param start what is done with the module's exports, as a module that imports `./example`. @returns a script for a page */
export async function bundleReact(module: string, start: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: start, loader: 'jsx', resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'example',
        setup(plugins) {
          plugins.onResolve({ filter: /^\.\/example$/ }, () => ({ path: 'example', namespace: 'docs' }));
          plugins.onLoad({ filter: /.*/, namespace: 'docs' }, () => ({
            contents: module,
            loader: 'jsx',
            resolveDir: process.cwd(),
          }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}
