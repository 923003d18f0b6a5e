/** Answers the public's questions about availability: from the answers of the last second, else by executing them past Yoga. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { createAnswerBasis, isShareableOperation } from '../../graphql/answer-basis.ts';
import type { MaskError } from '../../graphql/shared-subscription.ts';
import type { Metrics } from '../../metrics.ts';
import { chargeTo } from '../admission.ts';
import type { AddressLimits } from '../limits.ts';
import { acceptsEventStream } from '../streams/event-params.ts';
import type { AdmittedRequest } from '../streams/event-streams.ts';
import type { OperationCaller, Operations, Prepared } from '../streams/operations.ts';
import { answerType, originHeaders, paramsOf, requestText } from './request.ts';
import type { AnswerTable, SharedAnswer } from './table.ts';

/** The fate of a request: answered, or left to Yoga, with the result when it was executed already. */
export type AnswerOutcome = 'answered' | { executed?: ExecutionResult };

export interface SharedAnswersDeps {
  operations: Pick<Operations, 'prepare'>;
  table: AnswerTable;
  limits: Pick<AddressLimits, 'countCost'>;
  mask: MaskError;
  metrics: Pick<Metrics, 'answers'>;
}

/** Answers a request that was admitted, unless its answer is its caller's alone. Never rejects. */
export type AnswerShared = (
  request: IncomingMessage,
  response: ServerResponse,
  admitted: AdmittedRequest,
) => Promise<AnswerOutcome>;

/** An answer that was made before, or the cost that its caller was charged although it no longer holds. */
type Found = { source: 'kept' | 'shared'; answer: SharedAnswer } | { charged: number };

export function createSharedAnswers({
  operations,
  table,
  limits,
  mask,
  metrics,
}: SharedAnswersDeps): AnswerShared {
  const counters = {
    kept: metrics.answers.labels('kept'),
    shared: metrics.answers.labels('shared'),
    computed: metrics.answers.labels('computed'),
  };

  /** @returns null without one. @throws SlotwireError RATE_LIMITED */
  async function find(text: string, { charge }: OperationCaller): Promise<Found | null> {
    const kept = table.find(text);
    if (kept) {
      await charge(kept.cost);
      return table.holds(text, kept) ? { source: 'kept', answer: kept } : { charged: kept.cost };
    }
    const shared = await table.underWay(text);
    if (!shared) return null;
    await charge(shared.cost);
    return { source: 'shared', answer: shared };
  }

  /** @returns the answer, or the result of an execution with errors. @throws what the execution throws */
  async function compute(text: string, { args, execute }: Prepared): Promise<Buffer | ExecutionResult> {
    const { contextValue } = args;
    let outcome: Buffer | ExecutionResult = {};
    await table.compute(text, async (giveUp) => {
      const basis = createAnswerBasis(giveUp);
      contextValue.basis = basis;
      const result = await execute(args);
      outcome = result;
      if (result.errors || !result.data) return null;
      const bytes = Buffer.from(JSON.stringify(result));
      outcome = bytes;
      const sources = basis.result();
      return sources && { bytes, cost: contextValue.fields.estimated, sources };
    });
    return outcome;
  }

  return async (request, response, { body, admission: { viewer, address } }) => {
    if (viewer?.kind !== 'ANONYMOUS' || !body || acceptsEventStream(request)) return {};
    const type = answerType(request.headers.accept);
    const text = requestText(request, body);
    if (type === null || text === null) return {};
    const send = (source: keyof typeof counters, bytes: Buffer) => {
      counters[source].inc();
      response.writeHead(200, {
        ...originHeaders(request),
        'content-type': `${type}; charset=utf-8`,
        'content-length': bytes.length,
      });
      response.end(bytes);
      return 'answered' as const;
    };
    try {
      const caller = { viewer, charge: chargeTo(limits, viewer, address) };
      const found = await find(text, caller);
      if (found && 'answer' in found) return send(found.source, found.answer.bytes);
      const params = paramsOf(body);
      const prepared = params && operations.prepare(params, caller);
      if (!prepared || 'errors' in prepared) return {};
      const { document, operationName = null, contextValue } = prepared.args;
      if (!isShareableOperation(document, operationName)) return {};
      if (found) Object.assign(contextValue.fields, { isAdmitted: true, estimated: found.charged });
      const computed = await compute(text, prepared);
      return Buffer.isBuffer(computed) ? send('computed', computed) : { executed: computed };
    } catch (error) {
      return { executed: { errors: [mask(error)] } };
    }
  };
}
