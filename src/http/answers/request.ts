/** Which requests of the public may have the same answer, and what they ask. */
import type { IncomingMessage } from 'node:http';
import { BoundedMap } from '../../async/bounded-map.ts';
import { SlotwireError } from '../../errors.ts';
import { paramsFromUrl } from '../streams/event-params.ts';
import type { OperationParams } from '../streams/operations.ts';

/** A longer request is not looked for among the answers. A page's has 1 KB. Characters. */
const REQUEST_MAX = 16 * 1024;
const JSON_TYPE = 'application/json';
/** In the order in which Yoga tries them: the last that is accepted counts. */
const ANSWER_TYPES = ['application/graphql-response+json', JSON_TYPE];
const PARAMETERS = new Set(['query', 'documentId', 'variables', 'operationName', 'extensions']);
/** One of them is in every request whose answer may be shared. */
const MARKS = ['availability', 'documentId'];

/** A question whose answer may be shared. */
export interface SharedQuestion {
  /** By which equal questions are known. */
  text: string;
  /** @returns null for what is no request, and for what Yoga would refuse */
  params(): OperationParams | null;
  /** The document is named by its identifier in the address: caches may keep the answer. */
  isAddress: boolean;
}

/** @returns null for a request whose answer is not shared */
export function sharedQuestion(
  request: IncomingMessage,
  url: URL,
  body: Buffer | undefined,
): SharedQuestion | null {
  // The answer to a caller who names headers says which ones are allowed.
  if (request.headers['access-control-request-headers'] !== undefined) return null;
  return request.method === 'GET' ? questionOfAddress(url) : questionOfBody(request, body);
}

/** Of the parameters alone that are the operation's, so that those who wait for another answer share it. */
function questionOfAddress(url: URL): SharedQuestion | null {
  const { searchParams } = url;
  if (!searchParams.has('documentId') || searchParams.has('query') || url.search.length > REQUEST_MAX)
    return null;
  const values = [...PARAMETERS].map((name) => searchParams.get(name));
  return { text: `GET ${JSON.stringify(values)}`, params: () => paramsOfAddress(url), isAddress: true };
}

function paramsOfAddress(url: URL): OperationParams | null {
  try {
    const { query, operationName, ...params } = paramsFromUrl(url);
    return { ...params, operationName: operationName || null };
  } catch (error) {
    if (error instanceof SlotwireError) return null;
    throw error;
  }
}

/** Of the body as it came. */
function questionOfBody(
  { method, headers }: IncomingMessage,
  body: Buffer | undefined,
): SharedQuestion | null {
  if (method !== 'POST' || !body || body.length > REQUEST_MAX) return null;
  const type = headers['content-type'] ?? '';
  if (type !== JSON_TYPE && !type.startsWith(`${JSON_TYPE};`)) return null;
  if (!MARKS.some((mark) => body.includes(mark))) return null;
  return { text: body.toString('latin1'), params: () => paramsOfBody(body), isAddress: false };
}

function paramsOfBody(body: Buffer): OperationParams | null {
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

/** Of the headers that were read before: clients send few different ones. */
const types = new BoundedMap<string, string | null>(200);

/** The media type of an answer without errors, chosen as Yoga does. @returns null where none is accepted */
export function answerType(accept: string | undefined): string | null {
  const text = accept || '*/*';
  const known = types.get(text);
  if (known !== undefined) return known;
  const type = readAccept(text);
  types.set(text, type);
  return type;
}

function readAccept(accept: string): string | null {
  for (const range of accept.replace(/\s/g, '').toLowerCase().split(',')) {
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
