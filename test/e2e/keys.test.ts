/** A gateway that is started with another ENCRYPTION_KEYS, alone and beside one that has the right one. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyRing } from '../../src/secrets.ts';
import { SEALED_COLUMNS } from '../../src/store/access/sealed-columns.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { createBooker } from './booker.fixture.ts';
import { asker } from './client.fixture.ts';
import {
  ADMIN_TOKEN,
  type ConnectedHost,
  connectHost,
  type Stack,
  startBeside,
  startStack,
  testDay,
} from './stack.fixture.ts';

let redis: RedisServer;
let stack: Stack;
let store: Store;
let ada: ConnectedHost;

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: { POLL_INTERVAL: 'PT1S' } });
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
  ada = await connectHost(stack, 'GOOGLE', 'ada');
});
afterAll(async () => {
  await closeStore(store);
  await stack.close();
  await redis.stop();
});

const withOtherKey = async (more: Record<string, string> = {}) => ({
  ...stack.environment,
  PORT: String(await freePort()),
  ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
  ...more,
});

describe('ENCRYPTION_KEYS that open nothing', () => {
  it('end the start with one sentence that says what to do, and change nothing', async () => {
    const before = await store.account.findMany();
    const start = startBeside(await withOtherKey());
    await expect(start).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(
        /^ENCRYPTION_KEYS opens none of the 1 secrets .* with key [0-9a-f]{8}: put that key back .*ALLOW_LOST_KEYS=true/,
      ),
    });
    expect(await store.account.findMany()).toEqual(before);
  });

  it('revoke no account and close no channel while such a worker pulls, and its calendars heal by the next pull', async () => {
    const channels = await store.watchChannel.findMany();
    const other = await startBeside(await withOtherKey({ ALLOW_LOST_KEYS: 'true' }), { http: false });
    try {
      await until(async () => {
        const state = await store.calendarState.findUniqueOrThrow({ where: { calendarId: ada.calendar } });
        return state.error?.startsWith('sealed: ');
      });
    } finally {
      await other.close();
    }
    expect(await store.account.findMany({ select: { status: true } })).toEqual([{ status: 'CONNECTED' }]);
    const state = await store.calendarState.findUniqueOrThrow({ where: { calendarId: ada.calendar } });
    expect((state.dueAt?.getTime() ?? 0) - Date.now()).toBeLessThan(31_000);
    // The next pull is made due, so that the test need not wait for it.
    await store.$executeRaw`update calendar_state set due_at = now() where calendar_id = ${ada.calendar}`;
    await until(async () => {
      const { trouble, failures } = await store.calendarState.findUniqueOrThrow({
        where: { calendarId: ada.calendar },
      });
      return trouble === null && failures === 0;
    });
    expect(await store.watchChannel.findMany()).toEqual(channels);
  });
});

/** Columns of the database with sealed text in them, and the keys that sealed it. */
async function sealedText(): Promise<{ column: string; keys: string[] }[]> {
  const columns = await store.$queryRaw<{ table: string; name: string }[]>`
    select c.table_name as table, c.column_name as name
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'`;
  const found: { column: string; keys: string[] }[] = [];
  for (const { table, name } of columns) {
    const rows = await store.$queryRawUnsafe<{ key: string }[]>(
      `select distinct m[1] as key from ${table}, regexp_matches(${name}::text, 'v1\\.([0-9a-f]{8})\\.[\\w-]{16}\\.', 'g') m`,
    );
    if (rows.length > 0) found.push({ column: `${table}.${name}`, keys: rows.map(({ key }) => key) });
  }
  return found;
}

describe('slotwire keys rotate', () => {
  it('seals all anew, so that links of bookings and feeds work without the key that made them', async () => {
    const { iso } = testDay();
    const { environment } = stack;
    // The worker with the other key could not open the installation's signing key and made one of its own.
    const [old = ''] = createKeyRing([Buffer.from(environment.ENCRYPTION_KEYS ?? '', 'base64')]).ids;
    await store.signingKey.deleteMany({ where: { NOT: { secret: { contains: `.${old}.` } } } });
    const booking = await createBooker(stack.anyone).book(ada.eventType, iso('10:00')[0] ?? '');
    const { createFeed } = await stack.admin<{ createFeed: { url: string } }>(
      'mutation ($host: ID!) { createFeed(host: $host) { url } }',
      { host: ada.id },
    );
    await stack.admin(
      `mutation { createWebhookEndpoint(input: { url: "http://127.0.0.1:8080/", events: [BOOKING_CREATED] }) { id } }`,
    );
    const known: readonly string[] = SEALED_COLUMNS;
    expect((await sealedText()).filter(({ column }) => !known.includes(column))).toEqual([]);

    const fresh = randomBytes(32).toString('base64');
    const { PATH, HOME } = process.env;
    const rotated = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'src/cli/slotwire.ts', 'keys', 'rotate'],
      { env: { PATH, HOME, ...environment, ENCRYPTION_KEYS: `${fresh},${environment.ENCRYPTION_KEYS}` } },
    );
    expect(rotated.stdout).toMatch(/^feed\.secret: 1 sealed anew$/m);
    expect(rotated.stdout).toMatch(/^The second key \([0-9a-f]{8}\) seals nothing: it can be taken out/m);
    const [current] = createKeyRing([Buffer.from(fresh, 'base64')]).ids;
    expect(new Set((await sealedText()).flatMap(({ keys }) => keys))).toEqual(new Set([current]));

    const PORT = String(await freePort());
    const other = await startBeside({ ...environment, PORT, ENCRYPTION_KEYS: fresh }, { sync: false });
    try {
      const url = `http://127.0.0.1:${PORT}`;
      expect(await createBooker(asker(url)).read(booking.token)).toMatchObject({ id: booking.id });
      expect((await fetch(`${url}${new URL(createFeed.url).pathname}`)).status).toBe(200);
      const { feeds } = await asker(
        url,
        ADMIN_TOKEN,
      )<{ feeds: { edges: { node: { url: string } }[] } }>('{ feeds(first: 1) { edges { node { url } } } }');
      expect(new URL(feeds.edges[0]?.node.url ?? '').pathname).toBe(new URL(createFeed.url).pathname);
    } finally {
      await other.close();
    }
  });
});
