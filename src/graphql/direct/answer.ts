/** Answers to shareable operations, written straight from what the offers compute. Whatever isn't plain is left to execution. */
import { GraphQLError, getArgumentValues } from 'graphql';
import { SlotwireError } from '../../errors.ts';
import type { Availability } from '../../offers/query.ts';
import { type AvailabilityQuestion, resolveAvailability } from '../availability.ts';
import type { Context } from '../context.ts';
import { admitWithVariables, type CoercedVariables } from '../cost/guard.ts';
import { isLarge } from '../cost/lanes.ts';
import { limitOf } from '../cost/operation-limits.ts';
import type { SubscriptionArgs } from '../shared-subscription.ts';
import { type AnswerTally, NotWritable } from './object-text.ts';
import { type AnswerPlan, answerPlan, type PlannedAvailability } from './plan.ts';

/**
 * Charges the operation to its caller and takes down in `basis` what the answer is made from, as its execution would. What was
 * found is kept in the context, so that an execution after this one charges and asks nothing again.
 * @param args of an operation that is shareable and valid
 * @returns the bytes that the result of its execution would be written as, JSON; null where execution has to answer, be it with an error
 * @throws SlotwireError RATE_LIMITED
 */
export async function answerDirectly(args: SubscriptionArgs): Promise<Buffer | null> {
  const { schema, document, operationName = null, contextValue: context } = args;
  const variables = await admitOrLeave(args);
  if (!variables || isLarge(context.fields.estimated)) return null;
  const plan = answerPlan({ schema, document, operationName }, variables);
  if (!plan) return null;
  const questions = plan.flatMap((field) => ('node' in field ? [questionOf(field, variables)] : []));
  const asked = questions.filter((question) => question !== null);
  if (asked.length < questions.length) return null;
  const found = await Promise.allSettled(asked.map(({ input }) => resolveAvailability(input, context)));
  context.found = new Map(
    asked.flatMap(({ node }, n) => {
      const outcome = found[n];
      return outcome ? [[node, outcome]] : [];
    }),
  );
  const availabilities = found.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
  return availabilities.length < found.length ? null : writeAnswer(plan, availabilities, context);
}

/** @throws SlotwireError RATE_LIMITED: an execution would charge once more. It refuses by itself whatever else was refused here. */
async function admitOrLeave(args: SubscriptionArgs): Promise<CoercedVariables | null> {
  try {
    return await admitWithVariables(args);
  } catch (error) {
    if (error instanceof SlotwireError && error.code === 'RATE_LIMITED') throw error;
    return null;
  }
}

interface AskedAvailability extends Pick<PlannedAvailability, 'node'> {
  input: AvailabilityQuestion;
}

/** @returns null for a question that others may not be given the answer to, and for what is none */
function questionOf(
  { field, node }: PlannedAvailability,
  variables: CoercedVariables,
): AskedAvailability | null {
  const { input } = getArgumentValues(field, node, variables);
  if (typeof input !== 'object' || input === null) return null;
  const { eventType, from, to, consistency, maxAge = null, rescheduling = null }: Fields = { ...input };
  const isPlain = consistency === 'CACHED' && maxAge === null && rescheduling === null;
  if (!isPlain || typeof eventType !== 'string' || typeof from !== 'number' || typeof to !== 'number')
    return null;
  return { node, input: { eventType, from, to, consistency, maxAge, rescheduling } };
}

type Fields = Partial<Record<keyof AvailabilityQuestion, unknown>>;

function writeAnswer(
  plan: AnswerPlan,
  availabilities: readonly Availability[],
  { viewer, services, fields }: Context,
): Buffer | null {
  const most = limitOf(services.limits.answer, viewer);
  const tally: AnswerTally = { fields: 0, left: most };
  let text = '{"data":{';
  let next = 0;
  try {
    for (const [n, field] of plan.entries()) {
      text += `${n > 0 ? ',' : ''}${field.key}`;
      if ('text' in field) text += field.text;
      else {
        const availability = availabilities[next++];
        if (!availability) return null;
        text += field.write(availability, tally);
      }
    }
  } catch (error) {
    const isLeft = [NotWritable, GraphQLError, RangeError].some((known) => error instanceof known);
    if (isLeft) return null;
    throw error;
  }
  const bytes = Buffer.from(`${text}}}`);
  return bytes.length <= most && fields.take(tally.fields) ? bytes : null;
}
