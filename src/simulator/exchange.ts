/** One request and its answer, and the table that leads from one to the other. */
import type { z } from 'zod';

export interface Exchange {
  method: string;
  /** As it came, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
  /** Root of the server as the client names it, without a slash at the end. */
  url: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export type Handler = (exchange: Exchange, params: Record<string, string>) => Answer | Promise<Answer>;
/** Method, path with `:name` segments, handler. */
export type Route = readonly [method: string, pattern: string, handle: Handler];

/** Thrown to answer at once. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`Answered with ${answer.status}.`);
    this.answer = answer;
  }
}

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export const html = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body,
});

/** Reads a JSON body; null when it isn't what the schema says. */
export function readBody<T>(exchange: Exchange, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(exchange.body || '{}'));
  } catch {
    return null;
  }
}

/** @returns the handler's answer, or null when no route fits. */
export function findRoute(routes: readonly Route[], prefix = '') {
  const table = routes.map(([method, pattern, handle]) => ({
    method,
    segments: `${prefix}${pattern}`.split('/'),
    handle,
  }));
  return async (exchange: Exchange): Promise<Answer | null> => {
    const given = exchange.path.split('/');
    for (const { method, segments, handle } of table) {
      if (method !== exchange.method || segments.length !== given.length) continue;
      const params: Record<string, string> = {};
      const fits = segments.every((segment, index) => {
        const value = given[index] ?? '';
        if (!segment.startsWith(':')) return segment === value;
        params[segment.slice(1)] = decodeURIComponent(value);
        return value !== '';
      });
      if (fits) return await handle(exchange, params);
    }
    return null;
  };
}
