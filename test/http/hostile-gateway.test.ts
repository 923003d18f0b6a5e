import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from '../race/gateways.fixture.ts';
import { UNLIMITED } from './protocol/world.fixture.ts';
import { connectSocket, resultOf } from './raw-socket.fixture.ts';
import { dial, openTcp, upgradeRequest } from './raw-tcp.fixture.ts';

let redis: RedisServer;
let stack: Stack;
/** Apart, so that it may die. */
let gateway: GatewayProcess;
beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: UNLIMITED, sync: false });
  gateway = startGatewayProcess(await buildGateway(), stack.environment, await freePort());
  await gateway.ready();
});
afterAll(async () => {
  await gateway?.kill();
  await stack?.close();
  await redis?.stop();
});

describe('an upgrade to where nothing is', () => {
  it('that is cut off leaves the gateway alive', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = await dial(gateway.url);
      socket.write(upgradeRequest({}, '/nothing'));
      socket.resetAndDestroy();
      const answered = await openTcp(gateway.url, {}, '/nothing').catch(() => null);
      answered?.socket.resetAndDestroy();
    }
    const socket = await connectSocket(gateway.url);
    expect(resultOf(await socket.ask('{ viewer { kind } }'))).toMatchObject({ data: {} });
    await socket.close();
  });
});

describe('a gateway ends', () => {
  /** Would it wait for them, it would wait for ever. */
  const closing = async (open: (url: string) => Promise<unknown>) => {
    const passing = await startStack({ env: UNLIMITED, sync: false });
    await open(passing.url);
    await passing.close();
  };

  it('though a socket does not answer its closing frame', async () => {
    await closing(async (url) => (await openTcp(url)).socket.pause());
  });

  it('though a client that was refused an upgrade does not go', async () => {
    await closing((url) => openTcp(url, {}, '/nothing'));
  });
});
