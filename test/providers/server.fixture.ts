/** A server that answers as a test tells it to, and keeps what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Access, type ChangePage, ProviderError } from '../../src/providers/port.ts';
import { accessWith } from './unlimited.fixture.ts';

export interface Asked {
  method: string;
  /** Path and query as they were written. */
  target: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Objects as JSON, text as it is. */
  body?: object | string;
}

export interface FakeServer {
  url: string;
  asked: Asked[];
  close(): Promise<void>;
}

export async function createFakeServer(
  answer: (asked: Asked, url: string) => FakeAnswer,
): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const target = request.url ?? '/';
    const { pathname, searchParams } = new URL(target, 'http://fake');
    const one: Asked = {
      method: request.method ?? '',
      target,
      path: decodeURIComponent(pathname),
      query: searchParams,
      headers: request.headers,
      body: await text(request),
    };
    asked.push(one);
    const { status = 200, headers = {}, body = '' } = answer(one, url);
    const type = typeof body === 'string' ? 'text/html' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(status === 204 ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Tokens t1, t2, …: another one whenever the last was refused. */
export function countedAccess(): Access & { issued: number } {
  const counted = { issued: 1 };
  const access = accessWith(async (rejected) => {
    if (rejected === `t${counted.issued}`) counted.issued += 1;
    return `t${counted.issued}`;
  });
  return Object.assign(counted, access);
}

export async function pagesOf(round: AsyncIterable<ChangePage>): Promise<ChangePage[]> {
  const pages: ChangePage[] = [];
  for await (const page of round) pages.push(page);
  return pages;
}

/** What a request fails with; it must fail with a ProviderError. */
export async function failureOf(request: Promise<unknown>): Promise<ProviderError> {
  try {
    await request;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('It succeeded.');
}
