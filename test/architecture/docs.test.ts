import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ISSUE_MESSAGE } from '../../src/calendars/source.ts';
import { readConfig, VARIABLES } from '../../src/config.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { API_SCOPES } from '../../src/graphql/scopes.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createProviders } from '../../src/providers/registry.ts';
import { definePoolGauges } from '../../src/store/pool-metrics.ts';
import { defineFleetGauges } from '../../src/sync/fleet-metrics.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The cells of every table row whose first one is a single `code`. */
function rows(markdown: string): { name: string; cells: string[] }[] {
  return markdown.split('\n').flatMap((line) => {
    const [, first = '', ...rest] = line.split('|').map((cell) => cell.trim());
    const name = /^`([^`]+)`$/.exec(first)?.[1];
    return name ? [{ name, cells: rest }] : [];
  });
}

const names = (markdown: string) => rows(markdown).map(({ name }) => name);

function section(markdown: string, heading: string): string {
  const [, after = ''] = markdown.split(`\n## ${heading}\n`);
  return after.split('\n## ')[0] ?? '';
}

/** Every code of the type, held whole by the compiler. */
const ERROR_CODES = {
  BAD_USER_INPUT: true,
  NOT_FOUND: true,
  CONFLICT: true,
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  RATE_LIMITED: true,
  TOO_COSTLY: true,
  INTERNAL_SERVER_ERROR: true,
} satisfies Record<ErrorCode | 'INTERNAL_SERVER_ERROR', true>;

describe('docs/configuration.md', async () => {
  const markdown = await read('docs/configuration.md');

  it('names exactly the variables that are read', () => {
    expect(names(markdown).sort()).toEqual([...VARIABLES].sort());
  });

  it('gives the defaults that hold', () => {
    const defaults = rows(markdown).flatMap(({ name, cells: [written = ''] }) => {
      const value = /^`([^`]+)`$/.exec(written)?.[1];
      return value === undefined ? [] : [[name, value]];
    });
    expect(defaults.length).toBeGreaterThan(15);
    expect(readConfig(Object.fromEntries(defaults))).toEqual(readConfig({}));
  });
});

describe('a variable without effect', async () => {
  const sentence =
    /^(.*) has no effect in this version/m.exec(await read('docs/configuration.md'))?.[1] ?? '';
  const idle = [...sentence.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name);
  const files = await readdir(new URL('../../src', import.meta.url), { recursive: true });
  const sources = files.filter(
    (file) => /\.tsx?$/.test(file) && file !== 'config.ts' && !file.includes('generated'),
  );
  const code = (await Promise.all(sources.map((file) => read(`src/${file}`)))).join('\n');

  it('is the one that docs/configuration.md says has none', () => {
    const unused = VARIABLES.filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
    expect(unused).toEqual(idle);
  });
});

describe('docs/api.md', async () => {
  const markdown = await read('docs/api.md');

  it('names every error code', () => {
    expect(names(section(markdown, 'Errors')).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it('names every issue', () => {
    expect(names(section(markdown, 'Issues and policies')).sort()).toEqual(Object.keys(ISSUE_MESSAGE).sort());
  });

  it('names every scope of a key', () => {
    expect(names(section(markdown, 'Keys')).sort()).toEqual([...API_SCOPES].sort());
  });
});

describe('docs/operations.md', async () => {
  const markdown = await read('docs/operations.md');

  it('names every metric', async () => {
    const all = createMetrics();
    defineFleetGauges(all, () => null);
    definePoolGauges(all, { totalCount: 0, idleCount: 0, waitingCount: 0 });
    const ours = (await all.registry.getMetricsAsJSON())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('slotwire_'));
    expect(names(section(markdown, 'Metrics')).sort()).toEqual(ours.sort());
  });
});

describe('docs/architecture.md', async () => {
  const markdown = await read('docs/architecture.md');

  it('walks by files that are there', () => {
    const paths = [...markdown.matchAll(/`([a-z-]+\/[\w./-]*)`/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(50);
    const missing = paths.filter((path) =>
      ['', 'src/'].every((folder) => !existsSync(new URL(`../../${folder}${path}`, import.meta.url))),
    );
    expect(missing).toEqual([]);
  });
});

describe('docs/reliability.md', async () => {
  const markdown = await read('docs/reliability.md');
  const faults = markdown
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (Fault|---)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it('says of every fault what is seen, what is lost, how it heals, and which tests show it', () => {
    expect(faults.length).toBeGreaterThan(30);
    const incomplete = faults.filter(
      (cells) => cells.length !== 7 || cells.slice(1, 6).some((cell) => !cell),
    );
    expect(incomplete).toEqual([]);
  });

  it('names tests that are there', async () => {
    const wrong: string[] = [];
    for (const [, fault = '', , , , tests = ''] of faults) {
      for (const named of tests.split('<br>')) {
        const [, path = '', title = ''] = /^`(test\/[^`]+\.test\.ts)`: (.+)$/.exec(named) ?? [];
        const text = await read(path || 'package.json');
        const isThere = title && ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}`));
        if (!isThere) wrong.push(`${fault}: ${named}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('README.md', async () => {
  const markdown = await read('README.md');

  it('asks for the scopes that the providers are asked for', () => {
    const config = readConfig({
      GOOGLE_CLIENT_ID: 'g',
      GOOGLE_CLIENT_SECRET: 'g',
      MICROSOFT_CLIENT_ID: 'm',
      MICROSOFT_CLIENT_SECRET: 'm',
    });
    const wanted = [...createProviders(config).values()].flatMap(({ name, oauth }) =>
      oauth ? [`PUBLIC_URL/connect/${name}/callback`, ...oauth.scopes] : [],
    );
    expect(wanted.length).toBeGreaterThan(2);
    expect(wanted.filter((word) => !markdown.includes(`\`${word}\``))).toEqual([]);
  });

  it('links to what is there', async () => {
    for (const page of [
      'README.md',
      'CONTRIBUTING.md',
      'docs/api.md',
      'docs/live-client.md',
      'docs/operations.md',
      'docs/development.md',
      'docs/architecture.md',
      'docs/reliability.md',
    ]) {
      const folder = page.includes('/') ? 'docs/' : '';
      for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)#:]+)\)/g)) {
        const path = new URL(`../../${folder}${target}`, import.meta.url);
        expect(existsSync(path), `${page}: ${target}`).toBe(true);
      }
    }
  });
});
