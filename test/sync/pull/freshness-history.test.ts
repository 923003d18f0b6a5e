import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProviderError } from '../../../src/providers/port.ts';
import { freshnessAt } from '../../../src/store/calendars/freshness-history.ts';
import { createPuller, type Puller } from '../../../src/sync/pull/pull.ts';
import { MINUTE } from '../../../src/time/clock.ts';
import { createWorld, NOW, type World } from '../world.fixture.ts';

let world: World;
let puller: Puller;
let id: string;
let account: string;

beforeAll(async () => {
  world = await createWorld();
  puller = createPuller(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  world.provider.reset();
  ({ id, account } = await world.addCalendar());
});

const later = (ms: number) => {
  world.clock.at += ms;
};
const good = { changes: [], cursor: 'c' };
/** Pulls once; the provider answers so. */
async function pull(answer: typeof good | ProviderError = good) {
  world.provider.script([answer]);
  return puller.pull(id);
}
const rows = async () =>
  (await world.store.calendarStanding.findMany({ where: { calendarId: id }, orderBy: { id: 'asc' } })).map(
    ({ validFrom, trouble, silent }) => [(validFrom.getTime() - NOW) / MINUTE, silent ? 'silent' : trouble],
  );
const at = async (minutes: number) => (await freshnessAt(world.store, [id], NOW + minutes * MINUTE)).get(id);

describe('the freshness history of a calendar', () => {
  test('gets a row when freshness changes, not for each pull', async () => {
    for (let i = 0; i < 3; i++) {
      expect(await pull()).toBe('applied');
      later(5 * MINUTE);
    }
    expect(await rows()).toEqual([[0, null]]);
    for (let i = 0; i < 2; i++) {
      expect(await pull(new ProviderError('transient', 'no'))).toBe('failed');
      later(MINUTE);
    }
    expect(await pull()).toBe('applied');
    expect(await rows()).toEqual([
      [0, null],
      [15, 'unreachable'],
      [17, null],
    ]);
    expect(await at(-1)).toBeUndefined();
    expect(await at(12)).toMatchObject({ provenAsOf: NOW + 12 * MINUTE, trouble: null });
    expect(await at(16)).toMatchObject({ provenAsOf: NOW + 10 * MINUTE, trouble: 'unreachable' });
    expect(await at(17)).toMatchObject({ provenAsOf: NOW + 17 * MINUTE, trouble: null });
    expect(await at(30)).toMatchObject({ provenAsOf: NOW + 17 * MINUTE });
  });

  test('gets a row for a gap without pulls, once a pull ends it', async () => {
    await pull();
    later(10 * MINUTE);
    await pull();
    expect(await rows()).toEqual([[0, null]]);
    later(10 * MINUTE + 1);
    await pull();
    expect(await rows()).toEqual([
      [0, null],
      [10, 'silent'],
      [20 + 1 / MINUTE, null],
    ]);
    expect(await at(9)).toMatchObject({ provenAsOf: NOW + 9 * MINUTE, trouble: null });
    expect(await at(20)).toMatchObject({ provenAsOf: NOW + 10 * MINUTE, trouble: null });
    expect(await at(21)).toMatchObject({ provenAsOf: NOW + 20 * MINUTE + 1 });
  });

  test('gets a row for every calendar of an account whose grant is gone', async () => {
    const { id: other } = await world.addCalendar(account);
    await pull();
    later(MINUTE);
    await pull(new ProviderError('auth-revoked', 'no'));
    expect(await rows()).toEqual([
      [0, null],
      [1, 'auth_revoked'],
    ]);
    expect((await freshnessAt(world.store, [other], world.clock.at)).get(other)).toMatchObject({
      provenAsOf: null,
      trouble: 'auth-revoked',
    });
  });
});
