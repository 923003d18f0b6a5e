import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHost, type Stack, startStack } from '../e2e/stack.fixture.ts';
import { daily, makeHost, refusal, secondOrganisation } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const HOST = `fragment Whole on Host {
  id name slug email timeZone zoneChanges { from timeZone }
  workingHours { timeZone weekly { days start end } overrides { date ranges { start end } } }
}`;
const create = (input: object) =>
  stack.admin<{ createHost: { id: string } }>(
    `mutation ($input: CreateHostInput!) { createHost(input: $input) { ...Whole } } ${HOST}`,
    { input },
  );
const update = (id: string, input: object) =>
  stack.admin<{ updateHost: object }>(
    `mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { ...Whole } } ${HOST}`,
    { id, input },
  );
const host = (slug: string, more: object = {}) => ({ name: 'Ada', slug, timeZone: 'Europe/Berlin', ...more });
const hours = (start: string, end: string, overrides: object[] = []) => ({
  workingHours: { timeZone: 'UTC', weekly: [{ days: ['MO'], start, end }], overrides },
});

describe('a host', () => {
  it('works Monday to Friday, nine to five in its own zone, unless stated otherwise', async () => {
    const { createHost } = await create(host('plain'));
    expect(createHost).toEqual({
      id: expect.stringMatching(/^host_/),
      name: 'Ada',
      slug: 'plain',
      email: null,
      timeZone: 'Europe/Berlin',
      zoneChanges: [],
      workingHours: {
        timeZone: 'Europe/Berlin',
        weekly: [{ days: ['MO', 'TU', 'WE', 'TH', 'FR'], start: '09:00', end: '17:00' }],
        overrides: [],
      },
    });
    const read = await stack.admin(`query ($id: ID!) { host(id: $id) { ...Whole } } ${HOST}`, {
      id: createHost.id,
    });
    expect(read).toEqual({ host: createHost });
  });

  it('keeps all it was given, midnight and closed days among it', async () => {
    const more = {
      email: 'ada@example.com',
      workingHours: {
        timeZone: 'America/New_York',
        weekly: [
          { days: ['MO', 'SU'], start: '20:00', end: '24:00' },
          { days: ['TU'], start: '00:00', end: '02:30' },
        ],
        overrides: [
          { date: '2030-12-24', ranges: [] },
          { date: '2030-12-27', ranges: [{ start: '10:00', end: '12:00' }] },
        ],
      },
      zoneChanges: [{ from: '2030-06-01', timeZone: 'Asia/Tokyo' }],
    };
    expect((await create(host('received', more))).createHost).toMatchObject(more);
  });

  it('keeps its hours when an update names none, and takes new ones with setWorkingHours', async () => {
    const { createHost } = await create(host('kept', hours('10:00', '11:00')));
    const { updateHost } = await update(createHost.id, host('renamed', { name: 'Grace' }));
    expect(updateHost).toMatchObject({ name: 'Grace', slug: 'renamed', ...hours('10:00', '11:00') });
    const { setWorkingHours } = await stack.admin<{ setWorkingHours: object }>(
      `mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { ...Whole } } ${HOST}`,
      { host: createHost.id, input: daily('01:00', '02:00') },
    );
    expect(setWorkingHours).toMatchObject({ id: createHost.id, workingHours: daily('01:00', '02:00') });
  });
});

describe('a native calendar', () => {
  const WHOLE = `fragment WholeCalendar on Calendar {
    id externalId name timeZone primary writable watchable selected host { id } account { id } watch { id }
    sync { provenAsOf lastStartedAt lastSucceededAt consecutiveFailures error coveredFrom coveredTo }
  }`;
  const nativeOf = async (host: string) => {
    const answer = await stack.admin<{
      host: { nativeCalendar: { id: string; sync: { provenAsOf: string } } };
    }>(`query ($id: ID!) { host(id: $id) { nativeCalendar { ...WholeCalendar } } } ${WHOLE}`, { id: host });
    return answer.host.nativeCalendar;
  };
  const find = (id: string, ask = stack.admin) =>
    ask(`query ($id: ID!) { node(id: $id) { __typename id ...WholeCalendar } } ${WHOLE}`, { id });

  it('is one that every host has, fresh at all times', async () => {
    const { id } = await makeHost(stack.admin, 'native', { timeZone: 'Asia/Tokyo' });
    const native = await nativeOf(id);
    expect(native).toEqual({
      id: id.replace(/^host_/, 'cal_'),
      ...{ externalId: 'native', name: expect.any(String), timeZone: 'Asia/Tokyo', primary: false },
      ...{ writable: true, watchable: false, selected: true, host: { id }, account: null, watch: null },
      sync: {
        ...{ provenAsOf: expect.any(String), lastStartedAt: expect.any(String) },
        ...{ lastSucceededAt: expect.any(String), consecutiveFailures: 0, error: null },
        ...{ coveredFrom: null, coveredTo: null },
      },
    });
    const later = await nativeOf(id);
    expect(later.sync.provenAsOf >= native.sync.provenAsOf).toBe(true);
  });

  it('is found by its id, within its organisation, and on no list', async () => {
    const { id } = await makeHost(stack.admin, 'findable');
    const native = await nativeOf(id);
    expect(await find(native.id)).toMatchObject({
      node: { __typename: 'Calendar', id: native.id, host: { id } },
    });
    const { ask } = await secondOrganisation(stack);
    expect(await refusal(find(native.id, ask))).toMatchObject({ code: 'NOT_FOUND' });
    const lists = await stack.admin(
      'query ($id: ID!) { calendars(host: $id) { edges { cursor } } host(id: $id) { calendars { id } } }',
      { id },
    );
    expect(lists).toEqual({ calendars: { edges: [] }, host: { calendars: [] } });
  });

  it.each([
    'selectCalendar(calendar: $id, selected: false) { id }',
    'watchCalendar(calendar: $id) { __typename }',
    'unwatchCalendar(calendar: $id) { id }',
    'syncCalendar(calendar: $id) { id }',
  ])('takes no %s', async (mutation) => {
    const { createHost } = await create(host(`takes-no-${mutation.slice(0, 3).toLowerCase()}`));
    const { id } = await nativeOf(createHost.id);
    expect(await refusal(stack.admin(`mutation ($id: ID!) { ${mutation} }`, { id }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'calendar',
      message: expect.stringContaining('native'),
    });
  });
});

describe('a booking calendar', () => {
  const set = async (host: string, calendar: string | null, ask = stack.admin) => {
    const answer = await ask<{ setBookingCalendar: { bookingCalendar: { id: string } } }>(
      'mutation ($host: ID!, $calendar: ID) { setBookingCalendar(host: $host, calendar: $calendar) { bookingCalendar { id } } }',
      { host, calendar },
    );
    return answer.setBookingCalendar.bookingCalendar.id;
  };
  const current = async (id: string) => {
    const answer = await stack.admin<{ host: { bookingCalendar: { id: string } } }>(
      'query ($id: ID!) { host(id: $id) { bookingCalendar { id } } }',
      { id },
    );
    return answer.host.bookingCalendar.id;
  };
  const native = (host: string) => host.replace(/^host_/, 'cal_');

  it('is the native one of a host without accounts', async () => {
    const { id } = await makeHost(stack.admin, 'no-account');
    expect(await current(id)).toBe(native(id));
  });

  it('is the primary one unless another was set, and again when that is lost', async () => {
    const { id, calendar } = await connectHost(stack, 'GOOGLE', 'chooser');
    expect(await current(id)).toBe(calendar);
    const { world } = stack.simulator;
    world.addCalendar({ owner: 'chooser@example.com', name: 'Side' });
    world.addCalendar({ owner: 'chooser@example.com', name: 'Read only', writable: false });
    const { host: found } = await stack.admin<{ host: { accounts: { id: string }[] } }>(
      'query ($id: ID!) { host(id: $id) { accounts { id } } }',
      { id },
    );
    const account = found.accounts[0]?.id;
    const { refreshAccount } = await stack.admin<{
      refreshAccount: { calendars: { id: string; name: string }[] };
    }>('mutation ($account: ID!) { refreshAccount(account: $account) { calendars { id name } } }', {
      account,
    });
    const named = (name: string) => refreshAccount.calendars.find((each) => each.name === name)?.id ?? '';

    expect(await set(id, named('Side'))).toBe(named('Side'));
    expect(await set(id, null)).toBe(calendar);
    expect(await set(id, native(id))).toBe(native(id));
    expect(await current(id)).toBe(native(id));
    const other = await makeHost(stack.admin, 'other-chooser');
    for (const wrong of [named('Read only'), native(other.id)]) {
      expect(await refusal(set(id, wrong))).toMatchObject({ code: 'BAD_USER_INPUT', field: 'calendar' });
    }
    expect(await refusal(set(other.id, calendar))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await refusal(set(id, 'cal_nothing'))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(set('host_nothing', null))).toMatchObject({ code: 'NOT_FOUND' });
    const { ask } = await secondOrganisation(stack);
    expect(await refusal(set(id, null, ask))).toMatchObject({ code: 'NOT_FOUND' });

    expect(await set(id, named('Side'))).toBe(named('Side'));
    await stack.admin('mutation ($account: ID!) { disconnectAccount(account: $account) }', { account });
    expect(await current(id)).toBe(native(id));
    expect(await refusal(set(id, calendar))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('a slug', () => {
  it('is taken once over hosts and teams, by renaming too', async () => {
    const { id } = await makeHost(stack.admin, 'first');
    const team = (slug: string) =>
      stack.admin(
        'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { slug members { id } } }',
        {
          input: { name: 'Team', slug, members: [id] },
        },
      );
    expect(await team('team')).toEqual({ createTeam: { slug: 'team', members: [{ id }] } });
    for (const taken of [() => create(host('first')), () => create(host('team')), () => team('first')]) {
      expect(await refusal(taken())).toMatchObject({ code: 'CONFLICT' });
    }
    expect(await refusal(update(id, host('team')))).toMatchObject({ code: 'CONFLICT' });
    expect(await update(id, host('first', { name: 'Same slug' }))).toMatchObject({
      updateHost: { slug: 'first' },
    });
    await update(id, host('moved'));
    expect(await create(host('first'))).toMatchObject({ createHost: { slug: 'first' } });
  });
});

describe('an input that is wrong', () => {
  it.each<[string, string, object]>([
    ['no slug', 'slug', host('')],
    ['a slug with a space', 'slug', host('a b')],
    ['no name', 'name', host('x', { name: ' ' })],
    ['a text that can not be stored', 'name', host('x', { name: 'a\0b' })],
    ['an unknown zone', 'timeZone', host('x', { timeZone: 'Mars/Olympus' })],
    ['an offset for a zone', 'timeZone', host('x', { timeZone: '+01:00' })],
    ['no e-mail address', 'email', host('x', { email: 'ada' })],
    ['hours backwards', 'weekly.0.end', host('x', hours('17:00', '09:00'))],
    ['hours of no length', 'weekly.0.end', host('x', hours('24:00', '24:00'))],
    ['an hour that no day has', 'weekly[0].end', host('x', hours('09:00', '25:00'))],
    ['an hour without its zero', 'weekly[0].start', host('x', hours('9:00', '10:00'))],
    [
      'a day that no year has',
      'overrides[0].date',
      host('x', hours('09:00', '10:00', [{ date: '2030-02-30', ranges: [] }])),
    ],
    [
      'a day overridden twice',
      'overrides.1.date',
      host(
        'x',
        hours(
          '09:00',
          '10:00',
          [1, 2].map(() => ({ date: '2030-02-20', ranges: [] })),
        ),
      ),
    ],
    [
      'an override backwards',
      'overrides.0.ranges.0.end',
      host(
        'x',
        hours('09:00', '10:00', [{ date: '2030-02-20', ranges: [{ start: '10:00', end: '10:00' }] }]),
      ),
    ],
    [
      'two zones from one day',
      'zoneChanges.1.from',
      host('x', { zoneChanges: ['UTC', 'Asia/Tokyo'].map((timeZone) => ({ from: '2030-01-01', timeZone })) }),
    ],
    ['a missing field', 'timeZone', { name: 'Ada', slug: 'x' }],
    ['a field that is null', 'slug', host('x', { slug: null })],
    ['an unknown field', 'nick', host('x', { nick: 'A' })],
  ])('is answered the field: %s', async (_what, field, input) => {
    const { code, message } = await refusal(create(input));
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(field);
  });

  it.each<[string, string]>([
    ['timeZone', 'mutation { createHost(input: { name: "a", slug: "x", timeZone: "Mars" }) { id } }'],
    ['timeZone', 'mutation { createHost(input: { name: "a", slug: "x" }) { id } }'],
    ['input', 'mutation { createHost { id } }'],
    [
      'start',
      'mutation { setWorkingHours(host: "host_x", input: { timeZone: "UTC", weekly: [{ days: [MO], start: "25:00", end: "09:00" }] }) { id } }',
    ],
    ['name', 'mutation { createHost(input: { name: "a\\u0000", slug: "x", timeZone: "UTC" }) { id } }'],
  ])('is answered the field %s in a literal too', async (field, mutation) => {
    const { code, message } = await refusal(stack.admin(mutation));
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(field);
  });

  it('leaves nothing behind', async () => {
    const { createHost } = await create(host('x'));
    expect(createHost).toMatchObject({ slug: 'x' });
  });
});
