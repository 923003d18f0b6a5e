/** Programs that tests drive and npm does not bring: found, and installed once where we may (Debian as root). */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { withLockFile } from '../../src/store/embedded/processes.ts';

export interface Program {
  /** Environment variable that names it, where it is not on PATH. */
  env: string;
  /** Names on PATH or absolute paths, the first that exists is taken. */
  names: string[];
  /** Debian's package, and the command elsewhere. */
  debian: string;
  elsewhere: string;
}

export const REDIS: Program = {
  env: 'REDIS_SERVER',
  names: ['redis-server', 'valkey-server'],
  debian: 'redis-server',
  elsewhere: 'brew install redis',
};

/** The system's zone files, which zdump reads too. */
const TZDATA: Program = {
  env: 'TZDATA',
  names: ['/usr/share/zoneinfo/Europe'],
  debian: 'tzdata',
  elsewhere: 'zic -d /usr/share/zoneinfo',
};

export const CHROMIUM: Program = {
  env: 'CHROMIUM',
  names: [
    'chromium',
    'chromium-browser',
    'google-chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  debian: 'chromium',
  elsewhere: 'brew install --cask chromium',
};

const python = (module: string, debian: string): Program => ({
  env: `PYTHON_${module.toUpperCase()}`,
  // Debian's modules are for Debian's Python, whatever else is on PATH.
  names: [`/usr/lib/python3/dist-packages/${module}`],
  debian,
  elsewhere: `pip install ${debian.replace('python3-', '')}`,
});

/** CalDAV servers that the product reads, clients that read the product, and an independent reader of recurrences. */
export const RADICALE: Program = {
  env: 'RADICALE',
  names: ['radicale'],
  debian: 'radicale',
  elsewhere: 'pip install radicale',
};
export const XANDIKOS: Program = {
  env: 'XANDIKOS',
  names: ['xandikos'],
  debian: 'xandikos',
  elsewhere: 'pip install xandikos',
};
export const VDIRSYNCER: Program = {
  env: 'VDIRSYNCER',
  names: ['vdirsyncer'],
  debian: 'vdirsyncer',
  elsewhere: 'pip install vdirsyncer',
};
export const KHAL: Program = {
  env: 'KHAL',
  names: ['khal'],
  debian: 'khal',
  elsewhere: 'pip install khal',
};
export const PYTHON_CALDAV = python('caldav', 'python3-caldav');
export const PYTHON_ICALENDAR = python('icalendar', 'python3-icalendar');
export const RECURRING_ICAL_EVENTS = python('recurring_ical_events.py', 'python3-recurring-ical-events');

/** Proxies that stand before gateways. */
export const NGINX: Program = {
  env: 'NGINX',
  names: ['nginx', '/usr/sbin/nginx'],
  debian: 'nginx-light',
  elsewhere: 'brew install nginx',
};
export const HAPROXY: Program = {
  env: 'HAPROXY',
  names: ['haproxy', '/usr/sbin/haproxy'],
  debian: 'haproxy',
  elsewhere: 'brew install haproxy',
};

/** All of them. */
export const PROGRAMS = [
  REDIS,
  TZDATA,
  CHROMIUM,
  RADICALE,
  XANDIKOS,
  VDIRSYNCER,
  KHAL,
  PYTHON_CALDAV,
  PYTHON_ICALENDAR,
  RECURRING_ICAL_EVENTS,
  NGINX,
  HAPROXY,
];

/** @throws an error that names the one command which installs it. */
export function pathOf(program: Program): string {
  const path = find(program);
  if (path) return path;
  const command = onDebian() ? `sudo apt-get install -y ${program.debian}` : program.elsewhere;
  throw new Error(`${program.names[0]} is missing. Install it: ${command} (or name one in ${program.env})`);
}

function find({ env, names }: Program): string | null {
  const named = process.env[env];
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = names.flatMap((name) =>
    isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name)),
  );
  return paths.find(isUsable) ?? null;
}

/** A module of Python is read, a program run. */
function isUsable(path: string): boolean {
  try {
    accessSync(path, path.includes('dist-packages') ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const onDebian = () => existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

/** Installs all that is missing in one go. What it may not install, `pathOf` tells to the tests that need it. */
export async function installMissing(programs: Program[]): Promise<void> {
  if (programs.every(find) || !onDebian() || process.getuid?.() !== 0) return;
  const home = join(tmpdir(), 'slotwire-install');
  mkdirSync(home, { recursive: true });
  await withLockFile(home, async () => {
    const packages = programs.filter((program) => !find(program)).map((program) => program.debian);
    if (packages.length > 0) await install(packages);
  });
}

async function install(packages: string[]): Promise<void> {
  const began = Date.now();
  process.stderr.write(`installing ${packages.join(' and ')} by apt-get …\n`);
  await withoutServices(async () => {
    await aptGet('update');
    await aptGet('install', '-y', '--no-install-recommends', ...packages);
  });
  process.stderr.write(`done in ${Math.round((Date.now() - began) / 1000)} s\n`);
}

function aptGet(...args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return new Promise((resolve) => {
    execFile('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { env }, (error, _stdout, stderr) => {
      if (error) process.stderr.write(`apt-get ${args.join(' ')} failed:\n${stderr}\n`);
      resolve();
    });
  });
}

/** A package's own service would take the usual port: Debian's policy-rc.d says that none is to start. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    if (ours) rmSync(policy);
  }
}
