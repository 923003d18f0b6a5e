/** A websocket made of bytes (RFC 6455): what no library would send, or would read. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
const PONG = 10;

export interface TcpSocket {
  socket: Socket;
  /** The answer to the upgrade, up to the empty line. */
  head: string;
  /** Messages as masked text frames. */
  say(...messages: object[]): void;
  /** Texts that came so far. */
  texts: string[];
  /** Once the server's closing frame came, with its code; or the connection's end, with null. */
  ended: Promise<{ code: number | null; reason: string }>;
}

const UPGRADE = {
  host: '127.0.0.1',
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'graphql-transport-ws',
};

/** @param headers instead of the usual ones; null leaves one out */
export function upgradeRequest(headers: Record<string, string | null> = {}, path = '/graphql'): string {
  const lines = Object.entries({ ...UPGRADE, ...headers }).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** A connection to the server on which nothing was sent. */
export async function dial(url: string, more: Partial<TcpNetConnectOpts> = {}): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ ...more, host: hostname, port: Number(port), allowHalfOpen: true });
  // Listeners of its end get `close`.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** One that takes a few bytes at a time from the network: a whole answer takes it hundreds of turns. */
export async function sip(url: string): Promise<Socket> {
  const socket = await dial(url, {
    onread: {
      buffer: Buffer.alloc(128),
      callback: (count, bytes) => socket.emit('data', Buffer.from(bytes.subarray(0, count))),
    },
  });
  return socket;
}

/** Sends an upgrade, and reads its answer. */
export async function openTcp(
  url: string,
  headers: Record<string, string | null> = {},
  path?: string,
  dialled: Promise<Socket> = dial(url),
): Promise<TcpSocket> {
  const socket = await dialled;
  socket.write(upgradeRequest(headers, path));
  const bytes = await readHead(socket);
  const end = bytes.indexOf('\r\n\r\n') + 4;
  const texts: string[] = [];
  const ended = readFrames(socket, bytes.subarray(end), texts);
  return {
    socket,
    head: bytes.toString('latin1', 0, end),
    texts,
    ended,
    say(...messages) {
      for (const message of messages) socket.write(frame(TEXT, JSON.stringify(message)));
    },
  };
}

function readHead(socket: Socket): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    function read(chunk: Buffer) {
      bytes = Buffer.concat([bytes, chunk]);
      if (!bytes.includes('\r\n\r\n')) return;
      socket.off('data', read);
      resolve(bytes);
    }
    socket.on('data', read);
    socket.once('close', () => reject(new Error('the connection ended before an answer')));
  });
}

export interface FrameOptions {
  /** Is it a message's last? */
  fin?: boolean;
  mask?: boolean;
  /** What it says of its length, when that isn't true. */
  length?: number;
}

export function frame(opcode: number, data: string | Buffer, options: FrameOptions = {}): Buffer {
  const payload = Buffer.from(data);
  const { fin = true, mask = true, length = payload.length } = options;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (mask ? 0x80 : 0) | (head.length === 2 ? length : head.length === 4 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  if (!mask) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ (key[i % 4] ?? 0));
  return Buffer.concat([head, key, masked]);
}

/** Texts go into `texts` as they come. */
export function readFrames(socket: Duplex, first: Buffer, texts: string[]): TcpSocket['ended'] {
  let rest = first;
  return new Promise((resolve) => {
    function read(chunk: Buffer) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let found = cut(rest); found; found = cut(rest)) {
        rest = rest.subarray(found.size);
        if (found.opcode === TEXT) texts.push(found.payload.toString());
        if (found.opcode === PING) socket.write(frame(PONG, found.payload));
        if (found.opcode !== CLOSE) continue;
        const code = found.payload.length < 2 ? 1005 : found.payload.readUInt16BE(0);
        resolve({ code, reason: found.payload.toString('utf8', 2) });
      }
    }
    socket.on('data', read);
    socket.once('end', () => resolve({ code: null, reason: '' }));
    socket.once('close', () => resolve({ code: null, reason: '' }));
    read(Buffer.alloc(0));
  });
}

/** The first whole frame; a server masks none. */
function cut(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const start = second < 126 ? 2 : second === 126 ? 4 : 10;
  if (bytes.length < start) return null;
  const length =
    start === 2 ? second : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return null;
  return { opcode: first & 15, payload: bytes.subarray(start, start + length), size: start + length };
}
