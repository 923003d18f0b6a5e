/** The answer to a question of the public: one of the last second, one that is being computed, or a new one, made past Yoga. */
import type { ExecutionResult } from 'graphql';
import { answerTag, createAnswerBasis, isShareableOperation } from '../../graphql/answer-basis.ts';
import { answerText } from '../../graphql/cost/answer-text.ts';
import { answerDirectly } from '../../graphql/direct/answer.ts';
import type { MaskError } from '../../graphql/shared-subscription.ts';
import type { OperationCaller, Operations, Prepared } from '../streams/operations.ts';
import type { SharedQuestion } from './request.ts';
import type { AnswerTable, SharedAnswer } from './table.ts';

export type AnswerSource = 'kept' | 'shared' | 'computed';

/** An answer; or the result of an execution whose answer is its caller's alone; null: nothing was executed. */
export type Obtained = { source: AnswerSource; answer: SharedAnswer } | { executed: ExecutionResult } | null;

export interface SharedAnswersDeps {
  operations: Pick<Operations, 'prepare'>;
  table: AnswerTable;
  mask: MaskError;
}

/** Charges the caller as for an execution of its own. Never rejects. */
export type ObtainAnswer = (question: SharedQuestion, caller: OperationCaller) => Promise<Obtained>;

/** An answer that was made before, or the cost that its caller was charged although it no longer holds. */
type Found = { source: AnswerSource; answer: SharedAnswer } | { charged: number };

export function createSharedAnswers({ operations, table, mask }: SharedAnswersDeps): ObtainAnswer {
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

  /** @throws what the execution throws */
  async function compute(
    { text, isAddress }: SharedQuestion,
    { args, execute }: Prepared,
  ): Promise<Obtained> {
    const { contextValue, document } = args;
    let executed: ExecutionResult = {};
    const answer = await table.compute(text, async (giveUp) => {
      const basis = createAnswerBasis(giveUp);
      contextValue.basis = basis;
      let bytes = await answerDirectly(args);
      if (!bytes) {
        executed = await execute(args);
        if (executed.errors || !executed.data) return null;
        bytes = answerText(executed);
      }
      const sources = basis.result();
      if (!sources) return null;
      const tag = isAddress ? answerTag(text, document, sources) : null;
      return { bytes, cost: contextValue.fields.estimated, sources, tag };
    });
    return answer ? { source: 'computed', answer } : { executed };
  }

  return async (question, caller) => {
    try {
      const found = await find(question.text, caller);
      if (found && 'answer' in found) return found;
      const params = question.params();
      const prepared = params && operations.prepare(params, caller);
      if (!prepared || 'errors' in prepared) return null;
      const { document, operationName = null, contextValue } = prepared.args;
      if (!isShareableOperation(document, operationName)) return null;
      if (found) Object.assign(contextValue.fields, { isAdmitted: true, estimated: found.charged });
      return await compute(question, prepared);
    } catch (error) {
      return { executed: { errors: [mask(error)] } };
    }
  };
}
