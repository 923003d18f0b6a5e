import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryLimiter } from '../../src/cache/memory/limiter.ts';
import { createFeedLinks } from '../../src/feeds/links.ts';
import { createUnshownTitles } from '../../src/feeds/titles.ts';
import { createJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { insertHost } from '../../src/store/rules/hosts.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { resealed } from '../store/access/resealed.fixture.ts';
import { addOrganisations } from '../store/parents.fixture.ts';

const clock = { now: () => Date.UTC(2026, 10, 21) };
const [old, next] = [randomBytes(32), randomBytes(32)];

let database: FreshDatabase;
let store: Store;
let host: string;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 3 });
  await addOrganisations(store, 'org_one');
  const hours = { hours: { timeZone: 'UTC', weekly: [], overrides: [] }, zoneChanges: [] };
  const fields = { name: 'Ada', slug: 'ada', email: null, timeZone: 'UTC' };
  const made = await store.$transaction((tx) => insertHost(tx, 'org_one', fields, hours, clock.now()));
  host = made.id;
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

const feedsUnder = (...keys: Buffer[]) =>
  createFeedLinks({
    store,
    jobs: createJobQueue(),
    unshownTitles: createUnshownTitles({ store, log: createLog('silent') }),
    keyRing: createKeyRing(keys),
    clock,
    limiter: createMemoryLimiter({ clock }),
    limit: { count: 2, window: 60_000 },
    publicUrl: 'https://slots.example.com',
  });

const secretOf = (url: string) => /feeds\/(.*)\.ics$/.exec(url)?.[1] ?? '';

/** @returns ids of the feeds whose secret no key opens */
const reseal = (...keys: Buffer[]) => resealed(store, createKeyRing(keys), 'feed.secret');

describe('a feed whose key was replaced', () => {
  it('is found and shown by either key, and by the new one alone once it was sealed anew', async () => {
    const feed = await feedsUnder(old).create('org_one', { host, titles: false });
    const url = feedsUnder(old).urlOf(feed);
    const secret = secretOf(url);
    expect(feedsUnder(next, old).urlOf(feed)).toBe(url);
    expect((await feedsUnder(next, old).find(secret))?.host.slug).toBe('ada');
    expect(await feedsUnder(next).find(secret)).toBeNull();
    expect(await reseal(next, old)).toEqual([]);
    const [kept] = await store.feed.findMany({ where: { id: feed.id } });
    expect(await feedsUnder(next).find(secret)).toMatchObject({ id: feed.id });
    expect(kept && feedsUnder(next).urlOf(kept)).toBe(url);
    expect(await feedsUnder(old).find(secret)).toBeNull();
  });

  it('says so when the key is gone, and does not keep others from being sealed anew', async () => {
    const lost = await feedsUnder(randomBytes(32)).create('org_one', { host, titles: false });
    const feed = await feedsUnder(next).create('org_one', { host, titles: false });
    const secret = secretOf(feedsUnder(next).urlOf(feed));
    expect(() => feedsUnder(next).urlOf(lost)).toThrow(/revoke it/);
    expect(await reseal(old, next)).toEqual([lost.id]);
    expect(await feedsUnder(old).find(secret)).toMatchObject({ id: feed.id });
  });
});

describe('feeds', () => {
  it('belong to their organisation', async () => {
    const feeds = feedsUnder(old);
    const feed = await feeds.create('org_one', { host, titles: true });
    await expect(feeds.create('org_two', { host, titles: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(feeds.revoke('org_two', feed.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await feeds.find(secretOf(feeds.urlOf(feed)))).toMatchObject({ id: feed.id, titles: true });
    await feeds.revoke('org_one', feed.id);
    expect(await feeds.find(secretOf(feeds.urlOf(feed)))).toBeNull();
  });

  it('are counted each on its own', async () => {
    const feeds = feedsUnder(old);
    const made = await Promise.all([1, 2].map(() => feeds.create('org_one', { host, titles: false })));
    const [one, two] = await Promise.all(made.map((feed) => feeds.find(secretOf(feeds.urlOf(feed)))));
    if (!one || !two) throw new Error('not found');
    expect([await feeds.admit(one), await feeds.admit(one)]).toEqual([null, null]);
    expect(await feeds.admit(one)).toBeGreaterThan(0);
    expect(await feeds.admit(two)).toBeNull();
  });
});
