import { setTimeout as timer } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProviderError } from '../../../src/providers/port.ts';
import { drawPullNumber, takeLease } from '../../../src/store/calendars/leases.ts';
import { markDirty } from '../../../src/store/calendars/states.ts';
import { createPuller, PULL_LEASE_TTL, type Puller } from '../../../src/sync/pull/pull.ts';
import { DAY, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { gate, signal } from '../../harness/gate.ts';
import { busy } from '../provider.fixture.ts';
import { createWorld, HOUR, NOW, type World } from '../world.fixture.ts';

let world: World;
let puller: Puller;
let id: string;
let account: string;

const stateOf = (calendarId: string) =>
  world.store.calendarState.findUniqueOrThrow({ where: { calendarId } });
const later = (ms: number) => {
  world.clock.at += ms;
  return world.clock.at;
};

beforeAll(async () => {
  world = await createWorld();
  puller = createPuller(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  world.provider.reset();
  world.published.length = 0;
  world.provider.script([{ changes: [busy('a', NOW, NOW + HOUR)], cursor: 'c1' }]);
  ({ id, account } = await world.addCalendar());
});

describe('a pull', () => {
  test('reads everything at first, then what changed', async () => {
    world.provider.script(
      [
        { changes: [busy('a', NOW, NOW + HOUR)] },
        { changes: [busy('b', NOW + 2 * HOUR, NOW + 3 * HOUR)], cursor: 'c1' },
      ],
      [
        {
          changes: [
            { type: 'remove', externalId: 'a' },
            { type: 'remove', externalId: 'unknown' },
          ],
          cursor: 'c2',
        },
      ],
    );
    expect(await puller.pull(id)).toBe('applied');
    expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR]);
    const first = await stateOf(id);
    expect(first).toMatchObject({
      cursor: 'c1',
      basis: 'NOTIFICATION',
      leaseId: null,
      dirtySince: null,
      failures: 0,
    });
    expect(first.coveredFrom?.getTime()).toBe(NOW - 8 * DAY);
    expect(first.coveredTo?.getTime()).toBe(NOW + 182 * DAY);
    expect(first.provenAsOf?.getTime()).toBe(NOW);
    expect(first.dueAt?.getTime()).toBeGreaterThanOrEqual(NOW + 4.5 * MINUTE);
    expect(first.dueAt?.getTime()).toBeLessThanOrEqual(NOW + 5 * MINUTE);

    later(MINUTE);
    expect(await puller.pull(id)).toBe('applied');
    expect(await world.busyOf(id)).toEqual([NOW + 2 * HOUR, NOW + 3 * HOUR]);
    const second = await stateOf(id);
    expect(second).toMatchObject({ cursor: 'c2', basis: 'POLL', coveredTo: first.coveredTo });
    expect(second.provenAsOf?.getTime()).toBe(NOW + MINUTE);
    expect(second.version).toBeGreaterThan(first.version);
    expect(world.provider.pulls[1]).toMatchObject({
      cursor: 'c1',
      window: { from: NOW - 8 * DAY, to: NOW + 182 * DAY },
    });
    expect(world.published).toEqual([`busy:${id}`, `busy:${id}`]);
    expect(await world.jobs('publish')).toContainEqual(
      expect.objectContaining({ key: `publish:busy:${id}` }),
    );
  });

  test('proves the time of its start, not of its end', async () => {
    world.provider.script([async () => void later(20 * SECOND), { changes: [], cursor: 'c1' }]);
    await puller.pull(id);
    expect((await stateOf(id)).provenAsOf?.getTime()).toBe(NOW);
  });

  test('keeps the old busy time until a restarted round is whole', async () => {
    await puller.pull(id);
    const seen: number[][] = [];
    world.provider.script(
      [
        { changes: [{ type: 'remove', externalId: 'a' }, busy('half', NOW, NOW + DAY)] },
        async () => void seen.push(await world.busyOf(id)),
        new ProviderError('cursor-expired', 'gone'),
      ],
      [
        async () => void seen.push(await world.busyOf(id)),
        { changes: [busy('z', NOW + HOUR, NOW + 2 * HOUR)], cursor: 'c9' },
      ],
    );
    expect(await puller.pull(id)).toBe('applied');
    expect(seen).toEqual([
      [NOW, NOW + HOUR],
      [NOW, NOW + HOUR],
    ]);
    expect(await world.busyOf(id)).toEqual([NOW + HOUR, NOW + 2 * HOUR]);
    expect(world.provider.pulls.map((pull) => pull.cursor)).toEqual([null, 'c1', null]);
  });

  test('reads everything anew where coverage ends, and where the zone is another', async () => {
    await puller.pull(id);
    later(DAY);
    await puller.pull(id);
    later(MINUTE);
    await puller.pull(id);
    world.provider.script([{ changes: [], timeZone: 'Asia/Tokyo', cursor: 'c3' }]);
    await puller.pull(id);
    expect(world.provider.pulls.map((pull) => pull.cursor)).toEqual([null, 'c1', null, 'c1', null]);
    expect(world.provider.pulls[4]?.calendar.timeZone).toBe('Asia/Tokyo');
    expect((await world.store.calendar.findUniqueOrThrow({ where: { id } })).timeZone).toBe('Asia/Tokyo');
  });

  test('of a calendar that became dirty meanwhile is followed by another', async () => {
    const { step, open, reached } = gate();
    world.provider.script([step, { changes: [], cursor: 'c1' }]);
    const pull = puller.pull(id);
    await reached;
    // Dirty since before the start already: this second change must not hide behind the first.
    await markDirty(world.store, [id], later(SECOND));
    expect(await puller.pull(id)).toBe('busy');
    open();
    expect(await pull).toBe('applied');
    const state = await stateOf(id);
    expect(state.dirtySince?.getTime()).toBe(NOW + SECOND);
    expect(state.dueAt?.getTime()).toBe(NOW + 6 * SECOND);
    expect(await world.jobs('pull')).toContainEqual(expect.objectContaining({ key: `pull:${id}` }));
    later(SECOND);
    await puller.pull(id);
    expect(await stateOf(id)).toMatchObject({ dirtySince: null, basis: 'NOTIFICATION' });
  });

  test('that finds the lease of a killed one is due when that lease ends', async () => {
    await takeLease(world.store, id, NOW, PULL_LEASE_TTL);
    await world.store.calendarState.update({
      where: { calendarId: id },
      data: { dueAt: new Date(NOW + HOUR) },
    });
    later(SECOND);
    expect(await puller.pull(id)).toBe('busy');
    expect((await stateOf(id)).dueAt?.getTime()).toBe(NOW + PULL_LEASE_TTL);
    later(PULL_LEASE_TTL);
    expect(await puller.pull(id)).toBe('applied');
  });

  test('that lost its lease commits nothing', async () => {
    await puller.pull(id);
    const { step, open, reached } = gate();
    world.provider.script(
      [{ changes: [busy('late', NOW, NOW + DAY)] }, step, { changes: [], cursor: 'late' }],
      [{ changes: [busy('fast', NOW + HOUR, NOW + 2 * HOUR)], cursor: 'fast' }],
    );
    const slow = puller.pull(id);
    await reached;
    later(31 * SECOND);
    expect(await puller.pull(id)).toBe('applied');
    open();
    expect(await slow).toBe('fenced');
    expect((await stateOf(id)).cursor).toBe('fast');
    expect(await world.busyOf(id)).toEqual([NOW, NOW + 2 * HOUR]);
  });

  test('can not commit beside the pull that took its lease', async () => {
    const [slow, fast] = [gate(), gate()];
    world.provider.script(
      [{ changes: [busy('slow', NOW, NOW + DAY)] }, slow.step, { changes: [], cursor: 'slow' }],
      [fast.step, { changes: [busy('fast', NOW, NOW + HOUR)], cursor: 'fast' }],
    );
    const first = puller.pull(id);
    await slow.reached;
    later(31 * SECOND);
    const second = puller.pull(id);
    await fast.reached;
    slow.open();
    expect(await first).toBe('fenced');
    expect(await world.busyOf(id)).toEqual([]);
    fast.open();
    expect(await second).toBe('applied');
    expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR]);
  });

  test('of a calendar that is deselected meanwhile commits nothing, and leaves nothing due', async () => {
    const { step, open, reached } = gate();
    world.provider.script([step, { changes: [busy('a', NOW, NOW + HOUR)], cursor: 'c1' }]);
    const pull = puller.pull(id);
    await reached;
    await world.store.calendar.update({ where: { id }, data: { selected: false } });
    open();
    expect(await pull).toBe('fenced');
    expect(await world.busyOf(id)).toEqual([]);
    expect(await puller.pull(id)).toBe('skipped');
    expect(await stateOf(id)).toMatchObject({ dueAt: null, dirtySince: null, leaseId: null });
  });
});

describe('a failed pull', () => {
  test('keeps the stored events, publishes the trouble at once, and is tried again at growing delays', async () => {
    await puller.pull(id);
    const before = await stateOf(id);
    world.published.length = 0;
    world.provider.script([new ProviderError('transient', 'HTTP 503')]);
    later(MINUTE);
    expect(await puller.pull(id)).toBe('failed');
    const state = await stateOf(id);
    expect(state).toMatchObject({
      trouble: 'unreachable',
      failures: 1,
      error: 'transient: HTTP 503',
      leaseId: null,
    });
    expect(state).toMatchObject({ cursor: 'c1', provenAsOf: before.provenAsOf, basis: before.basis });
    expect(state.version).toBeGreaterThan(before.version);
    expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR]);
    expect(world.published).toEqual([`busy:${id}`]);
    for (let failures = 2; failures <= 9; failures++) await puller.pull(id);
    const wait = ((await stateOf(id)).dueAt?.getTime() ?? 0) - world.clock.at;
    expect(wait).toBeGreaterThan(3.5 * MINUTE);
    expect(wait).toBeLessThanOrEqual(5 * MINUTE);
    world.provider.script([{ changes: [], cursor: 'c2' }]);
    await puller.pull(id);
    expect(await stateOf(id)).toMatchObject({ trouble: null, error: null, failures: 0 });
  });

  test('waits as long as the provider asks, at most an hour', async () => {
    world.provider.script(
      [new ProviderError('rate-limited', 'slow down', { retryAfter: 10 * MINUTE })],
      [new ProviderError('rate-limited', 'slow down', { retryAfter: DAY })],
    );
    await puller.pull(id);
    expect((await stateOf(id)).dueAt?.getTime()).toBe(NOW + 10 * MINUTE);
    await puller.pull(id);
    expect((await stateOf(id)).dueAt?.getTime()).toBe(NOW + HOUR);
  });

  test('for a withdrawn grant marks all calendars of the account', async () => {
    const sibling = await world.addCalendar(account);
    await puller.pull(id);
    await puller.pull(sibling.id);
    world.published.length = 0;
    world.provider.script([new ProviderError('auth-revoked', 'invalid_grant')]);
    await Promise.all([puller.pull(id), puller.pull(sibling.id)]);
    expect((await world.store.account.findUniqueOrThrow({ where: { id: account } })).status).toBe(
      'AUTH_REVOKED',
    );
    expect(await stateOf(id)).toMatchObject({ trouble: 'auth_revoked', leaseId: null });
    expect(await stateOf(sibling.id)).toMatchObject({ trouble: 'auth_revoked', leaseId: null });
    expect(world.published).toEqual(expect.arrayContaining([`busy:${id}`, `busy:${sibling.id}`]));
    const asked = world.provider.pulls.length;
    expect(await puller.pull(id)).toBe('skipped');
    expect(world.provider.pulls.length).toBe(asked);
  });

  test('for a refused secret goes on trying, ever more rarely, and one that succeeds restores the account', async () => {
    const sibling = await world.addCalendar(account);
    world.provider.secret = { parse: () => '' };
    world.provider.script([new ProviderError('auth-revoked', 'not accepted', { status: 401 })]);
    const waits: number[] = [];
    for (let tries = 0; tries < 10; tries++) {
      expect(await puller.pull(id)).toBe('failed');
      waits.push(((await stateOf(id)).dueAt?.getTime() ?? 0) - world.clock.at);
    }
    expect(waits[0]).toBeLessThanOrEqual(30_000);
    expect(waits.at(-1)).toBeGreaterThan(HOUR / 2);
    expect(waits.at(-1)).toBeLessThanOrEqual(HOUR);
    expect(await stateOf(sibling.id)).toMatchObject({ trouble: 'auth_revoked' });
    // Visitors who ask for a strict answer send no password.
    const asked = world.provider.pulls.length;
    expect(await puller.pull(id, { after: () => 0 })).toBe('skipped');
    expect(world.provider.pulls.length).toBe(asked);
    world.provider.script([{ changes: [], cursor: 'c1' }]);
    world.published.length = 0;
    expect(await puller.pull(id)).toBe('applied');
    expect((await world.store.account.findUniqueOrThrow({ where: { id: account } })).status).toBe(
      'CONNECTED',
    );
    expect(await stateOf(id)).toMatchObject({ trouble: null, failures: 0 });
    expect(await stateOf(sibling.id)).toMatchObject({ trouble: null, dueAt: new Date(world.clock.at) });
    expect(world.published).toEqual(expect.arrayContaining([`busy:${id}`, `busy:${sibling.id}`]));
  });

  test('for a secret that no key opens writes nothing to the account, and is tried again within half a minute', async () => {
    await puller.pull(id);
    const before = await world.store.account.findUniqueOrThrow({ where: { id: account } });
    const sealed = new ProviderError('sealed', 'no key of ENCRYPTION_KEYS opens the stored secret');
    for (let failures = 1; failures <= 9; failures++) {
      world.provider.script([sealed]);
      expect(await puller.pull(id)).toBe('failed');
      const state = await stateOf(id);
      expect(state).toMatchObject({
        trouble: 'unreachable',
        failures,
        error: expect.stringMatching(/^sealed: /),
      });
      expect(state.dueAt?.getTime()).toBeLessThanOrEqual(world.clock.now() + 30_000);
    }
    expect(await world.store.account.findUniqueOrThrow({ where: { id: account } })).toEqual(before);
    const { values } = await world.deps.metrics.pullFailures.get();
    expect(values).toContainEqual(
      expect.objectContaining({ labels: { provider: 'google', reason: 'sealed' }, value: 9 }),
    );
    world.provider.script([{ changes: [], cursor: 'c1' }]);
    expect(await puller.pull(id)).toBe('applied');
    expect(await stateOf(id)).toMatchObject({ trouble: null, failures: 0, error: null });
  });

  test('for a fault of the gateway is recorded like any other', async () => {
    world.provider.script([() => Promise.reject(new TypeError('x is undefined'))]);
    expect(await puller.pull(id)).toBe('failed');
    expect(await stateOf(id)).toMatchObject({ trouble: 'unreachable', failures: 1, leaseId: null });
  });

  test('whose provider sends no page for too long ends as failed, and gives its lease back', async () => {
    const { step, reached } = gate();
    world.provider.script([{ changes: [] }, step, { changes: [], cursor: 'c1' }]);
    // The time itself, as fakes would stop the timers of the database's connections as well.
    const hurried = createPuller({ ...world.deps, leaseTimes: { every: 50, stallAfter: 200 } });
    const pull = hurried.pull(id);
    await reached;
    expect(await pull).toBe('failed');
    expect(await stateOf(id)).toMatchObject({ trouble: 'unreachable', failures: 1, leaseId: null });
  });

  test('that is aborted gives its lease back, and its calendar is due', async () => {
    const { step, reached } = gate();
    world.provider.script([step, { changes: [], cursor: 'c1' }]);
    const end = new AbortController();
    const pull = puller.pull(id, { signal: end.signal });
    await reached;
    end.abort();
    expect(await pull).toBe('aborted');
    expect(await stateOf(id)).toMatchObject({ leaseId: null, failures: 0, dueAt: new Date(NOW) });
  });
});

describe('a pull that must begin after a request', () => {
  /** A pull that finds another one at work. `waits` resolves once it has seen that one; it looks again later, or after `until`. */
  const join = (until?: Promise<void>) => {
    const seen = signal();
    const pause = async (ms: number) => {
      seen.give();
      await (until ?? timer(ms)); // real time: between two looks of the pull
    };
    const joins = createPuller({ ...world.deps, pause }).pull(id, { basis: 'STRICT', after: () => 0 });
    return { joins, waits: seen.given };
  };

  test('joins one that began late enough, and follows one that did not', async () => {
    const { step, open, reached } = gate();
    world.provider.script([step, { changes: [], cursor: 'c1' }], [{ changes: [], cursor: 'c2' }]);
    const running = puller.pull(id);
    await reached;
    const joins = puller.pull(id, { basis: 'STRICT', after: () => 0 });
    later(SECOND);
    const now = await drawPullNumber(world.store);
    const follows = puller.pull(id, { basis: 'STRICT', after: () => now });
    open();
    expect(await running).toBe('applied');
    // One of the two that wait reads, and the other one joins it or the first.
    expect((await Promise.all([joins, follows])).sort()).toEqual(['applied', 'joined']);
    expect(world.provider.pulls.length).toBe(2);
    expect(await stateOf(id)).toMatchObject({ basis: 'STRICT', provenAsOf: new Date(NOW + SECOND) });
  });

  test.each(['applied', 'failed'] as const)(
    'tells of what it joined, for whose worker has not yet: a pull that is %s',
    async (comesTo) => {
      const { step, open, reached } = gate();
      const last =
        comesTo === 'applied' ? { changes: [], cursor: 'c1' } : new ProviderError('transient', 'no');
      world.provider.script([step, last]);
      // Of the other process: it has committed, and its way to the cache is long.
      const cache = signal();
      const committed = signal();
      const publishOrLog = () => {
        committed.give();
        return cache.given;
      };
      const other = createPuller({ ...world.deps, publisher: { ...world.deps.publisher, publishOrLog } });
      const running = other.pull(id);
      await reached;
      const { joins, waits } = join(committed.given);
      await waits;
      world.published.splice(0);
      open();
      expect(await joins).toBe(comesTo === 'applied' ? 'joined' : 'failed');
      expect(world.published).toEqual([`busy:${id}`]);
      cache.give();
      expect(await running).toBe(comesTo);
    },
  );

  test('fails when the pull that it waits for fails', async () => {
    const { step, open, reached } = gate();
    world.provider.script([step, new ProviderError('transient', 'no')]);
    const running = puller.pull(id);
    await reached;
    const { joins, waits } = join();
    await waits;
    open();
    expect(await Promise.all([running, joins])).toEqual(['failed', 'failed']);
    expect(world.provider.pulls.length).toBe(1);
  });
});
