/** slotwire doctor as a process, beside a whole gateway and without one. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../../src/cli/doctor/diagnose.ts';
import type { Report } from '../../src/cli/doctor/report.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { systemClock } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { connectHost, type Stack, startStack } from './stack.fixture.ts';

/** tsx compiles all of the program first, which takes a busy machine long. Milliseconds. */
const START_LIMIT = 120_000;

/** On a busy machine, on which other tests leave databases. */
const HERE = { clock: systemClock, limit: 60_000, leftoversIn: [] };

let redis: RedisServer;
let stack: Stack;
beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url });
  await connectHost(stack, 'GOOGLE', 'ada');
  const store = createStore(stack.environment.DATABASE_URL ?? '', { max: 1 });
  await until(async () => (await store.workerPresence.count()) > 0);
  await closeStore(store);
}, START_LIMIT);
afterAll(async () => {
  await stack.close();
  await redis.stop();
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function runDoctor(args: string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/slotwire.ts', 'doctor', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.err += chunk;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...text })));
}

/** Texts of the environment that no output may hold. */
const secretsOf = (env: Record<string, string>) =>
  ['ADMIN_TOKEN', 'ENCRYPTION_KEYS', 'METRICS_TOKEN', 'GOOGLE_CLIENT_SECRET', 'MICROSOFT_CLIENT_SECRET']
    .map((name) => env[name] ?? '')
    .concat(new URL(env.DATABASE_URL ?? 'x:').password)
    .filter(Boolean);

describe('slotwire doctor beside a gateway that is well', () => {
  const CHECKS = [
    ...['configuration', 'features', 'Node', 'database', 'connections', 'migrations', 'clock'],
    ...['encryption keys', 'workers', 'calendars', 'installation', 'Redis', 'zone data'],
    ...['providers', 'public URL', 'leftovers'],
  ];

  it(
    'looks at everything, finds that nothing failed, and skips nothing',
    async () => {
      const { findings } = await diagnose({ ...HERE, env: stack.environment });
      expect([...new Set(findings.map(({ check }) => check))]).toEqual(CHECKS);
      const amiss = findings.filter(({ status }) => status === 'failed' || status === 'skipped');
      expect(amiss).toEqual([]);
      expect(findings.find(({ check }) => check === 'installation')?.finding).toBe(
        'the public URL serves this database',
      );
    },
    START_LIMIT,
  );

  it(
    'writes nothing to the database',
    async () => {
      const store = createStore(stack.environment.DATABASE_URL ?? '', { max: 1 });
      const read = () =>
        Promise.all([
          store.account.findMany(),
          store.auditEntry.count(),
          store.signingKey.findMany(),
          store.$queryRaw`select migration_name, finished_at from _prisma_migrations order by 1`,
        ]);
      const before = await read();
      await diagnose({ ...HERE, env: stack.environment });
      expect(await read()).toEqual(before);
      await closeStore(store);
    },
    START_LIMIT,
  );

  it(
    'says in words and with code 0 that nothing failed, and shows no secret',
    async () => {
      const { code, out, err } = await runDoctor([], stack.environment);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^Slotwire \d+\.\d+\.\d+\n/);
      expect(out).toMatch(/^ok {7}Redis {12}(Redis|Valkey) \d/m);
      expect(out).toMatch(/^ok {7}encryption keys {2}1 key; of 1 connected accounts 1 open, 0 don't/m);
      expect(out).toMatch(/\nNothing failed: 0 failed, \d+ warnings?\.\n$/);
      for (const secret of secretsOf(stack.environment)) expect(out).not.toContain(secret);
    },
    START_LIMIT,
  );
});

describe('slotwire doctor where something is wrong', () => {
  it(
    'reports all of it at once, as JSON too, with code 1, and one failure hides no other',
    async () => {
      const env = {
        ...stack.environment,
        PORT: 'many',
        PUBLIC_URL: `http://127.0.0.1:${await freePort()}`,
        ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
        REDIS_URL: `redis://:geheim@127.0.0.1:${await freePort()}`,
      };
      const { code, out } = await runDoctor(['--json'], env);
      expect(code).toBe(1);
      const report: Report & { ok: boolean } = JSON.parse(out);
      expect(report.ok).toBe(false);
      const failed = report.findings.filter(({ status }) => status === 'failed').map(({ check }) => check);
      expect(failed).toEqual(['configuration', 'encryption keys', 'Redis', 'public URL']);
      for (const secret of [...secretsOf(env), 'geheim']) expect(out).not.toContain(secret);
    },
    START_LIMIT,
  );

  it(
    'goes on without a database, and skips what needs it',
    async () => {
      const env = { ...stack.environment, DATABASE_URL: `postgresql://127.0.0.1:${await freePort()}/x` };
      const { findings } = await diagnose({ ...HERE, env });
      const of = (status: string) =>
        findings.filter((each) => each.status === status).map(({ check }) => check);
      expect(of('failed')).toEqual(['database']);
      expect(of('skipped')).toEqual(['clock', 'encryption keys', 'workers', 'calendars', 'installation']);
    },
    START_LIMIT,
  );
});
