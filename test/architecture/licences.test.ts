import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { licenceFault } from '../../src/build/allowed-licences.ts';

interface Locked {
  name?: string;
  license?: string;
  dev?: boolean;
}

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('licences', async () => {
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(await read('package-lock.json'));
  const locked = Object.entries(packages).flatMap(([path, { name, license, dev }]) =>
    path === ''
      ? []
      : { name: name ?? path.replace(/^.*node_modules\//, ''), licence: license, shipped: dev !== true },
  );

  it('of all packages are among those that docs/licences.md allows', () => {
    expect(locked.length).toBeGreaterThan(300);
    const faults = locked.flatMap(({ shipped, ...each }) => licenceFault(each, shipped) ?? []);
    expect(faults).toEqual([]);
  });

  it('that nothing argues for are refused, and copyleft of a tool is refused in what is shipped', () => {
    for (const licence of ['GPL-3.0', 'AGPL-3.0-only', 'SSPL-1.0', 'MPL-2.0', undefined, 'MIT and GPL-2.0'])
      for (const shipped of [true, false])
        expect(licenceFault({ name: 'new', licence }, shipped), licence).toContain('new has the licence');
    expect(licenceFault({ name: 'elkjs', licence: 'EPL-2.0' }, true)).toContain('what is shipped');
    expect(licenceFault({ name: 'elkjs', licence: 'EPL-2.0' }, false)).toBeNull();
    expect(licenceFault({ name: 'ical.js', licence: 'MPL-2.0' }, true)).toBeNull();
    expect(licenceFault({ name: 'ical.js', licence: 'GPL-3.0' }, true)).not.toBeNull();
    expect(licenceFault({ name: 'x', licence: '(GPL-2.0 OR MIT)' }, true)).toBeNull();
  });

  it('in docs/licences.md are those that the build allows', async () => {
    const markdown = await read('docs/licences.md');
    const others = locked.filter(({ licence }) => licenceFault({ name: 'any', licence }, true) !== null);
    expect(others.length).toBeGreaterThan(3);
    for (const { name, licence } of others) {
      const [family] = name.split(/-(?=android|darwin|freebsd|linux|win32)/);
      expect(markdown, name).toContain(`\`${family}\``);
      expect(markdown, name).toContain(licence ?? 'none declared');
    }
  });
});
