import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import { openConnection } from '../../src/store/connection.ts';
import { launchBrowser } from './chromium.ts';
import { freePort } from './ports.ts';
import { freshDatabase } from './postgres.ts';
import { pathOf } from './programs.ts';
import { startRedis } from './redis.ts';

let after: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const undo of after.reverse()) await undo();
  after = [];
});

describe('harness', () => {
  it('gives each suite a migrated database of its own', async () => {
    const [one, two] = await Promise.all([freshDatabase(), freshDatabase()]);
    after.push(one.drop, two.drop);
    const [left, right] = await Promise.all([openConnection(one.url), openConnection(two.url)]);
    after.push(
      () => left.end(),
      () => right.end(),
    );
    await left.query("insert into organisation (id, name) values ('org_1', 'One')");
    expect((await right.query('select id from organisation')).rows).toEqual([]);
  });

  it('starts a Redis, flushes its keys, and restarts it empty on the same port', async () => {
    const redis = await startRedis();
    after.push(redis.stop);
    const client = createClient({ url: redis.url });
    client.on('error', () => {});
    await client.connect();
    after.push(async () => client.destroy());
    await client.set('key', 'value');
    await redis.flush();
    expect(await client.get('key')).toBeNull();
    await client.set('key', 'value');
    await redis.restart();
    expect(await client.get('key')).toBeNull();
  });

  it('gives no port twice, and no port that is in use', async () => {
    const first = await freePort();
    const taken = createServer().listen(first + 2, '127.0.0.1');
    after.push(async () => taken.close());
    await once(taken, 'listening');
    const more = await Promise.all(Array.from({ length: 20 }, freePort));
    expect(new Set([first, ...more])).toHaveProperty('size', 21);
    expect(more).not.toContain(first + 2);
  });

  it('starts a browser that opens a local page', async () => {
    const server = createServer((_request, response) => response.end('<h1>Free at nine</h1>')).listen(
      0,
      '127.0.0.1',
    );
    const browser = await launchBrowser();
    after.push(() => browser.close().then(() => server.close()));
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await page.textContent('h1')).toBe('Free at nine');
  });

  it('names the command that installs a missing program', () => {
    const absent = { env: 'NO_SUCH_PROGRAM', names: ['no-such-program'], debian: 'none', elsewhere: 'none' };
    expect(() => pathOf(absent)).toThrow(/no-such-program is missing\. Install it: /);
  });
});
