/** What leaves as an error: those a client can act on, with a stable code; all others masked and logged. */
import { GraphQLError } from 'graphql';
import { SlotwireError } from '../errors.ts';
import type { Log } from '../log.ts';

const MASKED = 'Something went wrong on our side.';

/** A `maskError` of Yoga's. */
export const createMaskError =
  (log: Log) =>
  (error: unknown): GraphQLError => {
    const graphql = error instanceof GraphQLError ? error : null;
    const original = graphql ? rootCause(graphql) : error;
    const location = {
      nodes: graphql?.nodes ?? null,
      path: graphql?.path ?? null,
      source: graphql?.source ?? null,
      positions: graphql?.positions ?? null,
    };
    if (original instanceof SlotwireError) {
      const { code, details, message } = original;
      return new GraphQLError(message, { ...location, extensions: { code, ...details } });
    }
    if (original instanceof GraphQLError) {
      // The language's own errors: syntax, validation, variables. All are the sender's to mend.
      const code = typeof original.extensions.code === 'string' ? original.extensions.code : 'BAD_USER_INPUT';
      const known = CODES.has(code) ? code : 'BAD_USER_INPUT';
      const http = graphql?.extensions.http ?? original.extensions.http;
      const { field } = original.extensions;
      return new GraphQLError(graphql?.message ?? original.message, {
        ...location,
        extensions: { ...(http ? { http } : {}), code: known, ...(field ? { field } : {}) },
      });
    }
    log.error({ err: original, path: graphql?.path }, 'request failed');
    return new GraphQLError(MASKED, { ...location, extensions: { code: 'INTERNAL_SERVER_ERROR' } });
  };

const CODES = new Set([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'TOO_COSTLY',
  'INTERNAL_SERVER_ERROR',
]);

/** The innermost cause: executors wrap what resolvers throw. */
function rootCause(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}
