/** Which requests of the public may have the same answer, what they ask, and what their answer is written as. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { OperationParams } from '../streams/operations.ts';

/** A longer request is not looked for among the answers. A page's has 1 KB. Characters. */
const REQUEST_MAX = 16 * 1024;
const JSON_TYPE = 'application/json';
/** In the order in which Yoga tries them: the last that is accepted counts. */
const ANSWER_TYPES = ['application/graphql-response+json', JSON_TYPE];
const PARAMETERS = new Set(['query', 'documentId', 'variables', 'operationName', 'extensions']);
/** One of them is in every request whose answer may be shared. */
const MARKS = ['availability', 'documentId'];

/**
 * The text by which equal requests are known: the body as it came.
 * @returns null for a request whose answer is not shared
 */
export function requestText({ method, headers }: IncomingMessage, body: Buffer | undefined): string | null {
  if (method !== 'POST' || !body || body.length > REQUEST_MAX) return null;
  const type = headers['content-type'] ?? '';
  if (type !== JSON_TYPE && !type.startsWith(`${JSON_TYPE};`)) return null;
  // Allowed headers are told to a caller who names some.
  if (headers['access-control-request-headers'] !== undefined) return null;
  return MARKS.some((mark) => body.includes(mark)) ? body.toString('latin1') : null;
}

/** @returns null for what is no request, and for what Yoga would refuse. */
export function paramsOf(body: Buffer): OperationParams | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return null;
  }
  if (!isObject(value) || !Object.keys(value).every((name) => PARAMETERS.has(name))) return null;
  const { query, documentId, extensions = null, operationName = null, variables = null } = value;
  if (extensions !== null && !isObject(extensions)) return null;
  if (operationName !== null && (typeof operationName !== 'string' || operationName === '')) return null;
  if (variables !== null && !isObject(variables)) return null;
  return { query, documentId, extensions, operationName, variables };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The media type of an answer without errors, chosen as Yoga does. @returns null where none is accepted */
export function answerType(accept: string | undefined): string | null {
  for (const range of (accept || '*/*').replace(/\s/g, '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    if (charset !== undefined && charset !== 'charset=utf-8') continue;
    const found = ANSWER_TYPES.findLast((each) => matches(each, type));
    if (found !== undefined) return found;
  }
  return null;
}

function matches(type: string, range: string): boolean {
  const [before, after] = type.split('/');
  const [wantedBefore, wantedAfter] = range.split('/');
  return (wantedBefore === '*' || wantedBefore === before) && (wantedAfter === '*' || wantedAfter === after);
}

/** Pages of any origin may read the answer. */
export const originHeaders = ({ headers: { origin } }: IncomingMessage): OutgoingHttpHeaders =>
  origin === undefined
    ? {}
    : {
        'access-control-allow-origin': origin,
        vary: 'Origin',
        'access-control-allow-methods': 'GET, POST, OPTIONS',
      };
