import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { retryWhilePassing, waitForDatabase } from '../../src/store/await-database.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { MINUTE } from '../../src/time/clock.ts';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { farDatabase } from './far-database.fixture.ts';
import { startStandby } from './standby.fixture.ts';

let database: FreshDatabase;
let logged = '';
const log = createLog(
  'warn',
  new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  }),
);

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  logged = '';
});

const wait = (url: string, ms = MINUTE) => waitForDatabase({ url, log, wait: ms });

/** One sentence or two, and no stack. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StartError)) throw new Error('no StartError', { cause: error });
  expect(error.message).not.toMatch(/\n/);
  return error.message;
}

describe('a start', () => {
  it('goes on at once with a database that answers and takes writes', async () => {
    await wait(database.url, 0);
    expect(logged).toBe('');
  });

  it('waits for a database that refuses connections, says so, and goes on when it is there', async () => {
    const port = await freePort();
    const url = new URL(database.url);
    url.port = String(port);
    const started = wait(url.href);
    await eventually(() => expect(logged).toMatch(/nothing listens there.*waiting for the database/));
    const proxy = await farDatabase(database.url, { port });
    await started;
    await proxy.close();
  });

  it('waits for a standby until it is promoted, and says that it is one', async () => {
    const standby = await startStandby();
    try {
      const started = wait(standby.url);
      await eventually(() => expect(logged).toMatch(/is a standby, which takes no writes/));
      const store = createStore(standby.url);
      await store.$queryRaw`select pg_promote()`;
      await closeStore(store);
      await started;
    } finally {
      await standby.stop();
    }
  });

  it('ends after its wait with what is wrong and how long it waited', async () => {
    const url = `postgresql://someone:hidden@127.0.0.1:${await freePort()}/slots`;
    expect(await refusal(wait(url, 600))).toMatch(
      /^Can't connect to PostgreSQL at 127\.0\.0\.1:\d+\/slots: nothing listens there\..*The start waited 0\.6 s/,
    );
  });

  it('ends with what to do when the database is read-only', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const store = createStore(database.url, { max: 1 });
    await store.$executeRawUnsafe(`alter database ${name} set default_transaction_read_only = on`);
    expect(await refusal(wait(database.url, 0))).toMatch(/is read-only: find out why/);
    await store.$executeRawUnsafe(`alter database ${name} reset default_transaction_read_only`);
    await closeStore(store);
  });

  it('ends at once when waiting can not help', async () => {
    const wrong = new URL(database.url);
    wrong.password = 'guessed';
    expect(await refusal(wait(wrong.href))).toMatch(/wrong password/);
    expect(logged).toBe('');
  });

  it('ends with what to do when the database is so far away that no booking could be made', async () => {
    const far = await farDatabase(database.url, { delay: 250 });
    expect(await refusal(wait(far.url, 0))).toMatch(/takes [5-9]\d\d ms .*run Slotwire near its database/);
    far.delay(1_400);
    // The connection alone takes four round trips, which may be longer than a connection is waited for.
    expect(await refusal(wait(far.url, 0))).toMatch(/run Slotwire near its database|no answer\. Check host/);
    await far.close();
  });

  it('waits while the way to the database is slow for a moment', async () => {
    const far = await farDatabase(database.url, { delay: 250 });
    const started = wait(far.url);
    await eventually(() => expect(logged).toMatch(/run Slotwire near.*waiting for the database/));
    far.delay(0);
    await started;
    await far.close();
  });
});

describe('a part of a start', () => {
  /** As Prisma throws it. */
  const timeout = () => Object.assign(new Error('Unable to start a transaction'), { code: 'P2028' });
  const locked = () => Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
  const lost = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

  it('is tried again when a transaction timed out or the connection was lost', async () => {
    const failures = [timeout(), locked(), lost(), new Error('Connection terminated unexpectedly')];
    const work = async () => {
      const next = failures.shift();
      if (next) throw next;
      return 'done';
    };
    expect(await retryWhilePassing({ url: database.url, log, wait: MINUTE }, work)).toBe('done');
    expect(failures).toEqual([]);
  });

  it('ends with one sentence when a transaction goes on timing out', async () => {
    const work = () => Promise.reject(timeout());
    expect(await refusal(retryWhilePassing({ url: database.url, log, wait: 0 }, work))).toMatch(
      /^PostgreSQL at .* did not finish a transaction in its time \(P2028\): .*Start again when it is less busy\.$/,
    );
  });

  it('fails at once by a fault of another kind', async () => {
    const fault = new Error('a bug');
    const work = () => Promise.reject(fault);
    await expect(retryWhilePassing({ url: database.url, log, wait: MINUTE }, work)).rejects.toBe(fault);
  });
});
