/** What the tests of sockets share: subscriptions counted from outside, and operations held while they run. */
import pg from 'pg';
import type { Stack } from '../../e2e/stack.fixture.ts';
import { daily } from '../../graphql/world.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { readMetrics } from '../../harness/metrics.ts';

/** Nobody is refused for asking too often. */
export const UNLIMITED = { LOG_LEVEL: 'silent', RATE_LIMIT_ANONYMOUS: '1000000/PT1M' };

export async function subscriptions(url: string): Promise<number> {
  const text = await readMetrics(url);
  return Number(/^slotwire_subscriptions (\d+)$/m.exec(text)?.[1]);
}

export const untilSubscriptions = (url: string, count: number) =>
  until(async () => (await subscriptions(url)) === count);

export const WINDOW = { from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };

export const FOLLOW = `subscription ($input: AvailabilityInput!, $resumeAfter: String) {
  availability(input: $input, resumeAfter: $resumeAfter) {
    __typename
    ... on AvailabilitySnapshot { etag availability { slots { start } } }
    ... on AvailabilityDelta { fromEtag etag removed { start } added { start } }
  }
}`;

/** What a socket says to follow an event type. */
export const following = (id: string, eventType: string, window: object = WINDOW, query = FOLLOW) => ({
  id,
  type: 'subscribe',
  payload: { query, variables: { input: { eventType, ...window } } },
});

export const setHours = (stack: Stack, host: { id: string }, start: string, end: string) =>
  stack.admin(
    'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
    { host: host.id, input: daily(start, end) },
  );

export interface Hold {
  /** Resolves once so many are held. */
  holds(count: number): Promise<void>;
  release(): Promise<void>;
}

/** Readers of the table wait, as with a slow database. */
export async function holdTable(stack: Stack, table: string): Promise<Hold> {
  const connect = async () => {
    const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
    // A test that failed before it released may see its database dropped.
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const [holder, watcher] = [await connect(), await connect()];
  await holder.query(`begin; lock table ${table} in access exclusive mode`);
  return {
    async holds(count) {
      await until(async () => {
        const { rows } = await watcher.query(
          'select 1 from pg_locks where not granted and relation = $1::regclass',
          [table],
        );
        return rows.length >= count;
      });
    },
    async release() {
      await holder.query('rollback');
      await Promise.all([holder.end(), watcher.end()]);
    },
  };
}
