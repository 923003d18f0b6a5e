import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBooker } from '../e2e/booker.fixture.ts';
import { follow } from '../e2e/client.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import {
  availability,
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  secondOrganisation,
  startsOf,
} from './world.fixture.ts';

let stack: Stack;
let booker: ReturnType<typeof createBooker>;
let ada: MadeHost;
let bob: MadeHost;
beforeAll(async () => {
  stack = await startStack();
  booker = createBooker(stack.anyone);
  ada = await makeHost(stack.admin, 'ada');
  bob = await makeHost(stack.admin, 'bob');
});
afterAll(() => stack?.close());

const { window, iso } = testDay();
const one = (time: string) => iso(time)[0] ?? '';

const remove = (noun: 'Team' | 'EventType' | 'Host', id: string, ask = stack.admin) =>
  ask(`mutation ($id: ID!) { delete${noun}(id: $id) }`, { id });

const TEAM = 'id name slug members { slug }';
const makeTeam = async (slug: string, members: MadeHost[]) =>
  (
    await stack.admin<{ createTeam: { id: string } }>(
      `mutation ($input: CreateTeamInput!) { createTeam(input: $input) { ${TEAM} } }`,
      { input: { name: slug, slug, members: members.map(({ id }) => id) } },
    )
  ).createTeam.id;
const updateTeam = async (id: string, input: object, ask = stack.admin) =>
  (
    await ask<{ updateTeam: object }>(
      `mutation ($id: ID!, $input: CreateTeamInput!) { updateTeam(id: $id, input: $input) { ${TEAM} } }`,
      { id, input },
    )
  ).updateTeam;

const hold = async (eventType: string, time: string) =>
  (
    await stack.anyone<{ holdSlot: { token: string } }>(
      'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
      { input: { eventType, start: one(time) } },
    )
  ).holdSlot.token;
const confirm = async (token: string) =>
  (
    await stack.anyone<{ confirmBooking: { __typename: string } }>(
      'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }',
      { input: { hold: token, name: 'Grace', email: 'grace@example.net', timeZone: 'UTC' } },
    )
  ).confirmBooking.__typename;
const publicly = (owner: string, slug: string) =>
  stack.anyone<{ eventType: { id: string } | null }>(
    'query ($owner: String!, $slug: String!) { eventType(owner: $owner, slug: $slug) { id } }',
    { owner, slug },
  );
const node = (id: string) => stack.admin('query ($id: ID!) { node(id: $id) { id } }', { id });
const offered = async (eventType: string) =>
  startsOf(await availability(stack.anyone, { eventType, ...window }));
const isGone = async (answer: Promise<unknown>) =>
  expect(await refusal(answer)).toMatchObject({ code: 'NOT_FOUND' });

describe('what is deleted', () => {
  it('is deleted by its own operator alone', async () => {
    const ids = {
      Team: await makeTeam('guarded', [ada]),
      EventType: await makeEventType(stack.admin, ada, 'guarded'),
      Host: (await makeHost(stack.admin, 'guarded-host')).id,
    };
    const second = await secondOrganisation(stack);
    const booking = await makeKey(stack, ['BOOK', 'READ_AVAILABILITY', 'READ_BUSY']);
    for (const [noun, id] of Object.entries(ids)) {
      const wish = (ask = stack.admin) => remove(noun as keyof typeof ids, id, ask);
      expect(await refusal(wish(stack.anyone))).toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(await refusal(wish(booking.ask))).toMatchObject({ code: 'FORBIDDEN' });
      await isGone(wish(second.ask));
      expect(await node(id)).toEqual({ node: { id } });
      await wish();
      await isGone(wish());
      await isGone(node(id));
    }
    await isGone(updateTeam(ids.Team, { name: 'T', slug: 't', members: [] }, second.ask));
  });

  it('is no gap in a list that is read page by page, from either end', async () => {
    const teams: string[] = [];
    for (const slug of ['p1', 'p2', 'p3', 'p4']) teams.push(await makeTeam(slug, []));
    const page = async (args: string) => {
      const found = await stack.admin<{ teams: { edges: { node: { id: string } }[] } }>(
        `{ teams(${args}) { edges { node { id } } } }`,
      );
      return found.teams.edges.map((edge) => edge.node.id);
    };
    const [first, second, third, fourth] = teams;
    await remove('Team', second ?? '');
    expect(await page(`first: 2, after: "${second}"`)).toEqual([third, fourth]);
    expect(await page(`last: 1, before: "${second}"`)).toEqual([first]);
  });
});

describe('a team', () => {
  it('gets another name, address and members', async () => {
    const id = await makeTeam('crew', [ada]);
    const type = await makeEventType(stack.admin, { ...ada, slug: 'crew' }, 'talk');
    const input = { name: 'New', slug: 'new-crew', members: [bob.id, ada.id] };
    expect(await updateTeam(id, input)).toEqual({
      id,
      name: 'New',
      slug: 'new-crew',
      members: [{ slug: 'bob' }, { slug: 'ada' }],
    });
    expect(await publicly('new-crew', 'talk')).toEqual({ eventType: { id: type } });
    expect(await publicly('crew', 'talk')).toEqual({ eventType: null });
    expect(await updateTeam(id, { ...input, members: [] })).toMatchObject({ members: [] });
    expect(await refusal(updateTeam(id, { ...input, slug: 'ada' }))).toMatchObject({ code: 'CONFLICT' });
    for (const wrong of [{ name: ' ' }, { slug: 'a/b' }, { members: [ada.id, ada.id] }]) {
      expect(await refusal(updateTeam(id, { ...input, ...wrong }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    await isGone(updateTeam(id, { ...input, members: [id] }));
    await isGone(updateTeam('team_01h455vb4pex5vsknk084sn02q', input));
  });

  it('goes with its event types; its members and its address stay behind', async () => {
    const id = await makeTeam('leavers', [ada, bob]);
    const own = await makeEventType(stack.admin, { ...ada, slug: 'leavers' }, 'talk');
    const other = await makeEventType(stack.admin, ada, 'stays');
    const { token } = await booker.book(own, one('16:30'));
    await remove('Team', id);
    await isGone(node(id));
    await isGone(offered(own));
    expect(await node(ada.id)).toEqual({ node: { id: ada.id } });
    // What was booked takes its time all the same.
    expect(await offered(other)).not.toContain(one('16:30'));
    const query = 'query ($token: String!) { booking(token: $token) { status eventType { owner slug } } }';
    expect(await stack.anyone(query, { token })).toEqual({
      booking: { status: 'CONFIRMED', eventType: { owner: '', slug: 'talk' } },
    });
    await booker.cancel(token);
    expect(await makeTeam('leavers', [])).not.toBe(id);
  });
});

describe('an event type', () => {
  it('ends for everyone who looks at it, its holds with it', async () => {
    const host = await makeHost(stack.admin, 'eve');
    const id = await makeEventType(stack.admin, host, 'talk');
    const other = await makeEventType(stack.admin, host, 'other');
    const [viewer, beside] = [id, other].map((eventType) => follow(stack.url, { eventType, ...window }));
    await viewer?.next();
    await beside?.next();
    const held = await hold(id, '09:00');
    for (const seen of [viewer, beside])
      expect(starts((await seen?.next())?.removed)).toContain(one('09:00'));

    await remove('EventType', id);
    await viewer?.next();
    expect(viewer?.starts()).toEqual([]);
    await expect(viewer?.next()).rejects.toThrow('ended');
    expect(starts((await beside?.next())?.added)).toEqual([one('09:00')]);
    await Promise.all([viewer?.close(), beside?.close()]);

    expect(await confirm(held)).toBe('HoldExpired');
    await isGone(offered(id));
    await isGone(hold(id, '09:00'));
    await isGone(
      stack.admin(
        'query ($id: ID!, $at: DateTime!) { explainSlot(eventType: $id, start: $at) { bookable } }',
        {
          id,
          at: one('09:00'),
        },
      ),
    );
    await isGone(
      stack.admin(
        'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
        { id, input: eventTypeInput(host, 'talk') },
      ),
    );
    expect(await publicly('eve', 'talk')).toEqual({ eventType: null });
    const { eventTypes } = await stack.admin<{ eventTypes: { edges: { node: { id: string } }[] } }>(
      '{ eventTypes { edges { node { id } } } }',
    );
    expect(eventTypes.edges.map((edge) => edge.node.id)).not.toContain(id);
  });

  it('leaves its bookings, and its address to the next one', async () => {
    const host = await makeHost(stack.admin, 'finn');
    const id = await makeEventType(stack.admin, host, 'talk', { bufferAfter: 'PT30M' });
    const other = await makeEventType(stack.admin, host, 'other');
    const booked = await booker.book(id, one('10:00'));
    await remove('EventType', id);
    const next = await makeEventType(stack.admin, host, 'talk');
    expect(await publicly('finn', 'talk')).toEqual({ eventType: { id: next } });
    const query = `query ($token: String!) {
      booking(token: $token) { status eventType { id owner slug title length hosts { slug } } }
    }`;
    expect(await stack.anyone(query, { token: booked.token })).toEqual({
      booking: {
        status: 'CONFIRMED',
        eventType: {
          id,
          owner: 'finn',
          slug: 'talk',
          title: 'Talk',
          length: 'PT30M',
          hosts: [{ slug: 'finn' }],
        },
      },
    });
    for (const type of [other, next]) {
      const free = await offered(type);
      expect([free.includes(one('10:00')), free.includes(one('10:30')), free.includes(one('11:00'))]).toEqual(
        [false, false, true],
      );
    }
    const { rescheduleBooking } = await stack.anyone<{ rescheduleBooking: object }>(
      'mutation ($t: String!, $at: DateTime!) { rescheduleBooking(token: $t, start: $at) { __typename } }',
      { t: booked.token, at: one('12:00') },
    );
    expect(rescheduleBooking).toEqual({ __typename: 'SlotNotOffered' });
    expect(await booker.cancel(booked.token)).toMatchObject({ status: 'CANCELLED' });
    expect(await offered(next)).toContain(one('10:00'));
  });
});

describe('a host', () => {
  it('leaves teams and event types, which go on without it where they can', async () => {
    const [gone, left, fixed] = [
      await makeHost(stack.admin, 'gone'),
      await makeHost(stack.admin, 'left'),
      await makeHost(stack.admin, 'fixed'),
    ];
    const team = await makeTeam('three', [gone, left, fixed]);
    const owner = { ...left, slug: 'three' };
    const make = (slug: string, more: object) => makeEventType(stack.admin, owner, slug, more);
    const all = [gone.id, left.id, fixed.id];
    const types = {
      both: await make('both', { scheduling: 'COLLECTIVE', hosts: [gone.id, left.id] }),
      robin: await make('robin', {
        scheduling: 'ROUND_ROBIN',
        hosts: all,
        hostRules: [
          { host: gone.id, priority: 2 },
          { host: fixed.id, fixed: true },
        ],
      }),
      twoOfThree: await make('two', { scheduling: 'QUORUM', quorum: 2, hosts: all }),
      only: await make('only', { hosts: [gone.id] }),
      own: await makeEventType(stack.admin, gone, 'own', { scheduling: 'COLLECTIVE', hosts: all }),
      noneFree: await make('none-free', {
        scheduling: 'ROUND_ROBIN',
        hosts: [gone.id, fixed.id],
        hostRules: [{ host: fixed.id, fixed: true }],
      }),
      all: await make('all', { scheduling: 'QUORUM', quorum: 3, hosts: all }),
    };
    const viewer = follow(stack.url, { eventType: types.both, ...window });
    await viewer.next();
    const together = await booker.book(types.both, one('10:00'));
    const alone = await booker.book(types.only, one('11:00'));
    const held = await hold(types.both, '12:00');
    await remove('Host', gone.id);

    await isGone(node(gone.id));
    const rest = [{ slug: 'left' }, { slug: 'fixed' }];
    expect(
      await stack.admin(`{
        teams(last: 50) { edges { node { slug members { slug } } } }
        both: eventType(owner: "three", slug: "both") { hosts { slug } }
        robin: eventType(owner: "three", slug: "robin") { hosts { slug } rules { hostRules { host { slug } } } }
        two: eventType(owner: "three", slug: "two") { hosts { slug } rules { quorum } }
      }`),
    ).toMatchObject({
      teams: { edges: expect.arrayContaining([{ node: { slug: 'three', members: rest } }]) },
      both: { hosts: [{ slug: 'left' }] },
      robin: { hosts: rest, rules: { hostRules: [{ host: { slug: 'fixed' } }] } },
      two: { hosts: rest, rules: { quorum: 2 } },
    });
    for (const type of [types.only, types.own, types.noneFree, types.all]) {
      await isGone(node(type));
      await isGone(offered(type));
    }
    expect(await booker.read(together.token)).toMatchObject({
      status: 'CANCELLED',
      hosts: [{ id: left.id }],
    });
    expect(
      await stack.anyone('query ($t: String!) { booking(token: $t) { id } }', { t: alone.token }),
    ).toEqual({
      booking: null,
    });
    expect(await confirm(held)).toBe('HoldExpired');
    while (!['10:00', '12:00'].every((time) => viewer.starts().includes(one(time)))) await viewer.next();
    await viewer.close();
    await isGone(
      stack.admin(
        'query ($ids: [ID!]!, $from: DateTime!, $to: DateTime!) { busy(hosts: $ids, from: $from, to: $to) { complete } }',
        { ids: [gone.id], ...window },
      ),
    );
    // Its slug is free.
    expect((await makeHost(stack.admin, 'gone')).id).not.toBe(gone.id);
    expect(await node(team)).toEqual({ node: { id: team } });
  });
});

const starts = (slots: { start: string }[] | undefined) => slots?.map(({ start }) => start);
