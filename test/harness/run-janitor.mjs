/**
 * Outlives a test run, however that ends. When the run's pipe closes, all processes that the run left are ended, and its
 * folder is removed. Started by run-folder.ts: node run-janitor.mjs FOLDER
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [, , folder] = process.argv;
let said = '';
process.stdin.on('data', (chunk) => {
  said += chunk;
});
process.stdin.on('error', () => {});
await new Promise((resolve) => process.stdin.once('close', resolve));
// An orderly end has ended its processes itself, and the workers of Vitest may still be on their way out.
for (let tries = 0; tries < 100 && said !== 'over'; tries++) {
  const left = processesOfRun();
  if (left.length === 0) break;
  for (const pid of left) kill(pid);
  await pause(100); // real time: killed processes take a moment
}
rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });

/** Processes whose command or environment names the run's folder, but for this one. */
function processesOfRun() {
  return texts().flatMap(({ pid, text }) => (pid !== process.pid && text.includes(folder) ? [pid] : []));
}

function texts() {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').map(Number).filter(Boolean);
    return pids.map((pid) => ({ pid, text: read(`/proc/${pid}/cmdline`) + read(`/proc/${pid}/environ`) }));
  }
  const lines = execFileSync('ps', ['-axwwE', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }).split('\n');
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), text: line }));
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process ended, or is another user's
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process ended meanwhile.
  }
}
