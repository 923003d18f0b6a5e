import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import {
  daily,
  type MadeHost,
  makeEventType,
  makeHost,
  refusal,
  secondOrganisation,
} from './world.fixture.ts';

let stack: Stack;
let other: Awaited<ReturnType<typeof secondOrganisation>>;
beforeAll(async () => {
  stack = await startStack();
  other = await secondOrganisation(stack);
});
afterAll(() => stack?.close());

const HOST = `name slug email timeZone zoneChanges { from timeZone }
  workingHours { timeZone weekly { days start end } }`;
const patchHost = async (id: string, patch: object, ask = stack.admin) =>
  (
    await ask<{ patchHost: object }>(
      `mutation ($id: ID!, $patch: HostPatch!) { patchHost(id: $id, patch: $patch) { ${HOST} } }`,
      { id, patch },
    )
  ).patchHost;

const TYPE = `owner slug title description length lengths interval scheduling seats maxGuests active listed hosts { id }
  questions { id label } rules { bufferBefore maxPerDay horizon onStale reminders hostRules { priority host { id } } }`;
const patchType = async (id: string, patch: object, ask = stack.admin) =>
  (
    await ask<{ patchEventType: object }>(
      `mutation ($id: ID!, $patch: EventTypePatch!) { patchEventType(id: $id, patch: $patch) { ${TYPE} } }`,
      { id, patch },
    )
  ).patchEventType;

describe('a patch of a host', () => {
  const full = {
    ...{ name: 'Ada', email: 'ada@example.com', timeZone: 'Europe/London' },
    workingHours: daily('08:00', '12:00'),
    zoneChanges: [{ from: '2030-06-01', timeZone: 'Asia/Tokyo' }],
  };

  it('leaves alone what it does not name', async () => {
    const { id } = await makeHost(stack.admin, 'patched', full);
    expect(await patchHost(id, {})).toEqual({ ...full, slug: 'patched' });
    expect(await patchHost(id, { name: 'Grace' })).toEqual({ ...full, slug: 'patched', name: 'Grace' });
    const moved = await patchHost(id, { slug: 'moved', timeZone: 'UTC' });
    expect(moved).toEqual({ ...full, slug: 'moved', name: 'Grace', timeZone: 'UTC' });
    const hours = daily('10:00', '11:00');
    expect(await patchHost(id, { workingHours: hours })).toMatchObject({
      workingHours: hours,
      zoneChanges: full.zoneChanges,
    });
  });

  it('gives what is null its default, and refuses it where there is none', async () => {
    const { id } = await makeHost(stack.admin, 'nulled', full);
    const bare = await patchHost(id, { email: null, workingHours: null, zoneChanges: null });
    expect(bare).toMatchObject({
      ...{ name: 'Ada', email: null, zoneChanges: [] },
      workingHours: {
        timeZone: 'Europe/London',
        weekly: [{ days: ['MO', 'TU', 'WE', 'TH', 'FR'], start: '09:00', end: '17:00' }],
      },
    });
    for (const field of ['name', 'slug', 'timeZone'])
      expect(await refusal(patchHost(id, { [field]: null }))).toMatchObject({
        ...{ code: 'BAD_USER_INPUT', field },
        message: expect.stringContaining('no default'),
      });
  });

  it('is checked as an update is, and finds no host of another organisation', async () => {
    const { id } = await makeHost(stack.admin, 'checked', full);
    await makeHost(stack.admin, 'in-the-way');
    expect(await refusal(patchHost(id, { slug: 'in-the-way' }))).toMatchObject({ code: 'CONFLICT' });
    expect(await refusal(patchHost(id, { name: ' ' }))).toMatchObject({ field: 'name' });
    expect(await refusal(patchHost(id, { name: 'X' }, other.ask))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await patchHost(id, {})).toEqual({ ...full, slug: 'checked' });
  });

  it('differs from an update in the name alone: an address that is absent stays there, too', async () => {
    const { id } = await makeHost(stack.admin, 'addressed', full);
    const update = (input: object) =>
      stack.admin(
        'mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { email } }',
        { id, input: { name: 'Ada', slug: 'addressed', timeZone: 'UTC', ...input } },
      );
    expect(await update({})).toEqual({ updateHost: { email: 'ada@example.com' } });
    expect(await update({ email: null })).toEqual({ updateHost: { email: null } });
  });
});

describe('a patch of an event type', () => {
  let host: MadeHost;
  beforeAll(async () => {
    host = await makeHost(stack.admin, 'owner');
  });
  const given = {
    ...{ description: 'Words', seats: 3, maxGuests: 2, listed: false, interval: 'PT15M' },
    questions: [{ id: 'why', label: 'Why?', kind: 'TEXT' }],
  };
  const rules = { bufferBefore: 'PT5M', maxPerDay: 4, horizon: 'P30D', onStale: 'WARN', reminders: ['PT1H'] };
  const make = (slug: string) =>
    makeEventType(stack.admin, host, slug, {
      ...given,
      ...rules,
      hostRules: [{ host: host.id, priority: 7 }],
    });

  it('leaves alone what it does not name', async () => {
    const id = await make('patched');
    const before = await patchType(id, {});
    expect(before).toMatchObject({
      ...{ ...given, owner: 'owner', slug: 'patched', title: 'Talk', length: 'PT30M', lengths: ['PT30M'] },
      questions: [{ id: 'why', label: 'Why?' }],
      rules: { ...rules, hostRules: [{ priority: 7, host: { id: host.id } }] },
    });
    expect(await patchType(id, { active: false })).toEqual({ ...before, active: false });
    expect(await patchType(id, { title: 'New' })).toEqual({ ...before, active: false, title: 'New' });
  });

  it('gives what is null its default, and refuses it where there is none', async () => {
    const id = await make('nulled');
    const nulls = ['description', 'seats', 'maxGuests', 'listed', 'interval', 'questions', 'bufferBefore'];
    const more = ['maxPerDay', 'horizon', 'onStale', 'reminders', 'hostRules'];
    const patch = Object.fromEntries([...nulls, ...more].map((name) => [name, null]));
    expect(await patchType(id, patch)).toMatchObject({
      ...{ title: 'Talk', description: null, seats: 1, maxGuests: 0, listed: true, questions: [] },
      interval: 'PT30M',
      rules: {
        ...{ bufferBefore: 'PT0S', maxPerDay: null, horizon: null, onStale: 'FAIL_CLOSED' },
        ...{ reminders: ['P1D'], hostRules: [] },
      },
    });
    for (const field of ['owner', 'slug', 'title', 'length', 'hosts'])
      expect(await refusal(patchType(id, { [field]: null }))).toMatchObject({
        ...{ code: 'BAD_USER_INPUT', field },
      });
  });

  it('changes a length that is the only one, and refuses one that is not among several', async () => {
    const id = await make('long');
    expect(await patchType(id, { length: 'PT1H' })).toMatchObject({
      ...{ length: 'PT1H', lengths: ['PT1H'], interval: 'PT15M' },
    });
    await patchType(id, { lengths: ['PT1H', 'PT2H'] });
    expect(await refusal(patchType(id, { length: 'PT3H' }))).toMatchObject({ field: 'lengths' });
    expect(await patchType(id, { length: 'PT2H' })).toMatchObject({ lengths: ['PT1H', 'PT2H'] });
  });

  it('is checked as an update is, and finds no event type of another organisation', async () => {
    const id = await make('checked');
    expect(await refusal(patchType(id, { hosts: [] }))).toMatchObject({ field: 'hosts' });
    expect(await refusal(patchType(id, { quorum: 1 }))).toMatchObject({ field: 'quorum' });
    expect(await refusal(patchType(id, { seats: 2 }, other.ask))).toMatchObject({ code: 'NOT_FOUND' });
    const stranger = await makeHost(other.ask, 'stranger');
    expect(await refusal(patchType(id, { hosts: [stranger.id] }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(patchType(id, { owner: 'stranger' }))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a host by slug', () => {
  it('is found in its own organisation, in upper and lower case', async () => {
    const { id } = await makeHost(stack.admin, 'findable');
    const find = (slug: string, ask = stack.admin) =>
      ask('query ($slug: String!) { hostBySlug(slug: $slug) { id } }', { slug });
    expect(await find('Findable')).toEqual({ hostBySlug: { id } });
    expect(await find('unknown')).toEqual({ hostBySlug: null });
    expect(await find('findable', other.ask)).toEqual({ hostBySlug: null });
    expect(await refusal(find('findable', stack.anyone))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('what is no value of a scalar', () => {
  const create = (input: object) =>
    stack.admin('mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }', {
      input: { name: 'A', slug: 'scalars', timeZone: 'UTC', ...input },
    });

  it.each<[string, string, object]>([
    ['input.timeZone', 'Europe/Berlin', { timeZone: 'Berlin' }],
    ['input.email', 'ada@example.com', { email: 'Ada <ada@example.com>' }],
    ['input.zoneChanges[0].from', '2030-01-31', { zoneChanges: [{ from: '31.1.2030', timeZone: 'UTC' }] }],
    [
      'input.workingHours.weekly[0].start',
      '09:00',
      { workingHours: { timeZone: 'UTC', weekly: [{ days: ['MO'], start: '9', end: '10:00' }] } },
    ],
  ])('is answered where it stands and a form that would do: %s', async (place, form, input) => {
    const { code, message } = await refusal(create(input));
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(place);
    expect(message).toContain(form);
  });

  it.each([
    ['from', '2030-01-31T09:00:00Z', 'auditLog(from: "yesterday") { edges { cursor } }'],
    ['to', '2030-01-31T09:00:00Z', 'auditLog(to: "2030-01-31") { edges { cursor } }'],
  ])('names the argument %s in a literal', async (field, form, query) => {
    const { message, ...rest } = await refusal(stack.admin(`{ ${query} }`));
    expect(rest).toMatchObject({ code: 'BAD_USER_INPUT', field });
    expect(message).toContain(`${field}: `);
    expect(message).toContain(form);
  });
});
