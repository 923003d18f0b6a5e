/**
 * The fields of an answer, counted as its lists come: an estimate that was too low ends in an error, not in an answer
 * without end. Long lists are completed in parts, so that other work gets its turn between them.
 */
import {
  defaultFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { turnOfLoop } from '../../async/event-loop.ts';
import { tooCostly } from '../../errors.ts';
import { LazyList } from './lazy-list.ts';
import { costOfItem } from './operation-cost.ts';

/** Fields of a list that is completed at once. */
const WHOLE_MAX = 2_500;
/** Fields that are completed in a row of a list with more of them. */
const PART = 1_000;

export interface FieldBudget {
  /** As estimated before the operation ran; 0 until then. */
  estimated: number;
  /** Whether the operation was weighed and charged already. */
  isAdmitted: boolean;
  /** Of the items of all lists that came so far. */
  counted: number;
  /** Counts the items of a list. @returns the fields of one of them. @throws SlotwireError TOO_COSTLY */
  spend(length: number, info: GraphQLResolveInfo): number;
  /** Counts the fields of all items of an answer at once. @returns false, and counts nothing, where they are too many */
  take(fields: number): boolean;
}

/** @param most fields */
export function createFieldBudget(most: number): FieldBudget {
  /** By the fields that are merged, which execution collects once for all items of a list: those of one node may be merged with others elsewhere. */
  const costs = new Map<GraphQLResolveInfo['fieldNodes'], number>();
  const budget: FieldBudget = {
    estimated: 0,
    isAdmitted: false,
    counted: 0,
    spend(length, info) {
      const cost = costs.get(info.fieldNodes) ?? costOfItem(info);
      costs.set(info.fieldNodes, cost);
      budget.counted += length * cost;
      if (budget.counted > most)
        throw tooCostly(`The answer has more than ${most} fields: ask for less at once.`);
      return cost;
    },
    take(fields) {
      if (budget.counted + fields > most) return false;
      budget.counted += fields;
      return true;
    },
  };
  return budget;
}

/** Has every list of the schema counted. To be called once, when the schema is made. */
export function countLists(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const bare = isNonNullType(field.type) ? field.type.ofType : field.type;
      if (!isListType(bare) || !isCompositeType(getNamedType(bare))) continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context: { fields?: FieldBudget }, info) => {
        const count = (list: unknown) => {
          const { fields } = context;
          if (!fields || !(Array.isArray(list) || list instanceof LazyList)) return list;
          const cost = fields.spend(list.length, info);
          return list.length * cost > WHOLE_MAX ? inParts(list, cost, fields) : list;
        };
        const result: unknown = resolve(source, args, context, info);
        return result instanceof Promise ? result.then(count) : count(result);
      };
    }
  }
}

/** The items, those of each further part in a turn of the event loop of its own. Lists in them count as they come. */
async function* inParts(list: Iterable<unknown>, cost: number, fields: FieldBudget): AsyncGenerator<unknown> {
  let completed = 0;
  let countedBefore = fields.counted;
  for (const item of list) {
    if (completed + fields.counted - countedBefore >= PART) {
      await turnOfLoop();
      completed = 0;
      countedBefore = fields.counted;
    }
    yield item;
    completed += cost;
  }
}
