import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { asker } from '../e2e/client.fixture.ts';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { fresh, TRUSTING } from '../http/protocol/transports.fixture.ts';
import { eventTypeInput, type MadeHost, makeEventType, makeHost } from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent', ...TRUSTING }, sync: false });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk', { length: 'PT1H' });
}, 120_000);
afterAll(() => stack?.close());

const JANUARY = { from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };
const NEXT = 'query ($input: AvailabilityInput!) { availability(input: $input) { nextAvailable } }';

/** By the gateway's own way past Yoga, which keeps answers for a second; and by Yoga's, with a key or without. */
const asked = async (query = NEXT, more: object = {}) => {
  const response = await fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': fresh() },
    body: JSON.stringify({ query, variables: { input: { eventType, ...JANUARY, ...more } } }),
  });
  return (await response.json()).data?.availability;
};

const block = async (start: string, end: string): Promise<string> => {
  const { createBlock } = await stack.admin<{ createBlock: { id: string } }>(
    'mutation ($input: BlockInput!) { createBlock(input: $input) { id } }',
    { input: { host: host.id, start, end } },
  );
  return createBlock.id;
};
const unblock = (id: string) => stack.admin('mutation ($id: ID!) { deleteBlock(id: $id) }', { id });

describe('nextAvailable', () => {
  it('is the same by every way of asking, whatever stands beside it', async () => {
    const next = '2050-01-04T09:00:00.000Z';
    for (const query of [
      NEXT,
      'query ($input: AvailabilityInput!) { a: availability(input: $input) { __typename } availability(input: $input) { ...F } } fragment F on Availability { etag ... @include(if: true) { nextAvailable } }',
      'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start } } availability(input: $input) { nextAvailable } viewer { kind } }',
    ])
      expect((await asked(query))?.nextAvailable).toBe(next);
    const { availability } = await asker(stack.url)<{ availability: { nextAvailable: string } }>(NEXT, {
      input: { eventType, ...JANUARY, consistency: 'STRICT' },
    });
    expect(availability.nextAvailable).toBe(next);
    expect(
      (await asked(NEXT.replace('nextAvailable', 'nextAvailable @skip(if: true) complete')))?.nextAvailable,
    ).toBeUndefined();
  });

  it('of a kept answer is another one as soon as its time is taken, by a block or by a hold', async () => {
    expect((await asked()).nextAvailable).toBe('2050-01-04T09:00:00.000Z');
    const id = await block('2050-01-04T09:00:00Z', '2050-01-05T12:30:00Z');
    expect((await asked()).nextAvailable).toBe('2050-01-05T13:00:00.000Z');
    const { holdSlot } = await stack.admin<{ holdSlot: { token: string } }>(
      'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
      { input: { eventType, start: '2050-01-05T13:00:00Z' } },
    );
    expect((await asked()).nextAvailable).toBe('2050-01-05T14:00:00.000Z');
    await stack.admin('mutation ($token: String!) { releaseHold(token: $token) }', { token: holdSlot.token });
    expect((await asked()).nextAvailable).toBe('2050-01-05T13:00:00.000Z');
    await unblock(id);
    expect((await asked()).nextAvailable).toBe('2050-01-04T09:00:00.000Z');
  });

  it('is null where nothing is offered any more', async () => {
    const soon = await makeEventType(stack.admin, host, 'soon', { horizon: 'P7D' });
    expect(await asked(NEXT, { eventType: soon })).toEqual({ nextAvailable: null });
  });

  it('is null while the event type is not active, and there again when it is', async () => {
    const paused = await makeEventType(stack.admin, host, 'paused', { length: 'PT1H', active: false });
    expect(await asked(NEXT, { eventType: paused })).toEqual({ nextAvailable: null });
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      { id: paused, input: eventTypeInput(host, 'paused', { length: 'PT1H' }) },
    );
    expect(await asked(NEXT, { eventType: paused })).toEqual({ nextAvailable: '2050-01-04T09:00:00.000Z' });
  });

  it('comes to live viewers who ask for it, in the snapshot and when nothing but it has changed', async () => {
    const client = createClient({
      url: `${stack.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const follow = (selection: string) =>
      client.iterate<{ availability: { etag: string; nextAvailable?: string; removed?: object[] } }>({
        query: `subscription ($input: AvailabilityInput!) { availability(input: $input) {
          ... on AvailabilitySnapshot { etag availability { etag ${selection} } }
          ... on AvailabilityDelta { etag removed { start } ${selection} } } }`,
        variables: { input: { eventType, ...JANUARY } },
      });
    const [asking, other] = [follow('nextAvailable'), follow('complete')];
    const next = async (from: typeof asking) => (await from.next()).value?.data?.availability;
    const snapshot = await next(asking);
    expect(snapshot).toMatchObject({ availability: { nextAvailable: '2050-01-04T09:00:00.000Z' } });
    const { etag } = (await next(other)) ?? {};
    expect(snapshot?.etag).toBe(etag);
    const id = await block('2050-01-04T09:00:00Z', '2050-01-04T10:00:00Z');
    expect(await next(asking)).toEqual({ etag, removed: [], nextAvailable: '2050-01-04T10:00:00.000Z' });
    // A viewer who doesn't ask for it hears of the window alone.
    const within = await block('2050-01-03T09:00:00Z', '2050-01-03T10:00:00Z');
    const delta = await next(other);
    expect(delta).toMatchObject({ removed: [{ start: '2050-01-03T09:00:00.000Z' }], complete: true });
    await unblock(id);
    await unblock(within);
    await client.dispose();
  });
});
