/** HTTP requests and responses as plain data, and the router that maps one to the other. */
import type { z } from 'zod';

export interface SimulatedRequest {
  method: string;
  /** Still percent-encoded. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
  /** Root of the server as the client names it, without a slash at the end. */
  url: string;
}

export interface SimulatedResponse {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export type RequestHandler = (
  request: SimulatedRequest,
  params: Record<string, string>,
) => SimulatedResponse | Promise<SimulatedResponse>;
/** Method, path with `:name` segments, handler. */
export type Route = readonly [method: string, pattern: string, handle: RequestHandler];

/** Thrown by a handler to answer with this response. */
export class HttpError extends Error {
  override readonly name = 'Refusal';
  readonly response: SimulatedResponse;

  constructor(response: SimulatedResponse) {
    super(`Answered with ${response.status}.`);
    this.response = response;
  }
}

export const jsonResponse = (
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export const htmlResponse = (status: number, body: string): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body,
});

/** Parses a JSON body; null when it does not fit the schema. */
export function parseJsonBody<T>(request: SimulatedRequest, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(request.body || '{}'));
  } catch {
    return null;
  }
}

/** @returns a function that gives the handler's response, or null when no route matches. */
export function createRouter(routes: readonly Route[], prefix = '') {
  const compiledRoutes = routes.map(([method, pattern, handle]) => ({
    method,
    patternSegments: `${prefix}${pattern}`.split('/'),
    handle,
  }));
  return async (request: SimulatedRequest): Promise<SimulatedResponse | null> => {
    const segments = request.path.split('/');
    for (const { method, patternSegments, handle } of compiledRoutes) {
      if (method !== request.method || patternSegments.length !== segments.length) continue;
      const params: Record<string, string> = {};
      const matches = patternSegments.every((segment, index) => {
        const value = segments[index] ?? '';
        if (!segment.startsWith(':')) return segment === value;
        params[segment.slice(1)] = decodeURIComponent(value);
        return value !== '';
      });
      if (matches) return await handle(request, params);
    }
    return null;
  };
}
