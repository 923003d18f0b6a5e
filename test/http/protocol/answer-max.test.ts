import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { daily, type MadeHost, makeEventType, makeHost, makeKey } from '../../graphql/world.fixture.ts';
import { connectSocket } from '../raw-socket.fixture.ts';
import { TRANSPORTS, TRUSTING } from './transports.fixture.ts';
import { following, setHours, UNLIMITED } from './world.fixture.ts';

/** A day of slots is longer, half an hour isn't. */
const ENV = { ...UNLIMITED, ...TRUSTING, ANSWER_MAX: '5KiB/200KiB' };

let stack: Stack;
let host: MadeHost;
let eventType: string;
let key: string;
beforeAll(async () => {
  stack = await startStack({ env: ENV, sync: false });
  host = await makeHost(stack.admin, 'ada', { workingHours: daily('09:00', '24:00') });
  eventType = await makeEventType(stack.admin, host, 'talk', { length: 'PT5M', interval: 'PT5M' });
  key = (await makeKey(stack, ['READ_AVAILABILITY'])).secret;
});
afterAll(() => stack?.close());

const day = (to = '2050-01-04T00:00:00Z') => ({ input: { eventType, from: '2050-01-03T00:00:00Z', to } });
const QUERY = 'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start end } } }';

describe.each(Object.entries(TRANSPORTS).map(([name, ask]) => ({ name, ask })))('over $name', ({ ask }) => {
  it('an answer that is longer than ANSWER_MAX is refused, and a longer one is sent to a key', async () => {
    const asked = { url: stack.url, query: QUERY, variables: day() };
    const refused = await ask(asked);
    expect(refused).toMatchObject({ code: 'TOO_COSTLY' });
    expect(refused.bytes).toBeLessThan(1_000);
    expect(await ask({ ...asked, token: key })).toMatchObject({ code: null });
    expect(await ask({ ...asked, variables: day('2050-01-03T10:00:00Z') })).toMatchObject({ code: null });
  });
});

describe('a live event', () => {
  it('that is longer than ANSWER_MAX is an error, and the next one is sent', async () => {
    const socket = await connectSocket(stack.url);
    socket.say(following('a', eventType, day().input));
    expect(await socket.hear('a')).toMatchObject({
      payload: { errors: [{ extensions: { code: 'TOO_COSTLY' } }] },
    });
    await setHours(stack, host, '09:00', '23:00');
    expect(await socket.hear('a')).toMatchObject({
      type: 'next',
      payload: { data: { availability: { __typename: 'AvailabilityDelta' } } },
    });
    await socket.close();
  });
});
