import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { topicKey } from '../../src/cache/keys.ts';
import { createMemoryCache } from '../../src/cache/memory/cache.ts';
import type { Topics } from '../../src/cache/port.ts';
import { ANONYMOUS, type Viewer } from '../../src/graphql/context.ts';
import { createKeyRevocations, type KeyRevocations } from '../../src/graphql/key-revocations.ts';
import { createLog } from '../../src/log.ts';
import { insertApiKey, revokeApiKey } from '../../src/store/access/api-keys.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { MINUTE, SECOND } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { addOrganisations } from '../store/parents.fixture.ts';

const ORGANISATION = 'org_one';
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 4 });
  await addOrganisations(store, ORGANISATION);
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

const logged: string[] = [];
const watches: KeyRevocations[] = [];
let line: ReturnType<typeof openLine>;
beforeEach(() => {
  // Only the periodic look waits for the test; the database has timers of its own.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  line = openLine();
});
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
  vi.useRealTimers();
  clock.ahead = 0;
  logged.length = 0;
});

/** Invalidations between gateways of one process, over a connection that can be cut. */
function openLine() {
  const { topics } = createMemoryCache({ clock, maxEntries: 1 });
  const reconnects: (() => void)[] = [];
  const state = { cut: false };
  const cuttable: Topics = {
    ...topics,
    async publish(invalidations) {
      if (state.cut) throw new Error('the line is down');
      await topics.publish(invalidations);
    },
    subscribe(listener) {
      reconnects.push(() => listener.onReconnect());
      return topics.subscribe(listener);
    },
  };
  return {
    topics: cuttable,
    cut: () => {
      state.cut = true;
    },
    mend() {
      state.cut = false;
      for (const tell of reconnects) tell();
    },
  };
}

function openWatch(): KeyRevocations {
  const log = createLog('warn', { write: (text) => void logged.push(text) });
  const watch = createKeyRevocations({ store, topics: line.topics, clock, log });
  watches.push(watch);
  return watch;
}

async function makeViewer(expiresAt: number | null = null): Promise<Viewer & { key: { id: string } }> {
  const { id } = await insertApiKey(store, ORGANISATION, {
    ...{ name: 'site', scopes: ['BOOK'] },
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  });
  return { ...ANONYMOUS, kind: 'API_KEY', organisation: ORGANISATION, key: { id, expiresAt } };
}

/** A stream that counts how often it was ended. */
function hold(watch: KeyRevocations, viewer: Viewer) {
  const stream = { ends: 0, release: () => {} };
  stream.release = watch.onEnd(viewer, () => void stream.ends++);
  return stream;
}

/** Revoked without an invalidation. */
const revokeSilently = ({ key }: { key: { id: string } }) =>
  revokeApiKey(store, ORGANISATION, key.id, clock.now());
const ended = (...streams: { ends: number }[]) => until(async () => streams.every(({ ends }) => ends > 0));
/** Invalidations are handled in turn: once one of another key was, those before it were. */
async function quiet(watch: KeyRevocations) {
  const witness = await makeViewer();
  const stream = hold(watch, witness);
  await revokeSilently(witness);
  await line.topics.publish([{ key: topicKey.apiKey(witness.key.id), version: 0 }]);
  await ended(stream);
}

describe('a revoked key', () => {
  it('ends each of its streams once, at every gateway, and no other', async () => {
    const [here, there] = [openWatch(), openWatch()];
    const [viewer, other] = [await makeViewer(), await makeViewer()];
    const streams = [hold(here, viewer), hold(here, viewer), hold(there, viewer)];
    const others = [hold(here, other), hold(there, other), hold(here, ANONYMOUS)];
    expect(await here.revoke(ORGANISATION, viewer.key.id)).toBe(true);
    await ended(...streams);
    expect(await here.revoke(ORGANISATION, viewer.key.id)).toBe(false);
    await quiet(there);
    expect([streams, others].map((each) => each.map(({ ends }) => ends))).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });

  it('is none of another organisation', async () => {
    const watch = openWatch();
    const viewer = await makeViewer();
    const stream = hold(watch, viewer);
    expect(await watch.revoke('org_two', viewer.key.id)).toBe(false);
    await quiet(watch);
    expect(stream.ends).toBe(0);
  });

  it('no longer concerns a stream that has left', async () => {
    const watch = openWatch();
    const viewer = await makeViewer();
    const [left, stays] = [hold(watch, viewer), hold(watch, viewer)];
    left.release();
    left.release();
    await watch.revoke(ORGANISATION, viewer.key.id);
    await ended(stays);
    stays.release();
    expect(left.ends).toBe(0);
  });

  it('ends streams here at once while the line is down, and elsewhere when it is back', async () => {
    const [here, there] = [openWatch(), openWatch()];
    const viewer = await makeViewer();
    const [near, far] = [hold(here, viewer), hold(there, viewer)];
    line.cut();
    expect(await here.revoke(ORGANISATION, viewer.key.id)).toBe(true);
    expect([near.ends, far.ends, logged.length]).toEqual([1, 0, 1]);
    line.mend();
    await ended(far);
  });

  it('whose invalidation was lost ends its streams by the next periodic check', async () => {
    const watch = openWatch();
    const [viewer, other] = [await makeViewer(), await makeViewer()];
    const [stream, lives] = [hold(watch, viewer), hold(watch, other)];
    await revokeSilently(viewer);
    vi.advanceTimersByTime(29 * SECOND);
    await quiet(watch);
    expect(stream.ends).toBe(0);
    vi.advanceTimersByTime(SECOND);
    await ended(stream);
    expect(lives.ends).toBe(0);
  });
});

describe('a key that ends by time', () => {
  it('ends its streams at its instant', async () => {
    const watch = openWatch();
    const expiresAt = clock.now() + 400;
    const [first, second] = [hold(watch, await makeViewer(expiresAt)), hold(watch, await makeViewer())];
    await ended(first);
    expect(clock.now()).toBeGreaterThanOrEqual(expiresAt);
    expect(second.ends).toBe(0);
  });

  it('years ahead is no busy loop, and ends by a look', async () => {
    const watch = openWatch();
    const stream = hold(watch, await makeViewer(clock.now() + 400 * 24 * 60 * MINUTE));
    vi.advanceTimersByTime(30 * SECOND);
    await quiet(watch);
    expect(stream.ends).toBe(0);
    clock.ahead += 401 * 24 * 60 * MINUTE;
    vi.advanceTimersByTime(30 * SECOND);
    await ended(stream);
  });
});

it('keys that can’t be looked at end nothing, and are looked at again', async () => {
  const watch = openWatch();
  const viewer = await makeViewer();
  const stream = hold(watch, viewer);
  await revokeSilently(viewer);
  await store.$executeRawUnsafe('alter table api_key rename to api_key_away');
  vi.advanceTimersByTime(30 * SECOND);
  await until(async () => logged.length > 0);
  expect(stream.ends).toBe(0);
  await store.$executeRawUnsafe('alter table api_key_away rename to api_key');
  vi.advanceTimersByTime(30 * SECOND);
  await ended(stream);
});

it('a closed watch ends nothing more', async () => {
  const [closed, open] = [openWatch(), openWatch()];
  const viewer = await makeViewer(clock.now() + 200);
  const [stream, witness] = [hold(closed, viewer), hold(open, viewer)];
  closed.close();
  await ended(witness);
  vi.advanceTimersByTime(MINUTE);
  await quiet(open);
  expect(stream.ends).toBe(0);
});
