/** Errors in place of a stream: as JSON, with the HTTP status of their code. */
import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';

/** The HTTP status of an error's code. */
export const statusOf = (code: unknown): number => STATUS[String(code)] ?? 500;

const STATUS: Record<string, number> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  TOO_COSTLY: 400,
};

/** Pages of any origin may read the answer, and Retry-After. */
export const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after',
};

/** @param status in place of the code's. 413 closes the connection, as the rest of the body is not read. */
export function sendErrors(response: ServerResponse, errors: readonly GraphQLError[], status?: number) {
  const { code, retryAfter } = errors[0]?.extensions ?? {};
  response.writeHead(status ?? statusOf(code), {
    ...CORS_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(JSON.stringify({ errors }));
}
