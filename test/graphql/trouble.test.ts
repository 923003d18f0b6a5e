import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { availability, codesOf, daily, makeEventType, startsOf } from './world.fixture.ts';

const DAY = 86_400_000;
const AHEAD = 10;
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    // Reads that succeed take far less; one case waits for it twice.
    env: { STRICT_DEADLINE: 'PT4S', SYNC_AHEAD: `P${AHEAD}D`, LOG_LEVEL: 'silent' },
  });
});
afterEach(() => stack.simulator.faults.clear());
afterAll(() => stack?.close());

const { window, at, iso } = testDay();

/** A connected host with an event type of either policy. */
async function person(slug: string, provider: 'GOOGLE' | 'MICROSOFT' = 'GOOGLE') {
  const host = await connectHost(stack, provider, slug);
  const warn = await makeEventType(stack.admin, host, 'warn', { onStale: 'WARN' });
  return { ...host, warn };
}
const ask = (eventType: string, more: object = {}) =>
  availability(stack.anyone, { eventType, ...window, ...more });
const STRICT = { consistency: 'STRICT' };

/** Reading events fails at both providers until the faults are cleared. */
const failReads = (how: object = { status: 500 }) =>
  stack.simulator.faults.add({
    kind: 'answer',
    path: '/(events|calendarView.*)$',
    method: 'GET',
    times: 1_000,
    ...how,
  });
const dropNotification = () =>
  stack.simulator.faults.add({ kind: 'notifications', effect: 'drop', times: 1 });
const revoke = (slug: string) =>
  stack.simulator.faults.add({ kind: 'revoke', person: `${slug}@example.com` });

const sync = async ({ calendar }: Pick<ConnectedHost, 'calendar'>) => {
  const { syncCalendar } = await stack.admin<{ syncCalendar: { sync: Record<string, unknown> } }>(
    `mutation ($calendar: ID!) { syncCalendar(calendar: $calendar) {
      sync { provenAsOf lastStartedAt lastSucceededAt consecutiveFailures error coveredFrom coveredTo }
    } }`,
    { calendar },
  );
  return syncCalendar.sync;
};

describe.each(['GOOGLE', 'MICROSOFT'] as const)('a change at %s whose notification is lost', (provider) => {
  it('is found by STRICT, by maxAge and by syncCalendar', async () => {
    const host = await person(`lost-${provider.toLowerCase()}`, provider);
    const { world } = stack.simulator;
    const book = (start: string, end: string) => {
      dropNotification();
      world.createEvent(host.remoteCalendar, { start: at(start), end: at(end) });
    };
    const offered = async (time: string, more = {}) =>
      startsOf(await ask(host.eventType, more)).includes(iso(time)[0] ?? '');

    book('09:00', '09:30');
    await stack.simulator.onIdle();
    expect(await offered('09:00')).toBe(true);
    const strict = await ask(host.eventType, STRICT);
    expect(startsOf(strict)).not.toContain(iso('09:00')[0]);
    expect(strict).toMatchObject({
      complete: true,
      issues: [],
      freshness: { sources: [{ basis: 'STRICT' }] },
    });
    expect(await offered('09:00')).toBe(false);

    book('10:00', '10:30');
    expect(await offered('10:00', { maxAge: 'PT1H' })).toBe(true);
    expect(await offered('10:00', { maxAge: 'PT0S' })).toBe(false);

    book('11:00', '11:30');
    expect(await offered('11:00')).toBe(true);
    expect(await sync(host)).toMatchObject({ consecutiveFailures: 0, error: null });
    expect(await offered('11:00')).toBe(false);
  });
});

describe('a provider that fails', () => {
  it('turns up at the first failed read, and the last known busy time stays', async () => {
    const host = await person('down');
    stack.simulator.world.createEvent(host.remoteCalendar, { start: at('09:00'), end: at('10:00') });
    await until(async () => startsOf(await ask(host.eventType))[0] === iso('10:00')[0]);
    const before = await ask(host.eventType);
    failReads();
    expect(await sync(host)).toMatchObject({ consecutiveFailures: 1, error: expect.any(String) });
    for (const eventType of [host.eventType, host.warn]) {
      const answer = await ask(eventType);
      expect(startsOf(answer)).toEqual(startsOf(before));
      expect(answer.issues).toEqual([
        { code: 'SOURCE_UNREACHABLE', host: host.id, calendar: host.calendar, message: expect.any(String) },
      ]);
      expect(answer.complete).toBe(true);
    }
    expect((await ask(host.eventType)).etag).toBe(before.etag);

    stack.simulator.faults.clear();
    expect(await sync(host)).toMatchObject({ consecutiveFailures: 0, error: null });
    expect(codesOf(await ask(host.eventType))).toEqual([]);
  });

  it.each<[string, object]>([
    ['answers with a fault', { status: 503 }],
    ['does not answer in time', { delay: 6_000 }],
  ])('is stale for STRICT when it %s: closed, or offered with a warning', async (_what, how) => {
    const host = await person(`strict-${Object.keys(how)[0]}`);
    failReads(how);
    const closed = await ask(host.eventType, STRICT);
    expect(closed).toMatchObject({ slots: [], complete: false });
    expect(codesOf(closed)).toContain('SOURCE_STALE');
    const warned = await ask(host.warn, { maxAge: 'PT0S' });
    expect(warned.slots).toHaveLength(16);
    expect(warned.complete).toBe(false);
    expect(codesOf(warned)).toContain('SOURCE_STALE');
    // A caller who takes what there is has it.
    expect((await ask(host.eventType)).slots).toHaveLength(16);
  });

  it('is stale for all once staleAfter is over', async () => {
    const host = await person('stale');
    const quick = { staleAfter: 'PT0.001S' };
    const closed = await makeEventType(stack.admin, host, 'quick', quick);
    const warned = await makeEventType(stack.admin, host, 'quick-warn', { ...quick, onStale: 'WARN' });
    expect(await ask(closed)).toMatchObject({
      slots: [],
      complete: false,
      issues: [{ code: 'SOURCE_STALE' }],
    });
    const answer = await ask(warned);
    expect(answer).toMatchObject({ complete: false, issues: [{ code: 'SOURCE_STALE' }] });
    expect(answer.slots).toHaveLength(16);
  });

  it('says nothing of its own to the public', async () => {
    const host = await person('quiet');
    failReads({ status: 500, body: { error: { code: 500, message: 'SECRET of the provider' } } });
    await sync(host);
    expect(JSON.stringify(await ask(host.eventType))).not.toContain('SECRET');
  });
});

describe('a grant that is gone', () => {
  it.each(['GOOGLE', 'MICROSOFT'] as const)(
    'at %s closes at once, or warns, until its host connects again',
    async (provider) => {
      const host = await person(`gone-${provider.toLowerCase()}`, provider);
      revoke(host.slug);
      await sync(host);
      const closed = await ask(host.eventType);
      expect(closed).toMatchObject({ slots: [], complete: false });
      expect(closed.issues).toContainEqual(
        expect.objectContaining({ code: 'SOURCE_AUTH_REVOKED', calendar: host.calendar }),
      );
      const warned = await ask(host.warn);
      expect(warned.slots).toHaveLength(16);
      expect(codesOf(warned)).toContain('SOURCE_AUTH_REVOKED');
      const { host: found } = await stack.admin<{ host: object }>(
        'query ($id: ID!) { host(id: $id) { accounts { status } } }',
        host,
      );
      expect(found).toEqual({ accounts: [{ status: 'AUTH_REVOKED' }] });
    },
  );

  it('is found out by refreshAccount', async () => {
    const host = await person('refreshed');
    const { host: found } = await stack.admin<{ host: { accounts: { id: string }[] } }>(
      'query ($id: ID!) { host(id: $id) { accounts { id } } }',
      host,
    );
    revoke(host.slug);
    const mutation = 'mutation ($account: ID!) { refreshAccount(account: $account) { id status } }';
    const account = found.accounts[0]?.id;
    expect(await stack.admin(mutation, { account })).toEqual({
      refreshAccount: { id: account, status: 'AUTH_REVOKED' },
    });
  });
});

describe('outside coverage', () => {
  it('nothing is offered, whatever the policy; inside, everything', async () => {
    const host = await person('far');
    await stack.admin(
      'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
      {
        host: host.id,
        input: daily('00:00', '24:00'),
      },
    );
    const midnight = Math.floor(Date.now() / DAY) * DAY;
    const day = (n: number) => new Date(midnight + n * DAY).toISOString();
    for (const eventType of [host.eventType, host.warn]) {
      const answer = await ask(eventType, { from: day(AHEAD - 2), to: day(AHEAD + 20) });
      expect(codesOf(answer)).toEqual(['OUTSIDE_COVERAGE']);
      expect(answer.complete).toBe(false);
      const coveredTo = answer.freshness.sources[0]?.coveredTo ?? '';
      expect(Date.parse(coveredTo)).toBeGreaterThanOrEqual(Date.parse(answer.computedAt) + (AHEAD + 1) * DAY);
      const last = answer.slots.at(-1)?.end ?? '';
      expect(answer.slots[0]?.start).toBe(day(AHEAD - 2));
      expect(last <= coveredTo).toBe(true);
      expect(Date.parse(coveredTo) - Date.parse(last)).toBeLessThan(30 * 60_000);
    }
    const beyond = await ask(host.warn, { from: day(AHEAD + 5), to: day(AHEAD + 20) });
    expect(beyond).toMatchObject({ slots: [], issues: [{ code: 'OUTSIDE_COVERAGE' }] });
  });
});

describe('a calendar that was never read', () => {
  it('closes its host, whatever the policy', async () => {
    const host = await person('unread');
    stack.simulator.world.addCalendar({ owner: 'unread@example.com', name: 'Second' });
    const { host: found } = await stack.admin<{ host: { accounts: { id: string }[] } }>(
      'query ($id: ID!) { host(id: $id) { accounts { id } } }',
      host,
    );
    const { refreshAccount } = await stack.admin<{
      refreshAccount: { calendars: { id: string; name: string; selected: boolean }[] };
    }>('mutation ($account: ID!) { refreshAccount(account: $account) { calendars { id name selected } } }', {
      account: found.accounts[0]?.id,
    });
    const second = refreshAccount.calendars.find(({ name }) => name === 'Second');
    expect(second).toMatchObject({ selected: false });
    failReads();
    await stack.admin('mutation ($id: ID!) { selectCalendar(calendar: $id, selected: true) { selected } }', {
      id: second?.id,
    });
    for (const eventType of [host.eventType, host.warn]) {
      const answer = await ask(eventType);
      expect(answer).toMatchObject({
        slots: [],
        complete: false,
        freshness: { provenAsOf: null, bound: null },
      });
      expect(answer.issues).toContainEqual(
        expect.objectContaining({ code: 'SOURCE_NEVER_SYNCED', calendar: second?.id }),
      );
      expect(answer.freshness.sources.find(({ calendar }) => calendar === second?.id)).toMatchObject({
        basis: 'NEVER',
        provenAsOf: null,
        coveredFrom: null,
        coveredTo: null,
      });
    }
    stack.simulator.faults.clear();
    await sync({ calendar: second?.id ?? '' });
    expect((await ask(host.eventType)).slots).toHaveLength(16);
  });
});
