/** Answers to shareable operations, written straight from what the offers compute. Whatever isn't plain is left to execution. */
import { getArgumentValues } from 'graphql';
import { SlotwireError } from '../../errors.ts';
import type { Availability } from '../../offers/query.ts';
import { type AvailabilityQuestion, resolveAvailability } from '../availability.ts';
import type { Context } from '../context.ts';
import { admitWithVariables, type CoercedVariables } from '../cost/guard.ts';
import { isLarge } from '../cost/lanes.ts';
import { type ListScope, offerScope } from '../cost/list-sizes.ts';
import { limitOf } from '../cost/operation-limits.ts';
import type { SubscriptionArgs } from '../shared-subscription.ts';
import { type AnswerTally, isUnwritable, PIECE } from './object-text.ts';
import {
  type AnswerPlan,
  answerPlan,
  knownAnswerPlan,
  type PlannedAvailability,
  type PlannedOperation,
} from './plan.ts';
import { SLOTS_MAX } from './slots-text.ts';

/** Starts of all hosts together that are looked for, and bytes of slots that are written, of an answer that has as many fields as a large one. */
const STARTS_MAX = 100_000;
const TEXT_MAX = 4 * 1024 * 1024;

/**
 * Charges the operation to its caller and takes down in `basis` what the answer is made from, as its execution would. What was
 * found is kept in the context, so that an execution after this one charges and asks nothing again.
 * @param args of an operation that is shareable and valid
 * @returns the bytes that the result of its execution would be written as, JSON; null where execution has to answer, be it with an error
 * @throws SlotwireError RATE_LIMITED
 */
export async function answerDirectly(args: SubscriptionArgs): Promise<Buffer | null> {
  const { schema, document, operationName = null, contextValue: context } = args;
  const planned = { schema, document, operationName };
  const variables = await admitOrLeave(args, planned);
  if (!variables) return null;
  const plan = answerPlan(planned, variables);
  if (!plan) return null;
  const inputs = plan.asked.map((field) => inputOf(field, variables));
  if (isLarge(context.fields.estimated) && !isSoonMade(plan, inputs, context)) return null;
  const questions = inputs.map(questionOf);
  const asked = questions.filter((question) => question !== null);
  if (asked.length < questions.length) return null;
  const found = await Promise.allSettled(
    asked.map((input, n) => resolveAvailability(input, plan.asked[n]?.nextAvailable ?? false, context)),
  );
  context.found = new Map(
    plan.asked.flatMap(({ node }, n) => {
      const outcome = found[n];
      return outcome ? [[node, outcome]] : [];
    }),
  );
  const availabilities = found.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
  return availabilities.length < found.length ? null : writeAnswer(plan, availabilities, context);
}

const inputOf = ({ field, node }: PlannedAvailability, variables: CoercedVariables): unknown =>
  getArgumentValues(field, node, variables).input;

/**
 * Many fields can be few slots, with all the hosts of a team in each: they are found and written sooner than other work would have its
 * turn. What takes longer waits for its turn, and is executed.
 */
function isSoonMade({ asked }: AnswerPlan, inputs: readonly unknown[], context: Context): boolean {
  const scopes = scopesOf(inputs, context);
  if (!scopes || asked.some(({ nextAvailable }) => nextAvailable)) return false;
  let [slots, starts] = [0, 0];
  for (const scope of scopes) {
    slots += scope.slots ?? 0;
    starts += (scope.slots ?? 0) * (scope.hosts ?? 0);
  }
  return slots <= SLOTS_MAX && starts <= STARTS_MAX;
}

/** By which a plan knows what it costs; undefined where it takes a read to tell. */
const sizesOf = (inputs: readonly unknown[], context: Context): string | undefined =>
  scopesOf(inputs, context)
    ?.map(({ slots, hosts, seeks }) => `${slots}/${hosts}/${seeks}`)
    .join();

/** What is known of the answers' lists; undefined where it takes a read to tell. */
function scopesOf(inputs: readonly unknown[], { services }: Context): ListScope[] | undefined {
  let isKnown = true;
  const scopes = inputs.map((input) =>
    offerScope(input, (id) => {
      const size = services.offers.eventTypeSize(id);
      if (!(size instanceof Promise)) return size;
      isKnown = false;
      // It is looked up once more where it is needed.
      size.catch(() => {});
      return undefined;
    }),
  );
  return isKnown ? scopes : undefined;
}

/** @throws SlotwireError RATE_LIMITED: an execution would charge once more. It refuses by itself whatever else was refused here. */
async function admitOrLeave(
  args: SubscriptionArgs,
  planned: PlannedOperation,
): Promise<CoercedVariables | null> {
  const { contextValue: context } = args;
  let remember = () => {};
  /** An estimate that follows looks at the same sizes, as nothing is waited for in between. */
  const knownCost = (variables: CoercedVariables) => {
    const plan = knownAnswerPlan(planned, variables);
    const inputs = plan?.asked.map((field) => inputOf(field, variables));
    const sizes = inputs && sizesOf(inputs, context);
    if (!plan || sizes === undefined) return undefined;
    const cost = plan.costs.get(sizes);
    if (cost === undefined) remember = () => void plan.costs.set(sizes, context.fields.estimated);
    return cost;
  };
  try {
    const variables = await admitWithVariables(args, knownCost);
    remember();
    return variables;
  } catch (error) {
    if (error instanceof SlotwireError && error.code === 'RATE_LIMITED') throw error;
    return null;
  }
}

/** @returns null for a question that others may not be given the answer to, and for what is none */
function questionOf(input: unknown): AvailabilityQuestion | null {
  if (typeof input !== 'object' || input === null) return null;
  const {
    eventType,
    from,
    to,
    consistency,
    maxAge = null,
    length = null,
    rescheduling = null,
  }: Fields = {
    ...input,
  };
  const isPlain = consistency === 'CACHED' && maxAge === null && rescheduling === null;
  if (!isPlain || typeof eventType !== 'string' || typeof from !== 'number' || typeof to !== 'number')
    return null;
  if (length !== null && typeof length !== 'number') return null;
  return { eventType, from, to, consistency, maxAge, length, rescheduling };
}

type Fields = Partial<Record<keyof AvailabilityQuestion, unknown>>;

function writeAnswer(
  plan: AnswerPlan,
  availabilities: readonly Availability[],
  { viewer, services, fields }: Context,
): Buffer | null {
  const most = limitOf(services.limits.answer, viewer);
  const tally: AnswerTally = { fields: 0, left: Math.min(most, TEXT_MAX), pieces: [] };
  let text = '{"data":{';
  let next = 0;
  try {
    for (const [n, field] of plan.fields.entries()) {
      text += `${n > 0 ? ',' : ''}${field.key}`;
      if ('text' in field) text += field.text;
      else {
        const availability = availabilities[next++];
        if (!availability) return null;
        text += field.write(availability, tally);
      }
    }
  } catch (error) {
    if (isUnwritable(error)) return null;
    throw error;
  }
  const bytes = join(`${text}}}`, tally.pieces);
  return bytes.length <= most && fields.take(tally.fields) ? bytes : null;
}

/** The bytes of an answer whose text has places for its pieces. */
function join(text: string, pieces: readonly Buffer[]): Buffer {
  const between = text.split(PIECE);
  return Buffer.concat(between.flatMap((part, n) => [Buffer.from(part), ...pieces.slice(n, n + 1)]));
}
