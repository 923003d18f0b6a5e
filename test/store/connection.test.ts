import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartError } from '../../src/errors.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { openConnection, withUtc } from '../../src/store/connection.ts';
import { freePort } from '../harness/ports.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

async function failure(url: string): Promise<string> {
  const error = await openConnection(url).catch((reason: unknown) => reason);
  if (!(error instanceof StartError)) throw error;
  expect(error.message).not.toContain(new URL(url).password);
  return error.message;
}

describe('a database that cannot be reached', () => {
  it('names host, port and database when nothing listens there', async () => {
    const port = await freePort();
    const message = await failure(`postgresql://someone:hush-hush@127.0.0.1:${port}/slots`);
    expect(message).toBe(
      `Can't connect to PostgreSQL at 127.0.0.1:${port}/slots: nothing listens there. ` +
        'Is PostgreSQL running, and are host and port of DATABASE_URL right?',
    );
  });

  it('says that the password is wrong, or the user unknown', async () => {
    const wrong = changed((url) => {
      url.password = 'hush-hush';
    });
    expect(await failure(wrong)).toMatch(
      /wrong password for user slotwire\. Check user and password of DATABASE_URL/,
    );
  });

  it('says that the database is missing', async () => {
    const wrong = changed((url) => {
      url.pathname = '/nowhere';
    });
    expect(await failure(wrong)).toMatch(/:\d+\/nowhere: there is no database nowhere\. Create it/);
  });

  it('says that something else listens there', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const message = await failure(`postgresql://someone:hush-hush@127.0.0.1:${port}/slots`);
    server.close();
    expect(message).toMatch(/^Can't connect to PostgreSQL at 127\.0\.0\.1:\d+\/slots: /);
  });
});

describe('instants', () => {
  it('come back as they went, whatever the zone of the database', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const store = createStore(database.url, { max: 1 });
    await store.$executeRawUnsafe(`alter database ${name} set timezone = 'Asia/Kathmandu'`);
    await closeStore(store);
    const later = createStore(database.url, { max: 1 });
    const createdAt = new Date('2026-03-29T01:30:00.123Z');
    await later.organisation.create({ data: { id: 'org_zone', name: 'Zone', createdAt } });
    const found = await later.organisation.findUniqueOrThrow({ where: { id: 'org_zone' } });
    await closeStore(later);
    expect(found.createdAt).toEqual(createdAt);
  });

  it('keeps the options that a URL has already', () => {
    const url = new URL(withUtc('postgresql://h/d?options=-c%20search_path%3Dmine&sslmode=require'));
    expect(url.searchParams.get('options')).toBe('-c search_path=mine -c timezone=UTC');
    expect(url.searchParams.get('sslmode')).toBe('require');
  });
});
