import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cacheKey } from '../../src/cache/keys.ts';
import { createWorld, type World } from './world.fixture.ts';

let world: World;
let id: string;
let key: string;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  ({ id } = await world.addCalendar());
  key = cacheKey.calendar(id);
  world.published.length = 0;
});

describe('the job of a change', () => {
  test('publishes nothing that the process of the change has published', async () => {
    await world.store
      .$executeRaw`update calendar_state set published_version = version where calendar_id = ${id}`;
    await world.deps.publisher.publishIfDue(key);
    expect(world.published).toEqual([]);
  });

  test('publishes what has not reached the cache, and what is gone', async () => {
    await world.store
      .$executeRaw`update calendar_state set version = 7, published_version = 6 where calendar_id = ${id}`;
    await world.deps.publisher.publishIfDue(key);
    await world.deps.publisher.publishIfDue(cacheKey.calendar('cal_gone'));
    expect(world.published).toEqual([key, cacheKey.calendar('cal_gone')]);
  });
});
