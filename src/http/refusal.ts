/** Errors in answer to a request that was to become a stream: as JSON, with the status that their code stands for. */
import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';

const STATUS: Record<string, number> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
};

export function refuse(response: ServerResponse, errors: readonly GraphQLError[]) {
  const { code, retryAfter } = errors[0]?.extensions ?? {};
  response.writeHead(STATUS[String(code)] ?? 500, {
    'content-type': 'application/json; charset=utf-8',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'retry-after',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(JSON.stringify({ errors }));
}
