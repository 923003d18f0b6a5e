/** Type declarations of `slotwire/live`, file by file. */
import { readFile, writeFile } from 'node:fs/promises';
import ts from 'typescript';

/** Writes the declarations of `index.ts` in the folder `from`, and of every file beside it that they name, into `to`. */
export async function writeDeclarations(from: string, to: string): Promise<void> {
  for (const waiting = ['index'], seen = new Set(waiting); waiting.length > 0; ) {
    for (const name of await declare(from, waiting.pop() ?? '', to)) {
      if (!seen.has(name)) waiting.push(name);
      seen.add(name);
    }
  }
}

/**
 * Types of one file on its own: no program is checked, so this takes no time.
 * @returns the files that they name. @throws where an export says no type.
 */
async function declare(from: string, name: string, to: string): Promise<string[]> {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(
    await readFile(`${from}/${name}.ts`, 'utf8'),
    {
      fileName: `${name}.ts`,
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext },
    },
  );
  if (diagnostics.length > 0)
    throw new Error(diagnostics.map(({ messageText }) => `${name}: ${String(messageText)}`).join('\n'));
  const named = /(?<=from '\.\/)([\w-]+)\.ts(?=')/g;
  await writeFile(`${to}/${name}.d.ts`, outputText.replaceAll(named, '$1.js'));
  return [...outputText.matchAll(named)].map(([, file = '']) => file);
}
