/** Random operations about availability, as a client of the public could send them, and random availabilities to answer them with. */
import type { Basis, Issue, IssueCode } from '../../../src/calendars/source.ts';
import type { Availability, PublicHost, SlotList } from '../../../src/offers/query.ts';
import type { Random } from '../../ical/fuzz.fixture.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;

/** The fields of each type: those with a type of their own have a selection. */
const TYPES = {
  Availability: {
    ...{ slots: 'Slot', computedAt: null, etag: null, complete: null },
    ...{ freshness: 'Freshness', issues: 'AvailabilityIssue', nextAvailable: null },
  },
  Slot: { start: null, end: null, hosts: 'PublicHost', seatsLeft: null },
  PublicHost: { id: null, name: null, slug: null },
  Freshness: { provenAsOf: null, bound: null, sources: 'SourceFreshness' },
  SourceFreshness: {
    ...{ host: null, calendar: null, provenAsOf: null, basis: null, coveredFrom: null, coveredTo: null },
  },
  AvailabilityIssue: { code: null, host: null, calendar: null, message: null },
} as const satisfies Record<string, Record<string, string | null>>;
type TypeName = keyof typeof TYPES;

const isTypeName = (name: string | null | undefined): name is TypeName =>
  typeof name === 'string' && name in TYPES;

/** Keys that objects have of themselves, beside those that a client would choose. */
const ALIASES = ['a', 'b', 'toJSON', 'constructor', 'hasOwnProperty', '__x', 'length', '__proto__'];

export interface RandomOperation {
  query: string;
  operationName: string | null;
  variables: Record<string, unknown>;
}

/** Valid in most cases. */
export function randomOperation(random: Random): RandomOperation {
  const fragments: { name: string; type: TypeName | 'Query'; text: string }[] = [];
  let aliases = 6;
  let left = 80;

  function directive(): string {
    if (random.below(8) > 0) return '';
    const one = () =>
      `@${random.of(['skip', 'include'])}(if: ${random.of(['true', 'false', '$yes', '$no', '$maybe'])})`;
    return ` ${one()}${random.below(6) === 0 ? ` ${one()}` : ''}`.replace(/(@\w+)(.*) \1.*/, '$1$2');
  }

  function field(type: TypeName, depth: number): string {
    const fields: Record<string, string | null> = TYPES[type];
    const name = random.below(10) === 0 ? '__typename' : random.of(Object.keys(fields));
    const returned = fields[name];
    const isAliased = aliases > 0 && random.below(12) === 0;
    if (isAliased) aliases--;
    // Mostly one that says the field, as two fields of one key are refused.
    const alias = isAliased
      ? `${random.below(5) === 0 ? random.of(ALIASES) : `${name}_${random.below(2)}`}: `
      : '';
    return `${alias}${name}${directive()}${isTypeName(returned) ? ` ${selection(returned, depth + 1)}` : ''}`;
  }

  function selection(type: TypeName, depth: number): string {
    const parts: string[] = [];
    for (let n = 1 + random.below(depth > 3 ? 3 : 7); n > 0 && left > 0; n--) {
      left--;
      const kind = random.below(12);
      if (kind > 2 || depth > 6) parts.push(field(type, depth));
      else if (kind === 0)
        parts.push(`...${random.of(['', ` on ${type}`])}${directive()} ${selection(type, depth + 1)}`);
      else parts.push(spread(type, () => selection(type, depth + 1)));
    }
    return `{ ${parts.join(random.of([' ', ', ', '\n'])) || '__typename'} }`;
  }

  /** A fragment that there is, for the most part: spread again, and in other places. */
  function spread(type: TypeName | 'Query', make: () => string): string {
    const known = fragments.filter((fragment) => fragment.type === type);
    if (known.length > 0 && random.below(2) === 0) return `...${random.of(known).name}${directive()}`;
    // It is known once it is written, so that fragments never go in a circle.
    const text = make();
    const name = `F${fragments.length}`;
    fragments.push({ name, type, text: `fragment ${name} on ${type} ${text}` });
    return `...${name}${directive()}`;
  }

  const inputs: Record<string, unknown> = {};
  function argument(n: number): string {
    const from = Date.UTC(2050, 0, 1 + random.below(400)) + random.below(2) * random.below(DAY);
    const to =
      from +
      random.of([1, 1, 7, 7, 7, 14, 14, 14, 14, 31, 31, 62, 62, 62, random.below(3) === 0 ? -1 : 62]) * DAY;
    const eventType = random.of(['et_1', 'et_1', 'et_2', random.below(5) === 0 ? 'et_gone' : 'et_3']);
    const input: Record<string, unknown> = {
      ...{ eventType, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
      ...(random.below(12) === 0 ? { consistency: random.of(['CACHED', 'CACHED', 'STRICT', null]) } : {}),
      ...(random.below(20) === 0 ? { maxAge: random.of([null, 'PT1M']) } : {}),
      ...(random.below(20) === 0 ? { rescheduling: null } : {}),
      ...(random.below(40) === 0 ? { from: random.of([null, 'soon', 7, '2050-02-30T00:00:00Z']) } : {}),
    };
    if (random.below(2) === 0) {
      inputs[`input${n}`] = input;
      return `$input${n}`;
    }
    const isPart = random.below(3) === 0;
    if (isPart) inputs[`from${n}`] = input.from;
    const literal = Object.entries(input).map(([name, value]) => {
      if (name === 'from' && isPart) return `from: $from${n}`;
      return `${name}: ${name === 'consistency' ? value : JSON.stringify(value)}`;
    });
    return `{ ${literal.join(', ')} }`;
  }

  const main = argument(0);
  const other = random.below(4) === 0 ? argument(1) : null;
  /** A field of one key has the same arguments everywhere. */
  const availability = (): string => {
    const isOther = other !== null && random.below(2) === 0;
    const alias = isOther ? 'other: ' : random.below(6) === 0 ? 'first: ' : '';
    return `${alias}availability(input: ${isOther ? other : main})${directive()} ${selection('Availability', 1)}`;
  };
  function root(depth: number): string {
    const parts: string[] = [];
    for (let n = 1 + random.below(3) * random.below(2); n > 0; n--) {
      const kind = random.below(10);
      if (kind === 0) parts.push(`__typename${directive()}`);
      else if (kind === 1 && depth < 3) parts.push(`... on Query${directive()} ${root(depth + 1)}`);
      else if (kind === 2 && depth < 3) parts.push(spread('Query', () => root(depth + 1)));
      else parts.push(availability());
    }
    return `{ ${parts.join(' ')} }`;
  }

  const body = root(0);
  const texts = [body, ...fragments.map(({ text }) => text)].join('\n');
  const isUsed = (name: string) => new RegExp(`\\$${name}\\b`).test(texts);
  const types: Record<string, string> = { yes: 'Boolean! = true', no: 'Boolean!', maybe: 'Boolean = true' };
  for (const name of Object.keys(inputs))
    types[name] = name.startsWith('from') ? 'DateTime!' : 'AvailabilityInput!';
  const declared = Object.entries(types).flatMap(([name, type]) =>
    isUsed(name) ? [`$${name}: ${type}`] : [],
  );
  const variables: Record<string, unknown> = { ...inputs };
  if (random.below(40) > 0) variables.no = random.below(2) === 0;
  if (random.below(3) === 0) variables.yes = random.of([true, false, false, null]);
  if (random.below(3) === 0) variables.maybe = random.of([true, false, false, null]);
  const operation = `query Q${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${body}`;
  const isNamed = random.below(2) === 0;
  const beside = isNamed && random.below(3) === 0 ? 'query Beside { __typename }\n' : '';
  return {
    query: `${beside}${operation}\n${fragments.map(({ text }) => text).join('\n')}`,
    operationName: isNamed ? 'Q' : null,
    variables,
  };
}

const NAMES = [
  'Ada',
  'Bob "the" Builder',
  'Zoë',
  '山田 太郎',
  'a\u2028b',
  'tab\tand \\',
  '😀',
  '\ud800 alone',
  '',
];
const CODES: readonly IssueCode[] = ['SOURCE_STALE', 'SOURCE_PARTIAL', 'NO_CALENDARS', 'OUTSIDE_COVERAGE'];
const BASES: readonly Basis[] = ['NEVER', 'POLL', 'NOTIFICATION', 'STRICT', 'NATIVE'];

/** One whose answer holds what can't be written, once in a while. @param slotsMax the most slots that it has */
export function randomAvailability(random: Random, slotsMax: number): Availability {
  const isOdd = random.below(15) === 0;
  const at = () => Date.UTC(2050, 0, 1) + random.below(100 * DAY);
  const atOrNull = () => (random.below(3) === 0 ? null : at());
  const hosts = Array.from({ length: 1 + random.below(5) }, (_, n): PublicHost => {
    return { id: `host_${n}`, name: random.of(NAMES), slug: `host-${n}` };
  });
  const sources = hosts.flatMap(({ id }) =>
    Array.from({ length: random.below(3) }, (_, n) => ({
      ...{ host: id, calendar: `cal_${n}`, basis: random.of(BASES) },
      ...{ provenAsOf: atOrNull(), coveredFrom: atOrNull(), coveredTo: atOrNull() },
    })),
  );
  const issues = Array.from({ length: random.below(2) * random.below(5) }, (): Issue => {
    const calendar = random.below(2) === 0 ? null : 'cal_1';
    return { code: random.of(CODES), host: random.of([null, 'host_1']), calendar, message: random.of(NAMES) };
  });
  const computedAt = isOdd && random.below(3) === 0 ? Number.NaN : at();
  return {
    slots: randomSlots(random, hosts, { isOdd, slotsMax }),
    ...{ computedAt, etag: `etag-${random.below(1_000)}`, complete: random.below(2) === 0 },
    nextAvailable: atOrNull(),
    freshness: { provenAsOf: atOrNull(), sources },
    ...{ issues, changesAt: null, dependencies: new Map(), dependencySpan: { from: 0, to: 1 } },
  };
}

function randomSlots(
  random: Random,
  hosts: readonly PublicHost[],
  { isOdd, slotsMax }: { isOdd: boolean; slotsMax: number },
): SlotList {
  const count = random.of([0, 1, 2, 7, 30, 182, slotsMax]);
  const isRoundRobin = random.below(2) === 0;
  const teams = Array.from({ length: isRoundRobin ? 1 + random.below(6) : 1 }, () =>
    isRoundRobin ? hosts.filter(() => random.below(2) === 0) : hosts,
  );
  const step = random.of([MINUTE, 15 * MINUTE, 30 * MINUTE, 7 * 3_600_000, 1_234_567]);
  const first = random.of([
    ...[Date.UTC(2050, 0, 1, 9), Date.UTC(2050, 0, 1, 23, 45), Date.UTC(2050, 5, 1) + random.below(DAY)],
    ...(isOdd ? [-DAY * 400, Date.UTC(10_000, 0, 1) - DAY, 8.64e15 - 10 * step] : []),
  ]);
  return {
    starts: Float64Array.from({ length: count }, (_, i) => first + i * step),
    length: random.of([15 * MINUTE, 30 * MINUTE, 90 * MINUTE, 36 * 3_600_000]),
    seats: Uint32Array.from({ length: count }, () =>
      isOdd && random.below(50) === 0 ? 2 ** 31 : random.below(12),
    ),
    teamOf: Uint32Array.from({ length: count }, () => random.below(teams.length)),
    teams: count > 0 ? teams : [],
  };
}
