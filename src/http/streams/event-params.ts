/** The operation of an event stream, from its address or its body. */
import type { IncomingMessage } from 'node:http';
import { badInput } from '../../errors.ts';
import type { OperationParams } from './operations.ts';

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** Whether this request may be answered by a stream of events; its operation decides then. */
export function acceptsEventStream({ method, headers }: IncomingMessage): boolean {
  // Most requests are none, and are asked this more than once.
  if (!headers.accept || !/event-stream/i.test(headers.accept)) return false;
  if (!mediaTypes(headers.accept).includes(EVENT_STREAM_TYPE)) return false;
  return (
    method === 'GET' ||
    (method === 'POST' && mediaTypes(headers['content-type']).includes('application/json'))
  );
}

const mediaTypes = (header = '') =>
  header.split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());

/** @throws SlotwireError BAD_USER_INPUT */
export function paramsFromUrl({ searchParams }: URL): OperationParams {
  const variables = searchParams.get('variables');
  const extensions = searchParams.get('extensions');
  return checkParams({
    query: searchParams.get('query'),
    documentId: searchParams.get('documentId'),
    extensions: extensions ? parseJson(extensions, 'extensions') : null,
    operationName: searchParams.get('operationName'),
    variables: variables ? parseJson(variables, 'variables') : null,
  });
}

/** @throws SlotwireError BAD_USER_INPUT */
export const paramsFromBody = (body: Buffer): OperationParams =>
  checkParams(parseJson(body.toString(), 'body'));

function parseJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput(field, 'is no JSON');
  }
}

function checkParams(value: unknown): OperationParams {
  if (!isObject(value)) throw badInput('body', 'must be an object with a query');
  const { query, documentId, extensions, operationName, variables } = value;
  if (operationName != null && typeof operationName !== 'string') {
    throw badInput('operationName', 'must be a text');
  }
  if (variables != null && !isObject(variables)) throw badInput('variables', 'must be an object');
  return { query, documentId, extensions, operationName, variables };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
