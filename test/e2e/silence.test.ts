/** All that a gateway asks falls silent, and no connection ends: callers hear so in the end, and the process can be stopped. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { availability, refusal } from '../graphql/world.fixture.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from '../race/gateways.fixture.ts';
import { asker } from './client.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { window, iso } = testDay();
const HOLD = `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename } }`;

let redis: RedisServer;
let stack: Stack;
let host: ConnectedHost;
let gateway: GatewayProcess;
const wires: TcpProxy[] = [];

/** The same address, reached over a wire that can be held. */
async function wired(address: string): Promise<string> {
  const url = new URL(address);
  const { port } = url;
  const wire = await startTcpProxy(() => [Number(port)]);
  wires.push(wire);
  url.hostname = '127.0.0.1';
  url.port = String(wire.port);
  return url.href.replace(/\/$/, '');
}

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url });
  host = await connectHost(stack, 'GOOGLE', 'silence');
  const { environment } = stack;
  const over = async (name: string) => [name, await wired(environment[name] ?? '')] as const;
  const env = Object.fromEntries([
    await over('DATABASE_URL'),
    await over('REDIS_URL'),
    await over('GOOGLE_API_URL'),
  ]);
  gateway = startGatewayProcess(
    await buildGateway(),
    { ...environment, ...env, LOG_LEVEL: 'silent' },
    await freePort(),
  );
  await gateway.ready();
});

afterAll(async () => {
  await gateway?.kill();
  await Promise.all(wires.map((wire) => wire.close()));
  await stack?.close();
  await redis?.stop();
});

it('a gateway to which everything is silent answers each caller in the end, and stops when asked', async () => {
  const ask = asker(gateway.url);
  const strict = { eventType: host.eventType, ...window, consistency: 'STRICT' };
  expect((await availability(ask, strict)).complete).toBe(true);
  for (const wire of wires) {
    expect(wire.connections()).toBeGreaterThan(0);
    wire.hold();
  }
  const [start] = iso('10:00');
  const held = await refusal(ask(HOLD, { input: { eventType: host.eventType, start } }));
  expect(held.code).toBe('INTERNAL_SERVER_ERROR');
  // Callers that wait while it stops.
  const waiting = [availability(ask, strict), ask(HOLD, { input: { eventType: host.eventType, start } })];
  const ended = Promise.allSettled(waiting);
  expect(await gateway.stop()).toBeTypeOf('number');
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
}, 180_000);
