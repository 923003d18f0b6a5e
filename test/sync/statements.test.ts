import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeBusy } from '../../src/cache/codecs/busy.ts';
import type { VersionedEntry } from '../../src/cache/port.ts';
import type { InboundNotification } from '../../src/providers/port.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { calendarSources } from '../../src/store/rules/offer-rows.ts';
import { createChannelKeeper } from '../../src/sync/channels/keeper.ts';
import type { Publisher } from '../../src/sync/publisher.ts';
import { createPuller } from '../../src/sync/pull/pull.ts';
import { createReceiver } from '../../src/webhooks/inbound/receive.ts';
import { type StatementCounter, startStatementCounter } from '../booking/statements.fixture.ts';
import { busy } from './provider.fixture.ts';
import { createWorld, HOUR, NOW, type World } from './world.fixture.ts';

/** A statement more is a change to be made on purpose: its way to the database and back is most of what a change takes to a page. */
const STATEMENTS = { pull: 2, notifications: 2 };

let world: World;
let counter: StatementCounter;
let store: Store;

beforeAll(async () => {
  world = await createWorld();
  counter = await startStatementCounter(world.url);
  store = createStore(counter.url);
}, 120_000);
afterAll(async () => {
  if (store) await closeStore(store);
  await counter?.close();
  await world?.close();
});
beforeEach(() => world.provider.reset());

describe('the statements that the database is sent', () => {
  test('for a pull that finds one change are two', async () => {
    world.provider.script(
      [{ changes: [busy('a', NOW, NOW + HOUR)], cursor: 'c1' }],
      [{ changes: [busy('b', NOW, NOW + HOUR)], cursor: 'c2' }],
    );
    const { id } = await world.addCalendar();
    const puller = createPuller({ ...world.deps, store });
    await puller.pull(id);
    world.clock.at += 1_000;
    counter.take();
    expect(await puller.pull(id)).toBe('applied');
    const statements = counter.take();
    expect(statements, statements.join('\n')).toHaveLength(STATEMENTS.pull);
  });

  test('for a pull also read what the cache gets, as a load afterwards does', async () => {
    world.provider.script(
      [{ changes: [busy('a', NOW, NOW + HOUR), busy('b', NOW + HOUR, NOW + 2 * HOUR)], cursor: 'c1' }],
      [{ changes: [busy('b', NOW + 3 * HOUR, NOW + 4 * HOUR)], cursor: 'c2' }],
      [
        {
          changes: [{ type: 'remove', externalId: 'a' }, busy('c', NOW + 6 * HOUR, NOW + 7 * HOUR)],
          cursor: 'c3',
        },
      ],
      [{ changes: [], cursor: 'c4' }],
    );
    const { id } = await world.addCalendar();
    const given: VersionedEntry[] = [];
    const publishOrLog: Publisher['publishOrLog'] = async (_keys, known = []) => void given.push(...known);
    const puller = createPuller({ ...world.deps, publisher: { ...world.deps.publisher, publishOrLog } });
    await puller.pull(id);
    expect(given).toEqual([]);
    for (let i = 0; i < 3; i++) {
      world.clock.at += 1_000;
      expect(await puller.pull(id)).toBe('applied');
      const [{ version, source } = expect.fail('there is no such calendar')] = await calendarSources(
        world.store,
        [id],
      );
      expect(given.splice(0)).toEqual([{ key: `busy:${id}`, version, bytes: encodeBusy(source) }]);
    }
    expect(await world.busyOf(id)).toEqual([NOW + 3 * HOUR, NOW + 4 * HOUR, NOW + 6 * HOUR, NOW + 7 * HOUR]);
    expect(await world.jobs('publish')).toContainEqual(
      expect.objectContaining({ key: `publish:busy:${id}` }),
    );
  });

  test('for notifications are as many for a hundred of four calendars as for one', async () => {
    const channels: { channelId: string; secret: string }[] = [];
    for (let i = 0; i < 4; i++) {
      await createChannelKeeper(world.deps).ensure((await world.addCalendar()).id);
      channels.push(...world.provider.opened.slice(-1));
    }
    const receiver = createReceiver({ ...world.deps, store });
    let number = 0;
    const send = (count: number) => {
      const notifications = Array.from({ length: count }, (_, i): InboundNotification => {
        const channel = channels[i % channels.length] ?? expect.fail('there is no channel');
        const dedupeKey = String(++number);
        return {
          ...channel,
          remoteId: `remote-${channel.channelId}`,
          signal: 'changed',
          dedupeKey,
          record: '',
        };
      });
      const body = Buffer.from(JSON.stringify(notifications));
      const request = { method: 'POST', path: '', query: new URLSearchParams(), headers: {}, body };
      return receiver.receive('google', request);
    };
    await send(1);
    for (const count of [1, 100]) {
      counter.take();
      expect((await send(count)).status).toBe(202);
      const statements = counter.take();
      expect(statements, statements.join('\n')).toHaveLength(STATEMENTS.notifications);
    }
    expect(await world.store.delivery.count({ where: { verdict: 'ACCEPTED' } })).toBe(102);
  });
});
