import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/main.ts';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { connectHost, type Stack, startBeside, startStack } from './stack.fixture.ts';

let redis: RedisServer;
let stack: Stack;
const started: Gateway[] = [];

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, sync: false, env: { POLL_INTERVAL: 'PT1S' } });
});
afterAll(async () => {
  for (const gateway of started) await gateway.close();
  await stack?.close();
  await redis?.stop();
});

const ask = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
};

/** The sum of a metric's samples. */
const sumOf = (text: string, name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);

describe('with workers apart', () => {
  it('a gateway is not ready once calendars are overdue and no worker runs, and says so', async () => {
    await eventually(async () => {
      const { status, body } = await ask(`${stack.url}/readyz`);
      expect([status, body]).toEqual([503, expect.stringContaining('no worker seen')]);
    });
    expect((await ask(`${stack.url}/healthz`)).status).toBe(200);
  });

  it('a worker answers probes, and has the metrics of pulls and those of the installation', async () => {
    const before = await startBeside(stack.environment, { http: false, sync: true });
    await connectHost(stack, 'GOOGLE', 'ada');
    await before.close();
    const port = await freePort();
    const environment = { ...stack.environment, METRICS_PORT: String(port), METRICS_TOKEN: '' };
    started.push(await startBeside(environment, { http: false, sync: true }));
    const url = `http://127.0.0.1:${port}`;
    expect(await ask(`${url}/healthz`)).toEqual({ status: 200, body: 'ok\n' });
    await eventually(async () => expect((await ask(`${url}/readyz`)).status).toBe(200));
    await eventually(async () => {
      const { body } = await ask(`${url}/metrics`);
      expect(sumOf(body, 'slotwire_pulls_total')).toBeGreaterThan(0);
      expect(sumOf(body, 'slotwire_calendars')).toBeGreaterThan(0);
      expect(body).toMatch(/slotwire_build_info\{version="[^"]+",role="worker"\} 1/);
    });
    expect((await ask(`${url}/graphql`)).status).toBe(404);
    await eventually(async () =>
      expect(await ask(`${stack.url}/readyz`)).toEqual({ status: 200, body: 'ready\n' }),
    );
  });
});
