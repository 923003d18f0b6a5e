/**
 * Files written from the schema that the code builds: `tsx codegen.ts` writes them, `--check` only names those that differ
 * and exits 1. schema.graphql, the operations that the gateway trusts, the table of zones and the labels of embedded pages are committed, the typed documents
 * of the pages are not.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { codegen } from '@graphql-codegen/core';
import * as typedDocuments from '@graphql-codegen/typed-document-node';
import * as types from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';
import { zoneTable } from './src/build/zone-table.ts';
import { printedSchema } from './src/graphql/schema.ts';
import { wordsOf } from './src/languages/catalogues.ts';
import { LANGUAGES } from './src/languages/languages.ts';

const ROOT = dirname(fileURLToPath(import.meta.url));
const SCHEMA = 'schema.graphql';
const DOCUMENTS = 'src/web/gql/documents.ts';
const PAGE_DOCUMENTS = 'src/graphql/page-documents.ts';
const ZONE_TABLE = 'src/web/zones/table.ts';
const ELEMENT_LABELS = 'src/web/embed/labels.ts';
const HEAD = '/* Written by codegen.ts: change the .graphql documents instead. */\n';

/** Every generated file: its path from the repository's root, and what it should hold. */
export async function generate(): Promise<Map<string, string>> {
  const schema = printedSchema();
  const documents = await writeDocuments(schema);
  return new Map([
    [SCHEMA, schema],
    [DOCUMENTS, documents.module],
    [PAGE_DOCUMENTS, writePageDocuments(documents.operations)],
    [ZONE_TABLE, zoneTable()],
    [ELEMENT_LABELS, writeElementLabels()],
  ]);
}

/** Of all languages: the element's script comes before the page is known. */
function writeElementLabels(): string {
  const rows = LANGUAGES.map((language) => {
    const { say } = wordsOf(language);
    const labels = [say('page.title'), say('embed.open'), say('embed.close')];
    return `  ${/^\w+$/.test(language) ? language : `'${language}'`}: [${labels.map((label) => `'${label}'`).join(', ')}],\n`;
  });
  return `/* Written by codegen.ts from the messages of pages. */

/** By language: the frame's title, the link to a page that did not come, and the way out of the dialog. */
export const LABELS: Readonly<Record<string, readonly string[]>> = {
${rows.join('')}};
`;
}

/** The same operations as the gateway knows them, which trusts them. */
const writePageDocuments = (operations: readonly string[]) => `${HEAD}
/** The operations of our own pages, to the letter as the pages' bundle has them. */
export const PAGE_DOCUMENTS: readonly string[] = [
${operations.map((text) => `  \`${text}\`,\n`).join('')}];
`;

/**
 * The typed documents of the web folder as one module, and the text of each operation in it. Throws when a document does not fit
 * the schema.
 */
export async function writeDocuments(schema: string): Promise<{ module: string; operations: string[] }> {
  const module = await codegen({
    filename: DOCUMENTS,
    schema: parse(schema),
    documents: await readDocuments(join(ROOT, 'src/web')),
    config: {
      strictScalars: true,
      scalars: Object.fromEntries(scalarsOf(schema).map((name) => [name, 'string'])),
      onlyOperationTypes: true,
      skipTypename: true,
      enumsAsTypes: true,
      // Asked is answered: null, but there.
      avoidOptionals: { field: true, inputValue: false, object: false, defaultValue: false },
      immutableTypes: true,
      useTypeImports: true,
      // Text, not syntax trees: the page needs no GraphQL printer.
      documentMode: 'string',
      optimizeDocumentNode: false,
    },
    plugins: [{ head: {} }, { types: {} }, { operations: {} }, { typedDocuments: {} }],
    pluginMap: {
      head: { plugin: () => ({ prepend: [HEAD], content: '' }) },
      types,
      operations,
      typedDocuments,
    },
  });
  // A bundle leaves out the documents that it doesn't send.
  const pure = module.replaceAll('= new TypedDocumentString(', '= /*#__PURE__*/ new TypedDocumentString(');
  const sent: string[] = [];
  // Fragments, which are never sent, have something else in the second place.
  const named = pure.replace(/new TypedDocumentString\(`([^`]*)`\)/g, (_all, text: string) => {
    sent.push(text);
    const documentId = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    return `new TypedDocumentString(\`${text}\`, ${JSON.stringify({ documentId })})`;
  });
  return { module: named, operations: sent };
}

/** Custom scalars all travel as text. */
function scalarsOf(schema: string): string[] {
  return parse(schema).definitions.flatMap((node) =>
    node.kind === 'ScalarTypeDefinition' ? [node.name.value] : [],
  );
}

async function readDocuments(folder: string) {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.graphql'))
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const location = join(folder, name);
      return { location: relative(ROOT, location), document: parse(await readFile(location, 'utf8')) };
    }),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
  const files = await generate();
  const differing: string[] = [];
  for (const [path, content] of files) {
    const place = join(ROOT, path);
    const present = await readFile(place, 'utf8').catch(() => null);
    if (present === content) continue;
    differing.push(path);
    if (values.check) continue;
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content);
  }
  for (const path of differing)
    console.log(values.check ? `${path} differs: run tsx codegen.ts` : `wrote ${path}`);
  if (values.check && differing.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
