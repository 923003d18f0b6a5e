import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const files = async () => (await readdir('dist')).filter((name) => name.endsWith('.js'));

it('the files of the server are ASCII, for any other character doubles what the text of its file takes in memory', async () => {
  const others: string[] = [];
  for (const name of await files())
    if (/[^\0-\x7f]/.test(await readFile(`dist/${name}`, 'utf8'))) others.push(name);
  expect(others).toEqual([]);
});

it("the server has the small one of Prisma's query compilers, and no other", async () => {
  const compilers = (await files()).filter((name) => name.startsWith('query_compiler_'));
  expect(compilers.length).toBeGreaterThan(0);
  expect(compilers.filter((name) => !name.includes('_small_'))).toEqual([]);
});
