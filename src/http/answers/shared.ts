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

/** Charges the caller as for an execution of its own. Never rejects nor throws; a kept answer is there at once. */
export type ObtainAnswer = (
  question: SharedQuestion,
  caller: OperationCaller,
) => Obtained | Promise<Obtained>;

export function createSharedAnswers({ operations, table, mask }: SharedAnswersDeps): ObtainAnswer {
  const refuse = (error: unknown): Obtained => ({ executed: { errors: [mask(error)] } });

  async function obtainKept(
    kept: SharedAnswer,
    charged: Promise<void>,
    question: SharedQuestion,
    caller: OperationCaller,
  ): Promise<Obtained> {
    try {
      await charged;
      if (table.holds(question.text, kept)) return { source: 'kept', answer: kept };
      return await prepareAndCompute(question, caller, kept.cost);
    } catch (error) {
      return refuse(error);
    }
  }

  async function obtainNew(question: SharedQuestion, caller: OperationCaller): Promise<Obtained> {
    try {
      const underWay = table.underWay(question.text);
      const shared = underWay ? await underWay : null;
      if (!shared) return await prepareAndCompute(question, caller, null);
      await caller.charge(shared.cost);
      return { source: 'shared', answer: shared };
    } catch (error) {
      return refuse(error);
    }
  }

  /** @param charged what the caller was charged for it already; null: nothing. @throws what the execution throws */
  async function prepareAndCompute(
    question: SharedQuestion,
    caller: OperationCaller,
    charged: number | null,
  ): Promise<Obtained> {
    const params = question.params();
    const prepared = params && operations.prepare(params, caller);
    if (!prepared || 'errors' in prepared) return null;
    const { document, operationName = null, contextValue } = prepared.args;
    if (!isShareableOperation(document, operationName)) return null;
    if (charged !== null) Object.assign(contextValue.fields, { isAdmitted: true, estimated: charged });
    return compute(question, prepared);
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

  return (question, caller) => {
    const kept = table.find(question.text);
    if (!kept) return obtainNew(question, caller);
    try {
      const charged = caller.charge(kept.cost);
      return charged ? obtainKept(kept, charged, question, caller) : { source: 'kept', answer: kept };
    } catch (error) {
      return refuse(error);
    }
  };
}
