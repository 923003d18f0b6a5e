import { execute, parse } from 'graphql';
import { expect, it } from 'vitest';
import { ANONYMOUS, createContext } from '../../../src/graphql/context.ts';
import { isLarge } from '../../../src/graphql/cost/lanes.ts';
import { answerDirectly } from '../../../src/graphql/direct/answer.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { DAY, HOUR, MINUTE } from '../../../src/time/clock.ts';
import { randomFrom } from '../../ical/fuzz.fixture.ts';
import { busy, DAY_ZERO, eventType, host, openDesk, source, sources } from '../../offers/world.fixture.ts';
import { servicesOf } from './services.fixture.ts';

const NAMES = ['Ada', 'Bob "the" Builder', 'Zoë', '山田 太郎', '😀', '\ud800 alone'];
const QUERIES = [
  'availability(input: $input) { etag computedAt slots { start end seatsLeft hosts { id name } } }',
  'first: availability(input: $input) { slots { hosts { slug } start } again: slots { end } } availability(input: $input) { slots { __typename } }',
  'availability(input: $input) { slots { hosts { name name2: name } seatsLeft } complete }',
];

/** Hosts who work from nine to five, each with an hour taken that is another one than the others'. */
function openWorld(hosts: number, interval: number) {
  const ids = Array.from({ length: hosts }, (_, n) => `host_${n + 1}`);
  const people = ids.map((id, n) => {
    const start = DAY_ZERO + DAY + (9 + (n % 8)) * HOUR;
    return sources(host(id, [], NAMES[n % NAMES.length]), source({ busy: busy([start, start + HOUR]) }));
  });
  const { ask } = openDesk(eventType({ scheduling: 'ROUND_ROBIN', interval }, ids), ...people);
  const services = servicesOf({ answers: new Map(), cost: 1_000_000, most: 4_000_000, interval });
  services.offers.availability = ask;
  services.offers.eventTypeSize = () => ({ interval, hosts, horizon: null });
  return (query: string, from: number, to: number) => {
    const contextValue = createContext(ANONYMOUS, services);
    const input = { eventType: 'et_1', from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const document = parse(`query ($input: AvailabilityInput!) { ${query} }`);
    return { schema, document, variableValues: { input }, contextValue };
  };
}

it('Slots that are cut out of a text are to the byte what the execution gives, in windows of all kinds', async () => {
  const ask = openWorld(5, HOUR);
  const random = randomFrom(1);
  for (let n = 0; n < 60; n++) {
    const from = DAY_ZERO + random.below(4 * DAY);
    const to = from + 1 + random.below(random.of([HOUR, DAY, 8 * DAY]));
    for (const query of QUERIES) {
      const [ours, theirs] = [ask(query, from, to), ask(query, from, to)];
      const bytes = await answerDirectly(ours);
      expect(bytes?.toString()).toBe(Buffer.from(JSON.stringify(await execute(theirs))).toString());
      expect(ours.contextValue.fields.counted).toBe(theirs.contextValue.fields.counted);
    }
  }
});

it('an answer with the many hosts of few slots is written directly, though it has as many fields as a large one', async () => {
  const ask = openWorld(50, 30 * MINUTE);
  const query = QUERIES[0] ?? '';
  const asked = ask(query, DAY_ZERO, DAY_ZERO + 14 * DAY);
  const bytes = await answerDirectly(asked);
  expect(isLarge(asked.contextValue.fields.counted)).toBe(true);
  expect(isLarge(asked.contextValue.fields.estimated)).toBe(true);
  const { data } = JSON.parse(bytes?.toString() ?? '');
  expect(data.availability.slots).toHaveLength(14 * 15);
  expect(data.availability.slots[0].hosts).toHaveLength(50);
});

it('an answer of more slots than are written in a row is left to execution', async () => {
  const ask = openWorld(1, MINUTE);
  expect(await answerDirectly(ask(QUERIES[0] ?? '', DAY_ZERO, DAY_ZERO + 30 * DAY))).toBeNull();
});
