/** Connections that ask one after the other, each as soon as it is answered: the caller of the `http` benchmark, in a process of its own. */
import { connect, type Socket } from 'node:net';
import { now, serveParent } from '../child.ts';

export interface Load {
  url: string;
  /** JSON; `%FROM%` in it is replaced by an instant that no request before had. */
  body: string;
  /** The first such instant, epoch milliseconds; each is a millisecond after the one before. */
  from: number;
  connections: number;
  /** Milliseconds. */
  duration: number;
}

export interface LoadResult {
  /** Whole answers with status 200 and without errors. */
  answers: number;
  seconds: number;
  /** How long each answer took. Milliseconds. */
  times: number[];
  faults: string[];
}

const FROM = '%FROM%';
let asked = 0;

async function run({ url, body, from, connections, duration }: Load): Promise<LoadResult> {
  const begun = now();
  const times: number[] = [];
  const faults: string[] = [];
  const target = new URL(url);
  const bodyNow = () => body.replace(FROM, () => new Date(from + asked++).toISOString());
  const head = [
    `POST ${target.pathname} HTTP/1.1`,
    `Host: ${target.host}`,
    'Content-Type: application/json',
    'Accept: application/graphql-response+json, application/json',
    `Content-Length: ${Buffer.byteLength(bodyNow())}`,
  ].join('\r\n');

  const askAll = async () => {
    const socket = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    const read = createReader(socket);
    while (now() - begun < duration && faults.length === 0) {
      const sent = now();
      socket.write(`${head}\r\n\r\n${bodyNow()}`);
      const answer = await read();
      times.push(now() - sent);
      if (!answer.isGood) faults.push(answer.text);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, askAll));
  const seconds = (now() - begun) / 1000;
  return { answers: times.length, seconds, times, faults };
}

interface Answer {
  isGood: boolean;
  /** How the answer begins. */
  text: string;
}

/** @returns a function that resolves with the next answer of the connection. It looks at no more of the body than it must. */
function createReader(socket: Socket): () => Promise<Answer> {
  let chunks: Buffer[] = [];
  let size = 0;
  let whole = Number.POSITIVE_INFINITY;
  let next: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (whole === Number.POSITIVE_INFINITY) {
      const start = Buffer.concat(chunks);
      const end = start.indexOf('\r\n\r\n');
      if (end < 0) return;
      whole = end + 4 + Number(/content-length: (\d+)/i.exec(start.subarray(0, end).toString())?.[1]);
    }
    if (size < whole) return;
    const text = (chunks[0] ?? Buffer.alloc(0)).subarray(0, 2_000).toString();
    const isGood = text.startsWith('HTTP/1.1 200') && !text.includes('"errors"');
    [chunks, size, whole] = [[], 0, Number.POSITIVE_INFINITY];
    next?.resolve({ isGood, text });
  });
  const fail = () => next?.reject(new Error('the server closed a connection'));
  socket.on('error', fail);
  socket.on('close', fail);
  return () =>
    new Promise((resolve, reject) => {
      next = { resolve, reject };
    });
}

const answers = { run };

export type LoadProcess = typeof answers;

serveParent(answers);
