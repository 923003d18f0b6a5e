/** What is asked of an event stream, from its address or its body. */
import type { IncomingMessage } from 'node:http';
import { badInput } from '../../errors.ts';
import type { Params } from './operations.ts';

export const EVENTS = 'text/event-stream';

/** May this request be answered by a stream of events? Its operation decides then. */
export function asks({ method, headers }: IncomingMessage): boolean {
  if (!mediaTypes(headers.accept).includes(EVENTS)) return false;
  return (
    method === 'GET' ||
    (method === 'POST' && mediaTypes(headers['content-type']).includes('application/json'))
  );
}

const mediaTypes = (header = '') =>
  header.split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());

/** @throws SlotwireError BAD_USER_INPUT */
export function paramsOfAddress({ searchParams }: URL): Params {
  const variables = searchParams.get('variables');
  return checked({
    query: searchParams.get('query') ?? undefined,
    operationName: searchParams.get('operationName'),
    variables: variables ? parsed(variables, 'variables') : null,
  });
}

/** @throws SlotwireError BAD_USER_INPUT */
export const paramsOfBody = (body: Buffer): Params => checked(parsed(body.toString(), 'body'));

function parsed(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput(field, 'is no JSON');
  }
}

function checked(said: unknown): Params {
  if (!isObject(said)) throw badInput('body', 'must be an object with a query');
  const { query, operationName, variables } = said;
  if (typeof query !== 'string') throw badInput('query', 'must be a text');
  if (operationName != null && typeof operationName !== 'string') {
    throw badInput('operationName', 'must be a text');
  }
  if (variables != null && !isObject(variables)) throw badInput('variables', 'must be an object');
  return { query, operationName, variables };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
