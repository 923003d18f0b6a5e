/** What attackers do, and what the gateway counts of it. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { vi } from 'vitest';
import { readMetrics } from '../harness/metrics.ts';
import { attackerAddress } from './small-gateway.fixture.ts';

/** A connection on which nothing was sent. @param localAddress of the attacker, on loopback */
export async function dialFrom(url: string, localAddress: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

export const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)));

export interface Posted {
  status: number;
  body: string;
}

/** One request on a connection of its own. @param url with its path */
export function post(
  url: string,
  options: { from?: string; headers?: object; body?: string } = {},
): Promise<Posted> {
  const { from = attackerAddress(), headers = {}, body = '' } = options;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      agent: false,
      localAddress: from,
      headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
    });
    asked.on('error', reject);
    asked.on('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    });
    asked.end(body);
  });
}

/** The head of a POST of JSON, and as much of its body as is given. @param length of the whole body in bytes */
export const postText = (body: string, length = body.length, more: readonly string[] = []): string =>
  [
    'POST /graphql HTTP/1.1',
    'host: x',
    'content-type: application/json',
    ...more,
    `content-length: ${length}\r\n\r\n${body}`,
  ].join('\r\n');

type ClosingReason = 'not read' | 'unread budget';

/** Connections that the gateway closed for this reason. */
export async function closedFor(url: string, reason: ClosingReason): Promise<number> {
  const line = new RegExp(`^slotwire_connections_closed_total\\{reason="${reason}"\\} (\\d+)$`, 'm');
  return Number(line.exec(await readMetrics(url))?.[1] ?? 0);
}

/** Resolves once so many were closed for that reason: as late as a busy machine needs. */
export const untilClosedFor = (url: string, reason: ClosingReason, count: number) =>
  vi.waitFor(
    async () => {
      const closed = await closedFor(url, reason);
      if (closed < count) throw new Error(`${closed} of ${count} connections were closed: ${reason}`);
    },
    { timeout: 180_000, interval: 500 },
  );
