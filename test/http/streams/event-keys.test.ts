import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost, makeKey } from '../../graphql/world.fixture.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { FOLLOW, holdTable, subscriptions, UNLIMITED, WINDOW } from '../protocol/world.fixture.ts';

let redis: RedisServer;
let stack: Stack;
beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: UNLIMITED, sync: false });
});
afterAll(async () => {
  await stack?.close();
  await redis?.stop();
});

it('a stream whose key is revoked while its first answer is made never begins', async () => {
  const eventType = await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk');
  const { id, secret } = await makeKey(stack, ['BOOK']);
  // The answer must come from the table, which somebody else holds.
  await redis.flush();
  const held = await holdTable(stack, 'event_type');
  const answered = fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secret}`,
      accept: 'text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: FOLLOW, variables: { input: { eventType, ...WINDOW } } }),
  });
  await held.holds(1);
  await stack.admin('mutation ($id: ID!) { revokeApiKey(id: $id) }', { id });
  await held.release();
  const response = await answered;
  expect(response.status).toBe(401);
  expect(await response.text()).toContain('UNAUTHENTICATED');
  expect(await subscriptions(stack.url)).toBe(0);
});
