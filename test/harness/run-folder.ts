/** The temporary folder of one test run, with all that tests put there, and a janitor that removes it after any end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isProcessAlive } from '../../src/store/embedded/processes.ts';

const JANITOR = fileURLToPath(new URL('run-janitor.mjs', import.meta.url));
const PREFIX = 'slotwire-run-';

export interface RunFolder {
  path: string;
  /** Removes the folder. The run has ended its processes before. */
  remove(): Promise<void>;
}

/** Makes the folder and names it in TMPDIR, for this process and those that it starts from now on. */
export function createRunFolder(): RunFolder {
  const base = tmpdir();
  for (const name of readdirSync(base).filter((found) => found.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    // The run was killed together with its janitor.
    if (pid > 0 && !isProcessAlive(pid)) startJanitor(join(base, name), 'ignore');
  }
  const path = mkdtempSync(join(base, `${PREFIX}${process.pid}-`));
  chmodSync(path, 0o1777); // as the system's: servers of other users work in it
  const janitor = startJanitor(path, 'pipe');
  const before = process.env.TMPDIR;
  process.env.TMPDIR = path;
  return {
    path,
    async remove() {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      const gone = once(janitor, 'exit');
      janitor.ref();
      janitor.stdin?.end('over');
      await gone;
    },
  };
}

function startJanitor(folder: string, stdin: 'pipe' | 'ignore') {
  const janitor = spawn(process.execPath, [JANITOR, folder], {
    detached: true,
    stdio: [stdin, 'ignore', 'ignore'],
    env: { PATH: process.env.PATH },
  });
  janitor.unref();
  if (janitor.stdin instanceof Socket) janitor.stdin.unref();
  return janitor;
}
