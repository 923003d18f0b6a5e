import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../../src/cli/doctor/finding.ts';
import { diagnoseRedis } from '../../../src/cli/doctor/redis.ts';
import { examineConfig } from '../../../src/config.ts';
import { freePort } from '../../harness/ports.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { startRedisCluster } from '../../harness/redis-cluster.ts';
import { startRedisSentinel } from '../../harness/redis-sentinel.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const diagnose = (url: string, limit = 60_000) =>
  runCheck('Redis', limit, (signal) => diagnoseRedis(examineConfig({ REDIS_URL: url }), signal));

describe('the doctor on Redis', () => {
  it('names place, version and policy of one that answers', async () => {
    expect(await diagnose(server.url)).toEqual([
      {
        check: 'Redis',
        status: 'ok',
        finding: expect.stringMatching(
          /^(Redis|Valkey) \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+ answers; no limit of memory, policy noeviction$/,
        ),
        advice: null,
      },
    ]);
  });

  it('says that cache and limits are in the process when there is none, and asks no URL that is wrong', async () => {
    expect(await diagnose('')).toMatchObject([
      { status: 'ok', finding: expect.stringContaining('not used') },
    ]);
    expect(await diagnose('http://:geheim@x')).toEqual([
      { check: 'Redis', status: 'skipped', finding: 'REDIS_URL is not right', advice: null },
    ]);
  });

  it('fails one that nothing listens for, and never prints its password', async () => {
    const [found] = await diagnose(`redis://:geheim@127.0.0.1:${await freePort()}`);
    expect(found).toMatchObject({ status: 'failed', finding: expect.stringContaining('Is Redis running') });
    expect(found?.finding).not.toContain('geheim');
  });

  it('ends by itself at one that stands still', async () => {
    server.freeze();
    const [found] = await diagnose(server.url, 100).finally(server.thaw);
    expect(found).toMatchObject({ status: 'failed', finding: expect.stringContaining('no answer') });
  });

  it('warns of one that is nearly full and evicts nothing, and of no other policy', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory', '100000');
    expect(await diagnose(server.url)).toMatchObject([
      { status: 'warning', finding: expect.stringContaining('refuses writes') },
    ]);
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await diagnose(server.url)).toMatchObject([
      { status: 'ok', finding: expect.stringContaining('policy allkeys-lru') },
    ]);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
  });

  it('warns of a user who may not ask for INFO', async () => {
    await server.command('ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '&*', '+@all', '-info');
    expect(await diagnose(server.url.replace('//', '//plain:secret@'))).toMatchObject([
      { status: 'warning', finding: expect.stringContaining('refuses INFO') },
    ]);
  });

  it('finds the master by its Sentinels, and fails a replica', async () => {
    const servers = await startRedisSentinel();
    try {
      expect(await diagnose(servers.url)).toMatchObject([
        { status: 'ok', finding: expect.stringContaining(`:${servers.master.port} `) },
      ]);
      expect(await diagnose(servers.replica.url)).toMatchObject([
        { status: 'failed', finding: expect.stringContaining('is a replica') },
      ]);
    } finally {
      await servers.stop();
    }
  });

  it('looks at every master of a cluster, and fails one that REDIS_URL calls a single server', async () => {
    const servers = await startRedisCluster();
    try {
      const found = await diagnose(servers.url);
      expect(found.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
      expect(await diagnose(servers.url.replace('redis-cluster:', 'redis:'))).toMatchObject([
        { status: 'failed', finding: expect.stringContaining('redis-cluster://') },
      ]);
    } finally {
      await servers.stop();
    }
  });
});
