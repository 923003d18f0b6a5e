import { execute as executeInParts } from '@graphql-tools/executor';
import { type DocumentNode, type ExecutionResult, execute, GraphQLError, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { rateLimited } from '../../../src/errors.ts';
import { isShareableOperation } from '../../../src/graphql/answer-basis.ts';
import { ANONYMOUS, createContext } from '../../../src/graphql/context.ts';
import { createFieldBudget } from '../../../src/graphql/cost/field-budget.ts';
import { admitOperation, withinAnswerMax } from '../../../src/graphql/cost/guard.ts';
import { answerDirectly } from '../../../src/graphql/direct/answer.ts';
import { schema } from '../../../src/graphql/schema.ts';
import type { AvailabilityRequest } from '../../../src/offers/query.ts';
import { seedOf } from '../../harness/numbers.ts';
import { type Random, randomFrom } from '../../ical/fuzz.fixture.ts';
import { type RandomOperation, randomAvailability, randomOperation } from './documents.fixture.ts';
import { type AnswerWorld, servicesOf } from './services.fixture.ts';

const SEED = seedOf('ANSWER_SEED', 1);
/** 5,000 make the full run. */
const DOCUMENTS = Number(process.env.ANSWER_RUNS ?? 300);

const mask = (error: unknown) =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError(error instanceof Error ? error.message : 'unknown');

function randomWorld(random: Random): AnswerWorld {
  const isLong = random.below(6) === 0;
  return {
    isLong,
    answers: new Map(
      ['et_1', 'et_2', 'et_3'].map((id) => [id, randomAvailability(random, isLong ? 900 : 200)]),
    ),
    cost: random.below(12) === 0 ? random.of([2_000, 300]) : 1_000_000,
    most: random.below(12) === 0 ? random.of([30_000, 2_000]) : 32_000_000,
    isLimited: random.below(40) === 0,
    interval: random.of([1_800_000, 3_600_000, 86_400_000, random.below(5) === 0 ? 60_000 : 7_200_000]),
  };
}

/** One side of the comparison: an operation in a world, and what it came to. */
function open(world: AnswerWorld, document: DocumentNode, { operationName, variables }: RandomOperation) {
  const asked: AvailabilityRequest[] = [];
  const charged: number[] = [];
  const budget = createFieldBudget(world.cost);
  const context = createContext(
    ANONYMOUS,
    servicesOf(world, (request) => asked.push(request)),
    {
      fields: budget,
      charge: async (cost) => {
        charged.push(cost);
        if (world.isLimited) throw rateLimited(1_000);
      },
    },
  );
  const args = { schema, document, operationName, variableValues: variables, contextValue: context };
  return { args, asked, charged, budget };
}

type Side = ReturnType<typeof open>;

/** As the gateway executes it, by graphql-js where that can. */
async function executed({ args }: Side, { isLong }: AnswerWorld): Promise<ExecutionResult> {
  try {
    await admitOperation(args);
  } catch (error) {
    return { errors: [mask(error)] };
  }
  const result = await (isLong ? executeInParts(args) : execute(args));
  if ('initialResult' in result) return expect.fail('came in parts');
  return withinAnswerMax(result, args.contextValue, mask);
}

async function direct(side: Side): Promise<Buffer | ExecutionResult | null> {
  try {
    return await answerDirectly(side.args);
  } catch (error) {
    return { errors: [mask(error)] };
  }
}

function drawValid(random: Random): { operation: RandomOperation; document: DocumentNode } {
  for (;;) {
    const operation = randomOperation(random);
    const document = parse(operation.query);
    if (validate(schema, document).length === 0) return { operation, document };
  }
}

it('An answer that is written directly is to the byte what the execution of its document gives', {
  timeout: 1_800_000,
}, async () => {
  let [written, left, failed] = [0, 0, 0];
  for (let run = 0; run < DOCUMENTS; run++) {
    const random = randomFrom(SEED * 1_000_003 + run);
    const { operation, document } = drawValid(random);
    expect(isShareableOperation(document, operation.operationName)).toBe(true);
    // The same document again, whose plan is known then, with other values of its variables.
    for (const again of [false, true]) {
      const world = randomWorld(random);
      const asked = again
        ? { ...operation, variables: { ...operation.variables, no: random.below(2) === 0 } }
        : operation;
      const [theirs, ours] = [open(world, document, asked), open(world, document, asked)];
      const expected = await executed(theirs, world);
      const bytes = await direct(ours);
      const where = `run ${run} of seed ${SEED}: ${operation.query} ${JSON.stringify(asked.variables)}`;
      if (Buffer.isBuffer(bytes)) {
        expect(bytes.toString(), where).toBe(Buffer.from(JSON.stringify(expected)).toString());
        written++;
      } else {
        // What was left to execution has the same result after that, and charges and asks nothing twice.
        const after = bytes ?? (await executed(ours, world));
        expect(JSON.stringify(after), where).toBe(JSON.stringify(expected));
        if (expected.errors) failed++;
        else left++;
      }
      expect(ours.charged, where).toEqual(theirs.charged);
      expect(ours.asked, where).toEqual(theirs.asked);
      if (!expected.errors) expect(ours.budget.counted, where).toBe(theirs.budget.counted);
    }
  }
  console.info(`${written} written, ${left} left to execution, ${failed} with errors`);
  expect(written).toBeGreaterThan(DOCUMENTS);
  expect(left).toBeLessThan(DOCUMENTS / 2);
  expect(failed).toBeGreaterThan(DOCUMENTS / 20);
});
