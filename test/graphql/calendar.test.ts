import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { availability, codesOf, makeHost, refusal, secondOrganisation, startsOf } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
});
afterEach(() => stack.simulator.faults.clear());
afterAll(() => stack?.close());

const { window, at, iso } = testDay();

interface Calendar {
  __typename?: string;
  id: string;
  name: string;
  externalId: string;
  timeZone: string | null;
  primary: boolean;
  writable: boolean;
  watchable: boolean;
  selected: boolean;
  watch: { id: string; state: string; expiresAt: string | null; lastNotificationAt: string | null } | null;
  sync: { provenAsOf: string | null; consecutiveFailures: number; coveredFrom: string | null };
}
const WHOLE = `fragment Whole on Calendar {
  id name externalId timeZone primary writable watchable selected
  watch { id state expiresAt lastNotificationAt } sync { provenAsOf consecutiveFailures coveredFrom }
}`;

const one = async <Name extends string>(field: Name, args: string, selection = '...Whole') => {
  const answer = await stack.admin<Record<Name, Calendar>>(
    `mutation { ${field}(${args}) { ${selection} } } ${selection.includes('Whole') ? WHOLE : ''}`,
  );
  return answer[field];
};
const select = (id: string, selected: boolean) =>
  one('selectCalendar', `calendar: "${id}", selected: ${selected}`);
const unwatch = (id: string) => one('unwatchCalendar', `calendar: "${id}"`);
const sync = (id: string) => one('syncCalendar', `calendar: "${id}"`);
const watch = (id: string) =>
  one(
    'watchCalendar',
    `calendar: "${id}"`,
    '__typename ...Whole ... on WatchNotSupported { message } ... on ProviderRefused { message }',
  );

const calendarsOf = async (host: string) =>
  (
    await stack.admin<{ calendars: { edges: { node: Calendar }[] } }>(
      `query ($host: ID!) { calendars(host: $host) { edges { node { ...Whole } } } } ${WHOLE}`,
      { host },
    )
  ).calendars.edges.map(({ node }) => node);
const read = async (host: ConnectedHost) =>
  (await calendarsOf(host.id)).find(({ id }) => id === host.calendar);
const accountOf = async (host: string) => {
  const answer = await stack.admin<{ host: { accounts: { id: string; status: string }[] } }>(
    'query ($host: ID!) { host(id: $host) { accounts { id status } } }',
    { host },
  );
  return answer.host.accounts[0] ?? { id: '', status: '' };
};
const refreshAccount = async (host: ConnectedHost) => {
  const { id } = await accountOf(host.id);
  await stack.admin('mutation ($id: ID!) { refreshAccount(account: $id) { id } }', { id });
  return calendarsOf(host.id);
};
const channels = (remote: string) => stack.simulator.channels().filter(({ calendar }) => calendar === remote);
const ask = (eventType: string) => availability(stack.anyone, { eventType, ...window });

describe.each(['GOOGLE', 'MICROSOFT'] as const)('a calendar of %s', (provider) => {
  const name = provider.toLowerCase();

  it('is selected, watched and read once its host connected, when it is the primary one', async () => {
    const host = await connectHost(stack, provider, `new-${name}`);
    expect(await calendarsOf(host.id)).toEqual([
      {
        id: host.calendar,
        name: expect.any(String),
        externalId: expect.any(String),
        timeZone: 'UTC',
        primary: true,
        writable: true,
        watchable: true,
        selected: true,
        watch: {
          id: expect.any(String),
          state: 'ACTIVE',
          expiresAt: expect.stringMatching(/Z$/),
          lastNotificationAt: provider === 'GOOGLE' ? expect.stringMatching(/Z$/) : null,
        },
        sync: { provenAsOf: expect.any(String), consecutiveFailures: 0, coveredFrom: expect.any(String) },
      },
    ]);
    expect(channels(host.remoteCalendar)).toHaveLength(1);
  });

  it('has one channel, however often it is watched', async () => {
    const host = await connectHost(stack, provider, `twice-${name}`);
    const [first, second] = await Promise.all([watch(host.calendar), watch(host.calendar)]);
    expect(first).toMatchObject({ __typename: 'Calendar', watch: { state: 'ACTIVE' } });
    expect(second.watch?.id).toBe(first.watch?.id);
    expect((await watch(host.calendar)).watch?.id).toBe(first.watch?.id);
    expect(channels(host.remoteCalendar)).toHaveLength(1);
  });

  it('whose account is disconnected leaves nothing at the provider, and comes back under its id', async () => {
    const host = await connectHost(stack, provider, `bye-${name}`);
    const email = `bye-${name}@example.com`;
    stack.simulator.world.createEvent(host.remoteCalendar, { start: at('09:00'), end: at('16:00') });
    await until(async () => (await ask(host.eventType)).slots.length === 2);
    const { id: account } = await accountOf(host.id);
    const disconnect = () =>
      stack.admin('mutation ($account: ID!) { disconnectAccount(account: $account) }', { account });
    expect(await disconnect()).toEqual({ disconnectAccount: true });
    expect(channels(host.remoteCalendar)).toEqual([]);
    expect(await accountOf(host.id)).toEqual({ id: account, status: 'DISCONNECTED' });
    expect(await read(host)).toMatchObject({ selected: false, watch: null, sync: { provenAsOf: null } });
    expect(codesOf(await ask(host.eventType))).toEqual(['NO_CALENDARS']);
    expect(await disconnect()).toEqual({ disconnectAccount: true });
    expect((await refusal(select(host.calendar, true))).code).toBe('BAD_USER_INPUT');

    const other = await makeHost(stack.admin, `other-${name}`);
    expect(await connect(other.id, provider, email)).toContain('error=');
    expect(await connect(host.id, provider, email)).not.toContain('error=');
    expect(await accountOf(host.id)).toEqual({ id: account, status: 'CONNECTED' });
    // The database knows that it was read a moment before the gateway's cache does.
    await until(async () => (await ask(host.eventType)).slots.length > 0);
    expect(startsOf(await ask(host.eventType))).toEqual(iso('16:00', '16:30'));
  });
});

describe('a calendar', () => {
  it('stays unwatched until it is watched again', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'un');
    expect(await unwatch(host.calendar)).toMatchObject({ selected: true, watch: null });
    expect(channels(host.remoteCalendar)).toEqual([]);
    await select(host.calendar, false);
    await select(host.calendar, true);
    await until(async () => (await read(host))?.sync.provenAsOf);
    await sync(host.calendar);
    expect(await read(host)).toMatchObject({ selected: true, watch: null });
    expect(channels(host.remoteCalendar)).toEqual([]);
    expect(await watch(host.calendar)).toMatchObject({ watch: { state: 'ACTIVE' } });
    expect(channels(host.remoteCalendar)).toHaveLength(1);
  });

  it('that is no longer selected is forgotten, and begins as never read when it is again', async () => {
    const host = await connectHost(stack, 'MICROSOFT', 'des');
    stack.simulator.world.createEvent(host.remoteCalendar, { start: at('09:00'), end: at('16:00') });
    await until(async () => (await ask(host.eventType)).slots.length === 2);

    expect(await select(host.calendar, false)).toMatchObject({
      selected: false,
      watch: null,
      sync: { provenAsOf: null, coveredFrom: null },
    });
    const answer = await ask(host.eventType);
    expect(answer.slots).toHaveLength(16);
    expect(codesOf(answer)).toEqual(['NO_CALENDARS']);
    await until(async () => channels(host.remoteCalendar).length === 0);
    for (const mutation of [sync, watch]) {
      expect(await refusal(mutation(host.calendar))).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'calendar',
      });
    }

    stack.simulator.faults.add({
      kind: 'answer',
      path: '/(events|calendarView.*)$',
      method: 'GET',
      times: 100,
      status: 500,
    });
    expect(await select(host.calendar, true)).toMatchObject({ selected: true, sync: { provenAsOf: null } });
    expect(await ask(host.eventType)).toMatchObject({ slots: [], freshness: { provenAsOf: null } });
    stack.simulator.faults.clear();
    expect((await sync(host.calendar)).sync.provenAsOf).not.toBeNull();
    expect(startsOf(await ask(host.eventType))).toEqual(iso('16:00', '16:30'));
    await until(async () => channels(host.remoteCalendar).length === 1);
  });

  it('is found and lost with its account’s list', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'list');
    const remote = stack.simulator.world.addCalendar({
      owner: 'list@example.com',
      name: 'Side',
      writable: false,
    });
    const side = (await refreshAccount(host)).find((calendar) => calendar.name === 'Side');
    expect(side).toMatchObject({ primary: false, selected: false, writable: false, watch: null });
    await select(side?.id ?? '', true);
    await sync(side?.id ?? '');
    await until(async () => channels(remote.id).length === 1);
    const { freshness } = await ask(host.eventType);
    expect(freshness.sources.map(({ calendar }) => calendar).sort()).toEqual(
      [host.calendar, side?.id].sort(),
    );
  });
});

/** @returns where the browser ends. */
async function connect(host: string, provider: string, email: string) {
  const { startConnect } = await stack.admin<{ startConnect: string }>(
    'mutation ($host: ID!, $provider: OAuthProvider!) { startConnect(host: $host, provider: $provider) }',
    { host, provider },
  );
  return stack.simulator.connect(startConnect, email);
}

describe('a channel that can not be had', () => {
  let host: ConnectedHost;
  beforeAll(async () => {
    host = await connectHost(stack, 'GOOGLE', 'refused');
  });

  it('is not supported where the provider refuses channels: the calendar is polled', async () => {
    stack.simulator.world.addCalendar({ owner: 'refused@example.com', name: 'Holidays', watchable: false });
    const holidays = (await refreshAccount(host)).find(({ name }) => name === 'Holidays');
    await select(holidays?.id ?? '', true);
    expect(await watch(holidays?.id ?? '')).toMatchObject({
      __typename: 'WatchNotSupported',
      message: expect.any(String),
    });
    const after = (await calendarsOf(host.id)).find(({ id }) => id === holidays?.id);
    expect(after).toMatchObject({ selected: true, watchable: false, watch: null });
    expect((await sync(holidays?.id ?? '')).sync.provenAsOf).not.toBeNull();
  });

  it('is refused where the provider fails, without a word of its own', async () => {
    await unwatch(host.calendar);
    stack.simulator.faults.add({
      kind: 'answer',
      path: '/watch$',
      status: 500,
      body: { error: { message: 'SECRET' } },
    });
    const outcome = await watch(host.calendar);
    expect(outcome).toMatchObject({ __typename: 'ProviderRefused', message: expect.any(String) });
    expect(JSON.stringify(outcome)).not.toContain('SECRET');
    expect((await read(host))?.watch).toMatchObject({ state: 'FAILED' });
  });
});

describe('an id', () => {
  it('of nothing, or of another organisation, is NOT_FOUND', async () => {
    const { calendar, id } = await connectHost(stack, 'GOOGLE', 'ours');
    const { id: account } = await accountOf(id);
    const { ask: other } = await secondOrganisation(stack);
    const mutations = [
      'mutation ($calendar: ID!) { selectCalendar(calendar: $calendar, selected: false) { id } }',
      'mutation ($calendar: ID!) { watchCalendar(calendar: $calendar) { __typename } }',
      'mutation ($calendar: ID!) { unwatchCalendar(calendar: $calendar) { id } }',
      'mutation ($calendar: ID!) { syncCalendar(calendar: $calendar) { id } }',
      'mutation ($account: ID!) { refreshAccount(account: $account) { id } }',
      'mutation ($account: ID!) { disconnectAccount(account: $account) }',
    ];
    for (const mutation of mutations) {
      expect(await refusal(other(mutation, { calendar, account }))).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusal(stack.admin(mutation, { calendar: 'junk', account: 'junk' }))).toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await other('{ calendars { edges { node { id } } } }')).toEqual({ calendars: { edges: [] } });
  });
});
