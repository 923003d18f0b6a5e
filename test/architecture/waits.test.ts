/**
 * No test waits a fixed time, and none is held against the wall clock: a test that hopes fails by chance on a busy machine.
 * Where the time of the world must pass, `real time: why` says so, on the line or in the comment above it.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const TESTS = new URL('../', import.meta.url).pathname;
const REASON = /\/[/*].*\breal time: \w/;

/** Calls of functions by which time passes, under the names that the file gives them. */
function waitsOf(text: string): RegExp[] {
  const [, imported = ''] = /import \{([^}]*)\} from '(?:node:)?timers\/promises'/.exec(text) ?? [];
  const [, timer] = /\bsetTimeout(?: as (\w+))?/.exec(imported) ?? [];
  return [
    /(?<![.\w])setTimeout\(/,
    /\bglobalThis\.setTimeout\(/,
    /\bwaitForTimeout\(/,
    /\bpg_sleep\b/,
    /\bperformance\.now\(/,
    /\bexpect\(Date\.now\(\)/,
    ...(timer ? [new RegExp(`(?<![.\\w])${timer}\\(`)] : []),
  ];
}

/** @returns lines, counted from one, that wait a fixed time and don't say why */
function fixedWaits(text: string): number[] {
  const lines = text.split('\n');
  const waits = waitsOf(text);
  return lines.flatMap((line, at) => {
    const code = line.replace(/\/\/.*/, '');
    if (!waits.some((wait) => wait.test(code))) return [];
    return REASON.test(line) || hasReasonAbove(lines, at) ? [] : [at + 1];
  });
}

/** In the comment that ends right above the line. */
function hasReasonAbove(lines: readonly string[], at: number): boolean {
  for (let above = at - 1; /^\s*(\/\/|\/?\*)/.test(lines[above] ?? ''); above--) {
    if (REASON.test(lines[above] ?? '')) return true;
  }
  return false;
}

describe('tests', () => {
  it('wait for what they wait for, and for no time', async () => {
    const files = (await readdir(TESTS, { recursive: true })).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(200);
    const faults = await Promise.all(
      files
        .filter((file) => file !== join('architecture', 'waits.test.ts'))
        .map(async (file) => {
          const text = await readFile(join(TESTS, file), 'utf8');
          return fixedWaits(text).map((line) => `test/${file}:${line}`);
        }),
    );
    expect(faults.flat()).toEqual([]);
  });

  const IMPORT = "import { setTimeout as pause } from 'node:timers/promises';\n";
  it.each([
    'await new Promise((resolve) => setTimeout(resolve, 80));',
    `${IMPORT}await pause(20);`,
    `${IMPORT}while (!done()) await pause(10);`,
    "import { setTimeout } from 'node:timers/promises';\nawait setTimeout(5);",
    'await page.waitForTimeout(500);',
    'await store.$queryRaw`select pg_sleep(0.1)`;',
    'expect(Date.now() - began).toBeLessThan(5_000);',
    'const began = performance.now();',
    `// nothing else tells\n${IMPORT}await pause(1);`,
  ])('would be found: %j', (text) => {
    expect(fixedWaits(text)).toHaveLength(1);
  });

  it.each([
    `${IMPORT}await pause(20); // real time: between two looks`,
    `${IMPORT}// real time: visitors meet by chance,\n// all day long.\nawait pause(20);`,
    'socket.pause();',
    "vi.useFakeTimers({ toFake: ['setTimeout'] });",
    'vi.advanceTimersByTime(30);',
  ])('may have: %j', (text) => {
    expect(fixedWaits(text)).toEqual([]);
  });
});
