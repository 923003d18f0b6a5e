/** The live client as others use it: the programs of docs/live-client.md, type-checked and run against a gateway. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../harness/chromium.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const run = promisify(execFile);
const root = process.cwd();
const { window, at } = testDay();
const docs = await readFile('docs/live-client.md', 'utf8');
const programs = (language: string) =>
  [...docs.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);

let stack: Stack;
let host: ConnectedHost;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  host = await connectHost(stack, 'GOOGLE', 'gina');
  // As `npm install ../slotwire` leaves it.
  folder = await mkdtemp(join(tmpdir(), 'slotwire-consumer-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules/slotwire'));
  for (const name of ['ws', '@types'])
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
});
afterAll(async () => {
  await stack?.close();
  if (folder) await rm(folder, { recursive: true });
});

/**
 * Type-checks and compiles by the strictest rules, declarations of the package included.
 * @returns what the compiler says.
 */
async function compile(sources: Record<string, string>, ...options: string[]): Promise<string> {
  for (const [name, source] of Object.entries(sources)) await writeFile(join(folder, name), source);
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '--ignoreConfig', ...Object.keys(sources)];
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--target',
    'es2022',
  ];
  const done = run(process.execPath, [...tsc, ...strict, ...options], { cwd: folder });
  const { stdout } = await done.catch((failure: { stdout: string }) => failure);
  return stdout;
}

interface Line {
  slots: number;
  added: number;
  removed: number;
  live: boolean;
  over: string | null;
}

/** Runs a program of the docs; `line` resolves with the next line that fits. */
function follow(program: string) {
  const child: ChildProcess = spawn(process.execPath, [
    join(folder, program),
    `${stack.url}/graphql`,
    host.eventType,
    window.from,
    window.to,
  ]);
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  if (!child.stdout) throw new Error('no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async line(fits: (line: Line) => boolean): Promise<Line> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`ended: ${complaints}`);
        const line: Line = JSON.parse(value);
        if (fits(line)) return line;
      }
    },
    /** Asks it to end. @returns its exit code. */
    async end(): Promise<number | null> {
      child.kill('SIGINT');
      return child.exitCode ?? new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

describe('the package', () => {
  it('contains every file that its exports name', async () => {
    const { exports } = JSON.parse(await readFile('package.json', 'utf8'));
    const named = Object.values<string>(exports['./live']).map((path) => path.slice(2));
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const packed = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path);
    expect(packed).toEqual(expect.arrayContaining([...named, 'dist/live/watch.d.ts']));
  });

  it('watches availability in Node, over a WebSocket and without one', async () => {
    const [source = ''] = programs('ts');
    const bare = source.replace('webSocketImpl: WebSocket', 'webSocketImpl: null');
    const sources = { 'websocket.ts': source, 'sse.ts': bare };
    expect(await compile(sources, '--module', 'nodenext', '--lib', 'es2023', '--types', 'node')).toBe('');
    const { world } = stack.simulator;
    for (const over of ['websocket', 'sse']) {
      const program = follow(`${over}.js`);
      const first = await program.line(({ live }) => live);
      expect(first).toEqual({ slots: 16, added: 0, removed: 0, live: true, over });
      const { id } = world.createEvent(host.remoteCalendar, { start: at('10:00'), end: at('11:00') });
      const fewer = await program.line(({ removed }) => removed > 0);
      expect(fewer).toMatchObject({ slots: 14, removed: 2, live: true });
      world.deleteEvent(host.remoteCalendar, id);
      expect(await program.line(({ added }) => added > 0)).toMatchObject({ slots: 16, added: 2 });
      expect(await program.end()).toBe(0);
    }
  });

  it('ships types that a bundled page compiles with, and that catch a mistake', async () => {
    const [, source = ''] = programs('ts');
    const wrong = source.replace('freshness.provenAsOf', 'freshness.provenSince');
    const sources = { 'page.ts': source, 'wrong.ts': wrong };
    const said = await compile(sources, '--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit');
    expect(said.trim().split('\n')).toEqual([expect.stringMatching(/^wrong\.ts.*provenSince/)]);
  });
});

it('runs in a page of another origin, served by the gateway', async () => {
  const [page = ''] = programs('html');
  const html = page.replaceAll('http://127.0.0.1:4000', stack.url).replace(/et_\w+/, host.eventType);
  expect(html).toContain(stack.url);
  const other = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html),
  );
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const browser = await launchBrowser();
  try {
    const tab = await browser.newPage({ timezoneId: 'UTC', locale: 'en-GB' });
    await tab.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    await expect.poll(() => tab.locator('#state').innerText()).toBe('Live');
    const before = await tab.locator('li').count();
    const { id } = stack.simulator.world.createEvent(host.remoteCalendar, {
      start: at('13:00'),
      end: at('14:00'),
    });
    await expect.poll(() => tab.locator('li').count()).toBe(before - 2);
    stack.simulator.world.deleteEvent(host.remoteCalendar, id);
  } finally {
    await browser.close();
    other.close();
  }
});
