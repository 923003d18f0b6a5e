/** Real proxies with TLS and HTTP/2, configured as docs/operations.md says, before a gateway of a test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CERTIFICATE, KEY } from '../net/certificate.fixture.ts';
import { freePort } from './ports.ts';
import { HAPROXY, NGINX, pathOf } from './programs.ts';

export interface TlsProxy {
  url: string;
  stop(): Promise<void>;
}

/** Whom its clients must trust. */
export const TRUST = { ca: CERTIFICATE, servername: 'hooks.example' };

/** The block of docs/operations.md in this language, with the test's own addresses and files. */
async function documented(language: string, changes: Record<string, string>): Promise<string> {
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  let [, block = ''] = page.split(`\n\`\`\`${language}\n`);
  block = block.split('\n```\n')[0] ?? '';
  for (const [written, ours] of Object.entries(changes)) {
    if (!block.includes(written)) throw new Error(`docs/operations.md has no ${written} for ${language}`);
    block = block.replaceAll(written, ours);
  }
  return `${block}\n`;
}

/** @param changes more of the documented text that is replaced */
export const startNginx = (gateway: string, changes: Record<string, string> = {}) =>
  start(gateway, async ({ folder, certificate, port, host }) => {
    const block = await documented('nginx', {
      'listen 443': `listen 127.0.0.1:${port}`,
      '/etc/ssl/slots.pem': certificate,
      '127.0.0.1:4000': host,
      ...changes,
    });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const text = `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events {}
http { access_log off; ${temporary.join(' ')}
${block}}`;
    const file = join(folder, 'nginx.conf');
    await writeFile(file, text);
    return [pathOf(NGINX), '-p', folder, '-e', 'stderr', '-c', file];
  });

export const startHaproxy = (gateway: string) =>
  start(gateway, async ({ folder, certificate, port, host }) => {
    const block = await documented('haproxy', {
      'bind :443': `bind 127.0.0.1:${port}`,
      '/etc/ssl/slots.pem': certificate,
      '127.0.0.1:4000': host,
    });
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, block);
    return [pathOf(HAPROXY), '-db', '-f', file];
  });

interface Place {
  folder: string;
  /** File with the certificate and its key. */
  certificate: string;
  port: number;
  /** Of the gateway, with its port. */
  host: string;
}

/** @param prepare writes what it needs. @returns the command */
async function start(gateway: string, prepare: (place: Place) => Promise<string[]>): Promise<TlsProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'slotwire-proxy-'));
  const certificate = join(folder, 'slots.pem');
  await writeFile(certificate, `${CERTIFICATE}\n${KEY}\n`);
  const port = await freePort();
  const [program = '', ...args] = await prepare({ folder, certificate, port, host: new URL(gateway).host });
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4_000);
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close');
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${program} did not start:\n${output}`);
    await pause(20); // real time: between two looks
  }
  return {
    url: `https://127.0.0.1:${port}`,
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
