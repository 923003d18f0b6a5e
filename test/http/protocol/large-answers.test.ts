import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { daily, makeEventType, makeHost, makeKey } from '../../graphql/world.fixture.ts';
import { openTcp } from '../raw-tcp.fixture.ts';
import { readEvents } from '../streams/event-reader.fixture.ts';
import { UNLIMITED } from './world.fixture.ts';

let stack: Stack;
let input: object;
let authorization: string;
beforeAll(async () => {
  stack = await startStack({ env: UNLIMITED, sync: false });
  const host = await makeHost(stack.admin, 'ada', { name: 'Ada 会', workingHours: daily('00:00', '24:00') });
  const eventType = await makeEventType(stack.admin, host, 'talk', { length: 'PT5M', interval: 'PT5M' });
  input = { eventType, from: '2050-01-03T00:00:00Z', to: '2050-01-23T00:00:00Z' };
  authorization = `Bearer ${(await makeKey(stack, ['READ_AVAILABILITY'])).secret}`;
}, 60_000);
afterAll(() => stack?.close());

const SLOTS = 'slots { start end hosts { name } }';
const DOCUMENTS = {
  'that others may have too': `query ($input: AvailabilityInput!) { availability(input: $input) { ${SLOTS} } }`,
  "that is its caller's alone": `query ($input: AvailabilityInput!) { availability(input: $input) { ${SLOTS} } viewer { __typename } }`,
  'with an error beside its data': `query ($input: AvailabilityInput!) { availability(input: $input) { ${SLOTS} }
    other: booking(token: "none") { id } }`,
};

const post = async (query: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const text = await response.text();
  const length = response.headers.get('content-length');
  if (length !== null) expect(Number(length)).toBe(Buffer.byteLength(text));
  return text;
};

describe.each(Object.entries(DOCUMENTS).map(([kind, query]) => ({ kind, query })))(
  'a large answer $kind',
  ({ query }) => {
    it('is the JSON of what it says, the same by POST, by GET and with a key', async () => {
      const text = await post(query);
      const answer = JSON.parse(text);
      expect(answer.data.availability.slots).toHaveLength(20 * 288);
      expect(text).toBe(JSON.stringify(answer));
      expect(await post(query, { authorization })).toBe(text);
      const params = new URLSearchParams({ query, variables: JSON.stringify({ input }) });
      expect(await (await fetch(`${stack.url}/graphql?${params}`)).text()).toBe(text);
    });

    it('is the same as an event of a stream and as a message of a socket, which completes it', async () => {
      const { data, errors } = JSON.parse(await post(query));
      const streamed = await post(query, { accept: 'text/event-stream' });
      const line = streamed.split('\n').find((each) => each.startsWith('data: '));
      expect(JSON.parse(line?.slice(6) ?? '')).toEqual({ data, ...(errors ? { errors } : {}) });
      const tcp = await openTcp(stack.url);
      // When it fails, it is to say what came.
      const begun = () => tcp.texts.map((text) => text.slice(0, 100));
      tcp.say({ type: 'connection_init' });
      // One that subscribes before it is acknowledged is closed, as the protocol wants.
      await expect.poll(begun).toHaveLength(1);
      tcp.say({ id: 'a"', type: 'subscribe', payload: { query, variables: { input } } });
      await expect.poll(begun).toHaveLength(3);
      tcp.socket.destroy();
      expect(tcp.texts.slice(1)).toEqual([
        JSON.stringify({ id: 'a"', type: 'next', payload: { data, ...(errors ? { errors } : {}) } }),
        JSON.stringify({ id: 'a"', type: 'complete' }),
      ]);
    });
  },
);

it('a large live event has the slots of the query', async () => {
  const { data } = JSON.parse(await post(DOCUMENTS['that others may have too']));
  const query = `subscription ($input: AvailabilityInput!) { availability(input: $input) {
    ... on AvailabilitySnapshot { availability { ${SLOTS} } } } }`;
  const reader = await readEvents(stack.url, { query, variables: { input } });
  expect(await reader.next()).toMatchObject({ result: { data: { availability: data } } });
  reader.leave();
});
