import { readdir, readFile } from 'node:fs/promises';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const SRC = new URL('../../src/', import.meta.url);

/** Adapters of one kind are laid out alike: these names say the same in each of them, see docs/adding-a-provider.md. */
const ADAPTER = /^(providers|simulator)\/(google|microsoft|caldav|feed)\//;
const GRAMMAR = [
  // What reads and writes a provider's calendars.
  ...['createClient', 'identify', 'listCalendars', 'pullChanges', 'kindOf', 'mapEvent', 'receive'],
  ...['createWatch', 'createWrite', 'oauthOf', 'organisationOf', 'ownIdOf', 'ownIdProperty'],
  ...['readCursor', 'writeCursor', 'parseSecretInput', 'decodeSecret'],
  // What stands in for one.
  ...['eventResource', 'eventBodySchema', 'EventBody', 'parseEventInput', 'instanceId', 'etagOf'],
  ...['listEvents', 'changeEvent', 'deleteEvent', 'apiError', 'badRequest'],
];

/** Private words that the field's own replaced; docs/glossary.md has the words to say. */
const BANNED = [
  ...['bell', 'bells', 'doorbell', 'deaf', 'ear', 'ears', 'rung'],
  ...['told', 'whoever', 'standing', 'standings', 'patience', 'comers'],
];

/** A table that had its name before: renaming it is worth no migration. Prisma's model is called after it. */
const OLD_TABLE = /calendar_?standing/gi;

interface Source {
  path: string;
  text: string;
}

let sources: Source[] = [];

/** The TypeScript that people wrote below a folder. */
async function readSources(folder: URL): Promise<Source[]> {
  const files = await readdir(folder, { recursive: true });
  const written = files.filter(
    (file) => /\.tsx?$/.test(file) && !/(^|\/)(generated|gql)\/|\.d\.ts$/.test(file),
  );
  return Promise.all(
    written.map(async (path) => ({ path, text: await readFile(new URL(path, folder), 'utf8') })),
  );
}

beforeAll(async () => {
  sources = await readSources(SRC);
});

/** Names that a file declares and exports; what it passes on from another file has its home there. */
function exportedNames({ path, text }: Source): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  return file.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    const modifiers = ts.getModifiers(statement) ?? [];
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) =>
        ts.isIdentifier(name) ? [name.text] : [],
      );
    const { name } = statement as ts.DeclarationStatement;
    return name && ts.isIdentifier(name) ? [name.text] : [];
  });
}

/** A file may overload a function, or name a type and its value alike: that is one home. */
function homes(files: readonly Source[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const source of files)
    for (const name of new Set(exportedNames(source)))
      found.set(name, [...(found.get(name) ?? []), source.path]);
  return found;
}

const isGrammar = (name: string, paths: readonly string[]) =>
  GRAMMAR.includes(name) && paths.every((path) => ADAPTER.test(path));

/** The words of identifiers, comments and texts: camelCase and SNAKE_CASE are taken apart. */
const wordsOf = (text: string): Set<string> =>
  new Set(
    text
      .replace(/([a-z\d])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z]+/),
  );

const bannedIn = (text: string) => {
  const words = wordsOf(text.replaceAll(OLD_TABLE, ''));
  return BANNED.filter((word) => words.has(word));
};

describe('exported names', () => {
  it('have one home each', () => {
    const found = homes(sources);
    expect(found.size).toBeGreaterThan(500);
    const shared = [...found].filter(([name, paths]) => paths.length > 1 && !isGrammar(name, paths));
    expect(shared.map(([name, paths]) => `${name}: ${paths.join(', ')}`)).toEqual([]);
  });

  it('are shared by adapters only as far as their grammar goes', () => {
    const found = homes(sources);
    expect(GRAMMAR.filter((name) => (found.get(name)?.length ?? 0) < 2)).toEqual([]);
    expect(isGrammar('mapEvent', ['providers/google/map-event.ts', 'offers/query.ts'])).toBe(false);
  });

  it('would be seen in two homes', () => {
    const found = homes([
      { path: 'a.ts', text: 'export const x = 1; export type Y = 2; export function z() {}' },
      { path: 'b.ts', text: "export class z {} export interface Y {} const x = 1; export * from './a.ts';" },
    ]);
    expect([...found].filter(([, paths]) => paths.length > 1).map(([name]) => name)).toEqual(['Y', 'z']);
  });
});

describe('the words of the house', () => {
  it('leave out those that the field has better ones for', () => {
    const faults = sources.flatMap(({ path, text }) => bannedIn(text).map((word) => `${path}: ${word}`));
    expect(faults).toEqual([]);
  });

  it.each(['test', 'bench'])('are those of %s, too', async (folder) => {
    const written = await readSources(new URL(`../../${folder}/`, import.meta.url));
    expect(written.length).toBeGreaterThan(5);
    const faults = written
      .filter(({ path }) => path !== 'architecture/names.test.ts')
      .flatMap(({ path, text }) => bannedIn(text).map((word) => `${path}: ${word}`));
    expect(faults).toEqual([]);
  });

  it('are looked for in identifiers, comments and texts', () => {
    expect(bannedIn('const bellKey = 1; // whoever comes\nconst MAX_EARS = "told";')).toEqual([
      'bell',
      'ears',
      'told',
      'whoever',
    ]);
    expect(bannedIn('appear, research, understanding')).toEqual([]);
  });
});
