/** Shared answers over HTTP: as Yoga would write them, and by GET with what caches need. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { rateLimited } from '../../errors.ts';
import type { Viewer } from '../../graphql/context.ts';
import type { MaskError } from '../../graphql/shared-subscription.ts';
import type { Metrics } from '../../metrics.ts';
import { type Clock, SECOND } from '../../time/clock.ts';
import { chargeTo } from '../admission.ts';
import type { AddressLimits } from '../limits.ts';
import { acceptsEventStream } from '../streams/event-params.ts';
import { isDisconnected } from '../streams/event-stream.ts';
import type { AdmittedRequest } from '../streams/event-streams.ts';
import { createLongPolls, type LongPollDeps } from './long-poll.ts';
import { answerType, type SharedQuestion, sharedQuestion } from './request.ts';
import type { ObtainAnswer, Obtained } from './shared.ts';
import type { SharedAnswer } from './table.ts';

/** Seconds that a cache may give an answer again. */
const MAX_AGE = 1;
/** Seconds after that in which it may give the answer while it asks for the next one. */
const STALE_WHILE_REVALIDATE = 5;

/** The fate of a request: answered, or left to Yoga, with the result when it was executed already. */
export type AnswerOutcome = 'answered' | { executed?: ExecutionResult };

export interface AnswerRouteDeps extends LongPollDeps {
  obtain: ObtainAnswer;
  limits: Pick<AddressLimits, 'countCost' | 'acquireStream'>;
  mask: MaskError;
  clock: Clock;
  metrics: Pick<Metrics, 'answers'>;
}

/** Answers a request that was admitted, unless its answer is its caller's alone: at once where the answer is kept. */
export type AnswerRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  admitted: AdmittedRequest,
) => AnswerOutcome | Promise<AnswerOutcome>;

export function createAnswerRoute({
  obtain,
  limits,
  mask,
  clock,
  metrics,
  ...deps
}: AnswerRouteDeps): AnswerRoute {
  const longPolls = createLongPolls(deps);
  const counters = {
    kept: metrics.answers.labels('kept'),
    shared: metrics.answers.labels('shared'),
    computed: metrics.answers.labels('computed'),
  };

  /** Waits until the answer is not the one that the caller has. */
  async function waitForAnother(
    request: IncomingMessage,
    response: ServerResponse,
    { first, after, address, next }: Waiting,
  ): Promise<{ obtained: Obtained; isNew: boolean }> {
    const release = limits.acquireStream(address);
    if (!release)
      return { obtained: { executed: { errors: [mask(rateLimited(10 * SECOND))] } }, isNew: true };
    const wait = longPolls.open(request, response, release);
    if (!wait) release();
    try {
      let obtained: Obtained = first;
      while (obtained && 'answer' in obtained && isTagged(obtained.answer, after)) {
        const isWaiting = (await wait?.changed(obtained.answer.sources)) ?? false;
        if (!isWaiting && (isDisconnected(request, response) || !wait)) return { obtained, isNew: false };
        // A lost message must not hide a change for longer than this.
        obtained = await next();
        if (!isWaiting) break;
      }
      const isNew = !(obtained && 'answer' in obtained && isTagged(obtained.answer, after));
      return { obtained, isNew };
    } catch (error) {
      return { obtained: { executed: { errors: [mask(error)] } }, isNew: true };
    } finally {
      wait?.end();
    }
  }

  function send(request: IncomingMessage, response: ServerResponse, type: string, answer: SharedAnswer) {
    const { bytes, tag, sources } = answer;
    const headers = { 'content-type': `${type}; charset=utf-8`, 'content-length': bytes.length };
    if (tag === null) response.writeHead(200, { ...originHeaders(request), ...headers }).end(bytes);
    else if (knows(request, tag)) sendUnchanged(response, tag, cacheControl(sources.changesAt, clock));
    else
      response
        .writeHead(200, { ...cacheHeaders(tag, cacheControl(sources.changesAt, clock)), ...headers })
        .end(bytes);
  }

  /** Sends what was obtained at last. */
  function conclude(
    request: IncomingMessage,
    response: ServerResponse,
    type: string,
    obtained: Obtained,
  ): AnswerOutcome {
    if (!obtained) return {};
    if ('executed' in obtained) return obtained;
    counters[obtained.source].inc();
    send(request, response, type, obtained.answer);
    return 'answered';
  }

  function answerQuestion(
    request: IncomingMessage,
    response: ServerResponse,
    { question, type, url, viewer, address }: Asked,
  ): AnswerOutcome | Promise<AnswerOutcome> {
    const obtained = obtain(question, { viewer, charge: chargeTo(limits, viewer, address) });
    const after = afterOf(question, url);

    async function concludeLater(found: Obtained): Promise<AnswerOutcome> {
      if (!found || !('answer' in found) || after === null || !isTagged(found.answer, after))
        return conclude(request, response, type, found);
      // What a change costs to compute is not the doing of those who wait for it.
      const next = async () => obtain(question, { viewer, charge: () => {} });
      const waited = await waitForAnother(request, response, { first: found, after, address, next });
      const { obtained: last, isNew } = waited;
      if (isNew || !last || !('answer' in last)) return conclude(request, response, type, last);
      sendUnchanged(response, last.answer.tag ?? after, 'no-store');
      return 'answered';
    }
    if (obtained instanceof Promise) return obtained.then(concludeLater);
    return after === null ? conclude(request, response, type, obtained) : concludeLater(obtained);
  }

  return (request, response, { url, body, admission: { viewer, address } }) => {
    if (viewer?.kind !== 'ANONYMOUS' || acceptsEventStream(request)) return {};
    const type = answerType(request.headers.accept);
    if (type === null) return {};
    const question = sharedQuestion(request, url, body);
    if (question === null) return {};
    return answerQuestion(request, response, { question, type, url, viewer, address });
  };
}

/** A question that others may be given the answer to. */
interface Asked {
  question: SharedQuestion;
  /** Of the answer. */
  type: string;
  url: URL;
  viewer: Viewer;
  address: string;
}

interface Waiting {
  first: Obtained;
  after: string;
  address: string;
  /** Another answer, or the same. */
  next(): Promise<Obtained>;
}

/** The tag that the caller has, of a request that waits for another one; null: it waits for none. */
const afterOf = ({ isAddress }: SharedQuestion, { searchParams }: URL): string | null =>
  isAddress && searchParams.get('after') ? bareTag(searchParams.get('after') ?? '') : null;

const bareTag = (text: string) =>
  text
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

/** The caller has the answer by its ETag, or by the `etag` of its slots. */
const isTagged = ({ tag, sources: { parts } }: SharedAnswer, after: string) =>
  tag === after || (parts.length === 1 && parts[0]?.availability.etag === after);

const knows = ({ headers }: IncomingMessage, tag: string) =>
  (headers['if-none-match'] ?? '').split(',').some((known) => known.trim() === '*' || bareTag(known) === tag);

/** Until the instant at which time alone changes the answer, no more than that. */
function cacheControl(changesAt: number | null, clock: Clock): string {
  const left = changesAt === null ? Number.POSITIVE_INFINITY : Math.floor((changesAt - clock.now()) / SECOND);
  const stale = Math.min(STALE_WHILE_REVALIDATE, left - MAX_AGE);
  return stale < 0 ? 'no-cache' : `public, max-age=${MAX_AGE}, stale-while-revalidate=${stale}`;
}

/** The same for pages of all origins, so that a cache needs one copy. Weak, as a proxy may compress the answer. */
const cacheHeaders = (tag: string, control: string): OutgoingHttpHeaders => ({
  etag: `W/"${tag}"`,
  'cache-control': control,
  vary: 'accept, authorization',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'etag, retry-after',
});

const sendUnchanged = (response: ServerResponse, tag: string, control: string) =>
  response.writeHead(304, cacheHeaders(tag, control)).end();

/** Pages of any origin may read the answer. */
const originHeaders = ({ headers: { origin } }: IncomingMessage): OutgoingHttpHeaders =>
  origin === undefined
    ? {}
    : {
        'access-control-allow-origin': origin,
        vary: 'Origin',
        'access-control-allow-methods': 'GET, POST, OPTIONS',
      };
