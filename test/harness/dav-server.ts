/** A CalDAV server of a test's own, run as a program, and what an owner does to it by raw HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface DavServer {
  /** Without a slash at its end. */
  url: string;
  username: string;
  password: string;
  /** @param properties of the calendar, in XML, with the prefixes D and C */
  makeCalendar(path: string, properties?: string): Promise<void>;
  /** Lines of components, put into one calendar object. */
  put(path: string, ...lines: string[]): Promise<void>;
  /** As it is. */
  putText(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Idempotent; `start` brings it back, on the same port and with what was in it. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and forgets all. */
  close(): Promise<void>;
}

export interface Program {
  name: string;
  url: string;
  username: string;
  /** As it is at any time. */
  password: string;
  command: [program: string, args: string[]];
  forget(): Promise<void>;
}

export async function runDavServer(program: Program): Promise<DavServer> {
  const { url, username, password } = program;
  let running: { stop(): Promise<void> } | null = await launch(program);
  const authorization = () => `Basic ${Buffer.from(`${username}:${program.password}`).toString('base64')}`;

  async function send(method: string, path: string, body?: string, type = 'application/xml'): Promise<void> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: authorization(), ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  }

  const putText = (path: string, text: string) => send('PUT', path, text, 'text/calendar; charset=utf-8');
  async function stop() {
    await running?.stop();
    running = null;
  }
  return {
    url,
    username,
    password,
    makeCalendar: (path, properties = '') =>
      send(
        'MKCALENDAR',
        path,
        `<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>${properties}</D:prop></D:set></C:mkcalendar>`,
      ),
    put: (path, ...lines) => putText(path, calendarObject(...lines)),
    putText,
    remove: (path) => send('DELETE', path),
    stop,
    async start() {
      running ??= await launch(program);
    },
    async close() {
      await stop();
      await program.forget();
    },
  };
}

export const calendarObject = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

async function launch({ name, url, command: [program, args] }: Program): Promise<{ stop(): Promise<void> }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    });
  }
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close');
  await ready(child, name, url, () => output);
  return {
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

async function ready(child: ChildProcess, name: string, url: string, output: () => string): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(url, { redirect: 'manual' }).catch(() => null);
    if (answer) return;
    await pause(20); // real time: between two looks
  }
  throw new Error(`${name} did not start:\n${output()}`);
}
