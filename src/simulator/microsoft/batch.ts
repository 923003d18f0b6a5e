/** Graph's $batch: several requests in one, answered in any order, each with a status and headers of its own. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Answer, type Exchange, json, Refusal, readBody } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import { type Answering, met } from '../met.ts';
import { refusal } from './errors.ts';

const MOST = 20;

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
type Inner = z.infer<typeof batchSchema>['requests'][number];

/** @throws Refusal of the batch as a whole. */
export async function batch(faults: Faults, answering: Answering, exchange: Exchange): Promise<Answer> {
  const { requests } = readBody(exchange, batchSchema) ?? { requests: [] };
  const ids = new Set(requests.map(({ id }) => id));
  if (requests.length === 0 || ids.size < requests.length) throw faulty('Invalid batch payload format.');
  if (requests.length > MOST) {
    throw faulty(`Number of batch request steps exceeds the maximum value of ${MOST}.`);
  }
  const statuses = new Map<string, number>();
  const responses: { id: string }[] = [];
  for (const request of requests) {
    const stands = request.dependsOn.every((id) => (statuses.get(id) ?? 424) < 400);
    const answer = stands
      ? await answerTo(request, exchange, faults, answering)
      : refusal(424, 'FailedDependency', 'A request that this one depends on has failed.').answer;
    statuses.set(request.id, answer.status);
    responses.push(responseOf(request.id, answer));
  }
  // Shuffled, but the same ids come in the same order each time.
  const rank = ({ id }: { id: string }) => createHash('sha256').update(`shuffled ${id}`).digest('hex');
  return json(200, { responses: responses.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)) });
}

async function answerTo(
  { method, url, headers, body }: Inner,
  outer: Exchange,
  faults: Faults,
  answering: Answering,
): Promise<Answer> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { pathname, searchParams } = new URL(`${outer.url}/microsoft/graph/v1.0/${url.replace(/^\//, '')}`);
  const inner: Exchange = {
    method,
    path: pathname,
    query: searchParams,
    headers: { authorization: outer.headers.authorization ?? '', ...Object.fromEntries(own) },
    body: body === undefined ? '' : JSON.stringify(body),
    url: outer.url,
  };
  if (pathname.endsWith('/$batch')) return faulty('A batch can not hold a batch.').answer;
  if (body !== undefined && !inner.headers['content-type']) {
    return faulty('A request with a body needs its content type.').answer;
  }
  try {
    const cut = refusal(504, 'GatewayTimeout', 'The request was not answered.').answer;
    return (await met(inner, faults, answering)) ?? cut;
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function responseOf(id: string, { status, headers = {}, body }: Answer) {
  const isJson = headers['content-type']?.startsWith('application/json');
  return {
    id,
    status,
    headers,
    ...(body === undefined ? {} : { body: isJson ? (JSON.parse(body) as unknown) : body }),
  };
}

const faulty = (message: string) => refusal(400, 'BadRequest', message);
