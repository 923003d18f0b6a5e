/** Graph's $batch: several requests in one, with responses in any order, each with its own status and headers. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Respond, respondWithFaults } from '../fault-injection.ts';
import type { Faults } from '../faults.ts';
import {
  HttpError,
  jsonResponse,
  parseJsonBody,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../http.ts';
import { apiError } from './errors.ts';

const MAX_REQUESTS = 20;

const batchSchema = z.object({
  requests: z.array(
    z.object({
      id: z.string().min(1),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).default({}),
      dependsOn: z.array(z.string()).default([]),
      body: z.unknown().optional(),
    }),
  ),
});
type BatchRequest = z.infer<typeof batchSchema>['requests'][number];

/** @throws HttpError for the batch as a whole. */
export async function handleBatch(
  faults: Faults,
  respond: Respond,
  request: SimulatedRequest,
): Promise<SimulatedResponse> {
  const { requests } = parseJsonBody(request, batchSchema) ?? { requests: [] };
  const ids = new Set(requests.map(({ id }) => id));
  if (requests.length === 0 || ids.size < requests.length)
    throw invalidBatch('Invalid batch payload format.');
  if (requests.length > MAX_REQUESTS) {
    throw invalidBatch(`Number of batch request steps exceeds the maximum value of ${MAX_REQUESTS}.`);
  }
  const statuses = new Map<string, number>();
  const responses: { id: string }[] = [];
  for (const batchRequest of requests) {
    const dependenciesMet = batchRequest.dependsOn.every((id) => (statuses.get(id) ?? 424) < 400);
    const response = dependenciesMet
      ? await respondTo(batchRequest, request, faults, respond)
      : apiError(424, 'FailedDependency', 'A request that this one depends on has failed.').response;
    statuses.set(batchRequest.id, response.status);
    responses.push(responseOf(batchRequest.id, response));
  }
  // The responses are shuffled, but the same ids come in the same order each time.
  const rank = ({ id }: { id: string }) => createHash('sha256').update(`shuffled ${id}`).digest('hex');
  return jsonResponse(200, { responses: responses.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)) });
}

async function respondTo(
  { method, url, headers, body }: BatchRequest,
  batch: SimulatedRequest,
  faults: Faults,
  respond: Respond,
): Promise<SimulatedResponse> {
  const ownHeaders = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { pathname, searchParams } = new URL(`${batch.url}/microsoft/graph/v1.0/${url.replace(/^\//, '')}`);
  const innerRequest: SimulatedRequest = {
    method,
    path: pathname,
    query: searchParams,
    headers: { authorization: batch.headers.authorization ?? '', ...Object.fromEntries(ownHeaders) },
    body: body === undefined ? '' : JSON.stringify(body),
    url: batch.url,
  };
  if (pathname.endsWith('/$batch')) return invalidBatch('A batch can not hold a batch.').response;
  if (body !== undefined && !innerRequest.headers['content-type']) {
    return invalidBatch('A request with a body needs its content type.').response;
  }
  try {
    const timeout = apiError(504, 'GatewayTimeout', 'The request was not answered.').response;
    return (await respondWithFaults(innerRequest, faults, respond)) ?? timeout;
  } catch (error) {
    if (error instanceof HttpError) return error.response;
    throw error;
  }
}

function responseOf(id: string, { status, headers = {}, body }: SimulatedResponse) {
  const isJson = headers['content-type']?.startsWith('application/json');
  return {
    id,
    status,
    headers,
    ...(body === undefined ? {} : { body: isJson ? (JSON.parse(body) as unknown) : body }),
  };
}

const invalidBatch = (message: string) => apiError(400, 'BadRequest', message);
