import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { eventTypeInput, type MadeHost, makeEventType, makeHost, makeKey, refusal } from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
beforeAll(async () => {
  stack = await startStack({ env: { POLL_INTERVAL: 'PT2M', POLL_INTERVAL_WATCHED: 'PT20M' } });
  host = await makeHost(stack.admin, 'ada');
});
afterAll(() => stack?.close());

const RULES = `quorum bufferBefore bufferAfter minimumNotice horizon maxPerDay maxPerWeek tentativeBlocks onStale staleAfter
  hostRules { host { id name slug } priority weight fixed }`;
const WHOLE = `id owner slug title length interval scheduling seats hosts { id name slug } rules { ${RULES} }`;
const create = (input: object) =>
  stack.admin<{ createEventType: { id: string } }>(
    `mutation ($input: EventTypeInput!) { createEventType(input: $input) { ${WHOLE} } }`,
    { input },
  );
const update = (id: string, input: object) =>
  stack.admin<{ updateEventType: object }>(
    `mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { ${WHOLE} } }`,
    { id, input },
  );

const DEFAULTS = {
  quorum: null,
  maxPerDay: null,
  maxPerWeek: null,
  hostRules: [],
  bufferBefore: 'PT0S',
  bufferAfter: 'PT0S',
  minimumNotice: 'PT0S',
  horizon: null,
  tentativeBlocks: true,
  onStale: 'FAIL_CLOSED',
  // Three times the longer of the two poll intervals.
  staleAfter: 'PT1H',
};
const GIVEN = {
  bufferBefore: 'PT5M',
  bufferAfter: 'PT1M30S',
  minimumNotice: 'P1D',
  horizon: 'P30D',
  tentativeBlocks: false,
  onStale: 'WARN',
  staleAfter: 'PT10M',
  maxPerDay: 3,
  maxPerWeek: 7,
};

describe('an event type', () => {
  it('takes its defaults, and the length for its interval', async () => {
    const { createEventType } = await create(eventTypeInput(host, 'plain', { length: 'PT45M' }));
    expect(createEventType).toEqual({
      id: expect.stringMatching(/^et_/),
      owner: 'ada',
      slug: 'plain',
      title: 'Talk',
      length: 'PT45M',
      interval: 'PT45M',
      scheduling: 'SINGLE',
      seats: 1,
      hosts: [{ ...host, name: 'ada' }],
      rules: DEFAULTS,
    });
  });

  it('has every rule replaced by an update: what is absent takes its default', async () => {
    const received = { ...GIVEN, interval: 'PT15M', seats: 3 };
    const { createEventType } = await create(eventTypeInput(host, 'given', received));
    expect(createEventType).toMatchObject({ interval: 'PT15M', seats: 3, rules: GIVEN });
    const { updateEventType } = await update(
      createEventType.id,
      eventTypeInput(host, 'untold', { title: 'New' }),
    );
    expect(updateEventType).toMatchObject({
      id: createEventType.id,
      slug: 'untold',
      title: 'New',
      interval: 'PT30M',
      seats: 1,
      rules: DEFAULTS,
    });
  });

  it('reads durations in every form, and writes the shortest', async () => {
    const { createEventType } = await create(
      eventTypeInput(host, 'forms', {
        length: 'PT90M',
        horizon: 'P2W',
        minimumNotice: 'PT36H',
        bufferAfter: 'PT90S',
      }),
    );
    expect(createEventType).toMatchObject({
      length: 'PT1H30M',
      rules: { horizon: 'P14D', minimumNotice: 'P1DT12H', bufferAfter: 'PT1M30S' },
    });
  });

  it('is public at its address, without its rules', async () => {
    const id = await makeEventType(stack.admin, host, 'open', GIVEN);
    const query = `{ eventType(owner: "ada", slug: "open") { ${WHOLE} } }`;
    const reader = await makeKey(stack, ['READ_AVAILABILITY', 'READ_BUSY', 'BOOK']);
    for (const ask of [stack.anyone, reader.ask]) {
      expect(await ask(query)).toMatchObject({ eventType: { id, owner: 'ada', title: 'Talk', rules: null } });
    }
    const { ask } = await makeKey(stack, ['ADMIN']);
    for (const operator of [stack.admin, ask]) {
      expect(await operator(query)).toMatchObject({ eventType: { id, rules: GIVEN } });
    }
  });

  it('is null where there is none', async () => {
    for (const [owner, slug] of [
      ['ada', 'none'],
      ['nobody', 'open'],
      ['', ''],
    ]) {
      const query =
        'query ($owner: String!, $slug: String!) { eventType(owner: $owner, slug: $slug) { id } }';
      expect(await stack.anyone(query, { owner, slug })).toEqual({ eventType: null });
    }
  });

  it('follows its owner to a new slug', async () => {
    const mover = await makeHost(stack.admin, 'before');
    const id = await makeEventType(stack.admin, mover, 'talk');
    await stack.admin(
      'mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { id } }',
      {
        id: mover.id,
        input: { name: 'Ada', slug: 'after', timeZone: 'UTC' },
      },
    );
    expect(await stack.anyone('{ eventType(owner: "after", slug: "talk") { id owner } }')).toEqual({
      eventType: { id, owner: 'after' },
    });
    expect(await stack.anyone('{ eventType(owner: "before", slug: "talk") { id } }')).toEqual({
      eventType: null,
    });
  });

  it('may be owned by a team', async () => {
    await stack.admin('mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }', {
      input: { name: 'Team', slug: 'team', members: [host.id] },
    });
    const id = await makeEventType(stack.admin, { ...host, slug: 'team' }, 'plain');
    expect(await stack.anyone('{ eventType(owner: "team", slug: "plain") { id hosts { id } } }')).toEqual({
      eventType: { id, hosts: [{ id: host.id }] },
    });
  });
});

describe('a team', () => {
  let other: MadeHost;
  beforeAll(async () => {
    other = await makeHost(stack.admin, 'bob');
  });
  const both = () => [host.id, other.id];

  it('keeps its order of hosts, and the rules of each', async () => {
    const { createEventType } = await create(
      eventTypeInput(host, 'robin', {
        scheduling: 'ROUND_ROBIN',
        hosts: [other.id, host.id],
        hostRules: [
          { host: host.id, priority: 2, weight: 50 },
          { host: other.id, fixed: true },
        ],
      }),
    );
    expect(createEventType).toMatchObject({
      scheduling: 'ROUND_ROBIN',
      hosts: [{ slug: 'bob' }, { slug: 'ada' }],
      rules: {
        hostRules: [
          { host: { id: host.id, name: 'ada', slug: 'ada' }, priority: 2, weight: 50, fixed: false },
          { host: { slug: 'bob' }, priority: 0, weight: 100, fixed: true },
        ],
      },
    });
  });

  it('of a QUORUM has its number, of any other none', async () => {
    const { createEventType } = await create(
      eventTypeInput(host, 'quorum', { scheduling: 'QUORUM', hosts: both(), quorum: 2 }),
    );
    expect(createEventType).toMatchObject({ scheduling: 'QUORUM', rules: { quorum: 2 } });
    const { updateEventType } = await update(
      createEventType.id,
      eventTypeInput(host, 'quorum', { scheduling: 'COLLECTIVE', hosts: both() }),
    );
    expect(updateEventType).toMatchObject({ scheduling: 'COLLECTIVE', rules: DEFAULTS });
  });

  it('may take hosts that are no members of the team that owns it', async () => {
    await stack.admin('mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }', {
      input: { name: 'Crew', slug: 'crew', members: [host.id] },
    });
    const id = await makeEventType(stack.admin, { ...host, slug: 'crew' }, 'all', {
      scheduling: 'COLLECTIVE',
      hosts: both(),
    });
    expect(id).toMatch(/^et_/);
  });

  it.each<[string, (ids: string[]) => object]>([
    ['hosts', (hosts) => ({ hosts })],
    ['hosts', () => ({ scheduling: 'COLLECTIVE', hosts: [] })],
    ['hosts', ([a]) => ({ scheduling: 'COLLECTIVE', hosts: [a, a] })],
    ['quorum', (hosts) => ({ scheduling: 'QUORUM', hosts })],
    ['quorum', (hosts) => ({ scheduling: 'QUORUM', hosts, quorum: 3 })],
    ['quorum', (hosts) => ({ scheduling: 'QUORUM', hosts, quorum: 0 })],
    ['quorum', (hosts) => ({ scheduling: 'COLLECTIVE', hosts, quorum: 1 })],
    ['seats', (hosts) => ({ scheduling: 'QUORUM', hosts, quorum: 1, seats: 2 })],
    ['maxPerDay', () => ({ maxPerDay: 0 })],
    ['maxPerWeek', () => ({ maxPerWeek: -1 })],
    [
      'hostRules.0.fixed',
      (hosts) => ({ scheduling: 'COLLECTIVE', hosts, hostRules: [{ host: hosts[0], fixed: true }] }),
    ],
    ['hostRules.0.host', ([, b]) => ({ hostRules: [{ host: b }] })],
    ['hostRules.1.host', ([a]) => ({ hostRules: [{ host: a }, { host: a }] })],
    ['hostRules.0.weight', ([a]) => ({ hostRules: [{ host: a, weight: 0 }] })],
    [
      'hostRules',
      (hosts) => ({
        scheduling: 'ROUND_ROBIN',
        hosts,
        hostRules: hosts.map((id) => ({ host: id, fixed: true })),
      }),
    ],
  ])('can not have a wrong %s: %o', async (field, more) => {
    expect(await refusal(create(eventTypeInput(host, 'wrong', more(both()))))).toMatchObject({
      code: 'BAD_USER_INPUT',
      field,
    });
  });
});

describe('what can not be', () => {
  it('a slug that its owner gave away is a CONFLICT, by an update too', async () => {
    await makeEventType(stack.admin, host, 'one');
    const two = await makeEventType(stack.admin, host, 'two');
    expect(await refusal(create(eventTypeInput(host, 'one')))).toMatchObject({ code: 'CONFLICT' });
    expect(await refusal(update(two, eventTypeInput(host, 'one')))).toMatchObject({ code: 'CONFLICT' });
    const other = await makeHost(stack.admin, 'grace');
    expect(await makeEventType(stack.admin, other, 'one')).toMatch(/^et_/);
  });

  it('an owner, a host or an event type that is not there is NOT_FOUND', async () => {
    const nowhere = 'host_01h455vb4pex5vsknk084sn02q';
    for (const more of [{ owner: 'nobody' }, { hosts: [nowhere] }, { hosts: ['junk'] }]) {
      expect(await refusal(create(eventTypeInput(host, 'lost', more)))).toMatchObject({ code: 'NOT_FOUND' });
    }
    for (const id of ['et_01h455vb4pex5vsknk084sn02q', host.id, 'junk']) {
      expect(await refusal(update(id, eventTypeInput(host, 'lost')))).toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it.each<[string, object]>([
    ['length', { length: 'PT0S' }],
    ['length', { length: 'P1M' }],
    ['length', { length: 'P1Y' }],
    ['length', { length: '30' }],
    ['length', { length: 30 }],
    ['length', { length: null }],
    ['length', { length: 'PT30S' }],
    ['interval', { interval: 'PT0S' }],
    ['bufferBefore', { bufferBefore: '-PT5M' }],
    ['horizon', { horizon: 'PT0S' }],
    ['staleAfter', { staleAfter: 'PT0S' }],
    ['minimumNotice', { minimumNotice: 'P1000W' }],
    ['seats', { seats: 0 }],
    ['seats', { seats: 1.5 }],
    ['title', { title: '' }],
    ['slug', { slug: 'a/b' }],
    ['hosts', { hosts: [] }],
    ['hosts', { hosts: undefined }],
    ['scheduling', { scheduling: 'SOMEHOW' }],
  ])('a wrong %s is BAD_USER_INPUT: %o', async (field, more) => {
    const { code, message } = await refusal(create(eventTypeInput(host, 'wrong', more)));
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(field);
  });
});
