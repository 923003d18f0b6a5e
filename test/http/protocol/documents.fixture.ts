/** Random documents from the schema: valid ones of all sizes for the most part, and some that are wrong or ask too much. */
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  OperationTypeNode,
} from 'graphql';
import type { Random } from '../../ical/fuzz.fixture.ts';

/** What a value of a scalar is drawn from: GraphQL literals. */
export interface Vocabulary {
  eventTypes: readonly string[];
  hosts: readonly string[];
  slugs: readonly string[];
}

/** Epoch ms in which windows lie. */
const FIRST_DAY = Date.UTC(2050, 0, 1);
const DAY = 86_400_000;
/** Days; the last two are refused. */
const WINDOWS = [1, 7, 7, 31, 31, 62, 62, 62, 62, 62, 63, -1];
/** What the public may ask: drawn more often than what wants a key. */
const PUBLIC = ['availability', 'availability', 'availability', 'eventType', 'viewer', 'holdSlot', 'booking'];

const KINDS = ['small', 'small', 'deep', 'wide', 'aliased', 'spread', 'huge'] as const;

export type Operation = `${OperationTypeNode}`;

const OPERATIONS: Record<Operation, OperationTypeNode> = {
  query: OperationTypeNode.QUERY,
  mutation: OperationTypeNode.MUTATION,
  subscription: OperationTypeNode.SUBSCRIPTION,
};

/** @returns the text of one document */
export function randomDocument(
  schema: GraphQLSchema,
  random: Random,
  words: Vocabulary,
  operation: Operation,
): string {
  const root = schema.getRootType(OPERATIONS[operation]);
  if (!root) throw new Error(`the schema has no ${operation}`);
  const kind = random.of(KINDS);
  const fragments: string[] = [];
  /** The fields that may still be written: a document that would never end says nothing. */
  let left = { small: 12, deep: 60, wide: 150, aliased: 80, spread: 120, huge: 600 }[kind];
  const depthMax = { small: 4, deep: 14, wide: 5, aliased: 5, spread: 7, huge: 9 }[kind];
  let names = 0;

  function selection(type: GraphQLNamedType, depth: number): string {
    if (isLeafType(type)) return '';
    if (isUnionType(type) || isInterfaceType(type)) {
      const possible = schema.getPossibleTypes(type);
      // Few, as fields of one name in several members may not be of several types.
      const chosen = possible.filter(() => random.below(possible.length) === 0);
      return `{ __typename ${chosen.map((member) => `... on ${member.name} ${fields(member, depth)}`).join(' ')} }`;
    }
    if (!isObjectType(type)) return '';
    if (kind !== 'spread' || random.below(2) === 0) return fields(type, depth);
    const name = `F${++names}`;
    fragments.push(`fragment ${name} on ${type.name} ${fields(type, depth)}`);
    return `{ ...${name} ${random.below(3) === 0 ? `...${name}` : ''} }`;
  }

  function fields(type: GraphQLObjectType, depth: number): string {
    const all = Object.values(type.getFields());
    const most = depth === 0 ? 1 + random.below(2) * random.below(2) : kind === 'small' ? 3 : all.length;
    const written: string[] = [];
    const start = startOf(
      all.map(({ name }) => name),
      depth,
    );
    for (let i = 0; i < most; i++) {
      const field = all[(start + i) % all.length];
      const returned = field && getNamedType(field.type);
      if (!field || !returned || left <= 0 || (depth >= depthMax && !isLeafType(returned))) continue;
      left -= 1;
      for (
        let copy = kind === 'aliased' && random.below(3) === 0 ? 1 + random.below(8) : 1;
        copy > 0;
        copy--
      ) {
        const alias = copy > 1 || random.below(12) === 0 ? `a${++names}: ` : '';
        const directive =
          random.below(20) === 0 ? ` @include(if: ${random.of(['true', 'true', 'false'])})` : '';
        written.push(
          `${alias}${field.name}${args(field.args)}${directive} ${selection(returned, depth + 1)}`,
        );
      }
    }
    if (depth === 0 && operation === 'query' && random.below(10) === 0) written.push(introspection());
    return `{ ${written.join(' ') || '__typename'} }`;
  }

  function startOf(names: readonly string[], depth: number): number {
    const wanted = depth === 0 && random.below(4) > 0 ? names.indexOf(random.of(PUBLIC)) : -1;
    return wanted < 0 ? random.below(names.length) : wanted;
  }

  const introspection = () =>
    random.of([
      '__schema { types { name fields { name type { name ofType { name } } args { name } } } }',
      '__schema { types { fields { type { fields { type { fields { name } } } } } } }',
      '__type(name: "Query") { name description fields { name description } }',
      '__schema { queryType { name } directives { name args { name } } }',
    ]);

  function args(given: readonly GraphQLArgument[]): string {
    const written = given.flatMap(({ name, type }) =>
      isNonNullType(type) || random.below(10) === 0 ? [`${name}: ${value(type, name, 0)}`] : [],
    );
    return written.length > 0 ? `(${written.join(', ')})` : '';
  }

  function value(type: GraphQLInputType, name: string, depth: number): string {
    if (random.below(300) === 0)
      return random.of(['null', '{}', '[]', '-1', '"\\u0000"', '1e400', '[[[[1]]]]', 'true']);
    if (isNonNullType(type)) return value(type.ofType, name, depth);
    if (isListType(type)) {
      const items = random.below(20) === 0 ? 60 : random.below(3);
      return `[${Array.from({ length: items }, () => value(type.ofType, name, depth)).join(', ')}]`;
    }
    if (isInputObjectType(type)) {
      const window = isWindow(Object.keys(type.getFields())) ? windowText() : null;
      const written = Object.values(type.getFields()).flatMap((field) => {
        if (window && (field.name === 'from' || field.name === 'to')) return [];
        if (depth > 4 || !(isNonNullType(field.type) || random.below(12) === 0)) return [];
        return [`${field.name}: ${value(field.type, field.name, depth + 1)}`];
      });
      return `{ ${[...(window ? [window] : []), ...written].join(', ')} }`;
    }
    if (isEnumType(type)) return random.of(type.getValues()).name;
    return scalar(type.name, name);
  }

  function windowText(): string {
    const from = FIRST_DAY + random.below(60) * DAY;
    const to = from + random.of(WINDOWS) * DAY;
    return `from: "${new Date(from).toISOString()}", to: "${new Date(to).toISOString()}"`;
  }

  function scalar(type: string, name: string): string {
    switch (type) {
      case 'Int':
        return String(random.of([0, 1, 50, 200, 201, 100_000, -1, 2 ** 31]));
      case 'Float':
        return '1.5';
      case 'Boolean':
        return random.of(['true', 'false']);
      case 'DateTime':
        return `"${new Date(FIRST_DAY + random.below(90 * 24) * 3_600_000).toISOString()}"`;
      case 'Duration':
        return random.of(['"PT15M"', '"PT1M"', '"P1D"', '"P1Y"']);
      case 'TimeZone':
        return random.of(['"UTC"', '"Europe/Berlin"']);
      case 'ID':
        return JSON.stringify(
          /host/i.test(name)
            ? random.of(words.hosts)
            : random.of([...words.eventTypes, ...words.eventTypes, 'x']),
        );
      case 'EmailAddress':
        return '"ada@example.com"';
      case 'URL':
        return '"https://example.com/"';
      case 'LocalDate':
        return '"2050-01-03"';
      case 'LocalTime':
        return '"09:00"';
      default:
        return JSON.stringify(random.of([...words.slugs, 'x', '🧨'.repeat(20)]));
    }
  }

  const body = `${operation} ${fields(root, 0)} ${fragments.join(' ')}`;
  return random.below(40) === 0 ? damaged(body, random) : body;
}

const isWindow = (names: readonly string[]) => names.includes('from') && names.includes('to');

/** A text that was cut, doubled, or grew brackets. */
function damaged(text: string, random: Random): string {
  const at = random.below(text.length);
  return random.of([
    text.slice(0, at),
    text.slice(0, at) + text,
    text.slice(0, at) +
      random.of(['{', '[', '(', '...', '"', '"""', '$', '\\', '#']).repeat(1 + random.below(5_000)) +
      text.slice(at),
  ]);
}
