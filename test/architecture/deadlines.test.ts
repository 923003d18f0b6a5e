import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('async/') && !/\/(generated|gql)\//.test(path))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));

const using = (pattern: RegExp) => sources.flatMap(({ path, text }) => (pattern.test(text) ? [path] : []));

it('has no deadline that Node 20 may lose: src/async/deadline.ts makes them all', () => {
  expect(sources.length).toBeGreaterThan(300);
  expect(using(/\bAbortSignal\s*\.\s*(timeout|any)\b/)).toEqual([]);
});
