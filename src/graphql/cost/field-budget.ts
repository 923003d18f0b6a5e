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
import { tooCostly } from '../../errors.ts';
import { turnOfLoop } from './lanes.ts';
import { costOfItem } from './operation-cost.ts';

/** Lists up to this length are completed at once. */
const WHOLE_MAX = 500;
/** Items of a longer list that are completed in a row. */
const PART = 250;

export interface FieldBudget {
  /** As estimated before the operation ran; 0 until then. */
  estimated: number;
  /** Whether the operation was weighed and charged already. */
  isAdmitted: boolean;
  /** Counts the items of a list. @throws SlotwireError TOO_COSTLY */
  spend(length: number, info: GraphQLResolveInfo): void;
}

/** @param most fields */
export function createFieldBudget(most: number): FieldBudget {
  let left = most;
  const costs = new Map<unknown, number>();
  return {
    estimated: 0,
    isAdmitted: false,
    spend(length, info) {
      const [node] = info.fieldNodes;
      const cost = costs.get(node) ?? costOfItem(info);
      costs.set(node, cost);
      left -= length * cost;
      if (left < 0) throw tooCostly(`The answer has more than ${most} fields: ask for less at once.`);
    },
  };
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
          if (!Array.isArray(list)) return list;
          context.fields?.spend(list.length, info);
          return list.length > WHOLE_MAX ? inParts(list) : list;
        };
        const result: unknown = resolve(source, args, context, info);
        return result instanceof Promise ? result.then(count) : count(result);
      };
    }
  }
}

/** The items, those of each further part in a turn of the event loop of its own. */
async function* inParts(list: readonly unknown[]): AsyncGenerator<unknown> {
  for (let i = 0; i < list.length; i++) {
    if (i > 0 && i % PART === 0) await turnOfLoop();
    yield list[i];
  }
}
