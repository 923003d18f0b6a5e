/** Lists over the API: filtered, searched, in order, counted, each held to the caller's organisation. */
import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { newId } from '../../src/ids.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { HOUR } from '../../src/time/clock.ts';
import { createBooker } from '../e2e/booker.fixture.ts';
import type { Ask } from '../e2e/client.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { type MadeHost, makeEventType, makeHost, refusal, secondOrganisation } from './world.fixture.ts';

const { iso } = testDay();

let stack: Stack;
let store: Store;
let other: Ask;
let ada: MadeHost;
let grace: MadeHost;
let connected: ConnectedHost;
let talk: string;
/** In the order in which they were made. */
let bookings: string[];

beforeAll(async () => {
  stack = await startStack();
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
  other = (await secondOrganisation(stack)).ask;
  ada = await makeHost(stack.admin, 'ada', { name: 'Ada Lovelace', email: 'ada@example.com' });
  grace = await makeHost(stack.admin, 'grace', { name: 'Grace Hopper' });
  connected = await connectHost(stack, 'GOOGLE', 'gina');
  talk = await makeEventType(stack.admin, ada, 'talk', { title: 'A quick talk' });
  await makeEventType(stack.admin, grace, 'review', { title: 'Code review', active: false });
  const booker = createBooker(stack.anyone);
  const made = [];
  for (const start of iso('11:00', '10:00', '12:00')) made.push(await booker.book(talk, start));
  await booker.cancel(made[1]?.token ?? '');
  bookings = made.map(({ id }) => id);
});
afterAll(async () => {
  if (store) await closeStore(store);
  await stack?.close();
});

interface Listed {
  totalCount: number;
  edges: { cursor: string; node: { id: string } }[];
}

/** @param args with their brackets, as in `(search: "a")` */
async function list(field: string, args = '', ask = stack.admin): Promise<Listed> {
  const answer = await ask<Record<string, Listed>>(
    `{ ${field}${args} { totalCount edges { cursor node { id } } } }`,
  );
  const found = answer[field] ?? { totalCount: -1, edges: [] };
  // No list here is longer than a page.
  if (!/first|last|after/.test(args)) expect(found.totalCount).toBe(found.edges.length);
  return found;
}
const ids = async (field: string, args = '', ask = stack.admin) =>
  (await list(field, args, ask)).edges.map(({ node }) => node.id);

describe('every list', () => {
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ args }) =>
    args.some(({ name }) => name === 'after'),
  );

  it('has a count of its items', () => {
    expect(fields.length).toBeGreaterThanOrEqual(13);
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && type.getFields().edges && type.getFields().pageInfo,
    );
    const without = types.filter((type) => isObjectType(type) && !type.getFields().totalCount);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it.each(fields.map(({ name }) => name).filter((name) => name !== 'organisations'))(
    'shows another organisation nothing of this one: %s',
    async (field) => {
      const mine = (await list(field)).edges.map(({ cursor }) => cursor);
      const theirs = (await list(field, '', other)).edges.map(({ cursor }) => cursor);
      expect(theirs.filter((cursor) => mine.includes(cursor))).toEqual([]);
      expect(await refusal(list(field, '', stack.anyone))).toMatchObject({ code: 'UNAUTHENTICATED' });
    },
  );

  it('counts all of it, whatever the page shows', async () => {
    expect(await list('hosts', '(first: 1)')).toMatchObject({ totalCount: 3, edges: [{}] });
    expect(await list('hosts', '(first: 0, search: "grace")')).toEqual({ totalCount: 1, edges: [] });
  });

  it('finds nothing by what another organisation has', async () => {
    const wanted: [string, string][] = [
      ['hosts', '(search: "ada")'],
      ['eventTypes', '(owner: "ada")'],
      ['eventTypes', '(search: "talk")'],
      ['bookings', `(host: "${ada.id}")`],
      ['bookings', `(eventType: "${talk}")`],
      ['bookings', '(attendee: "grace")'],
      ['deliveries', `(calendar: "${connected.calendar}")`],
      ['calendars', '(provider: GOOGLE)'],
      ['auditLog', `(subject: "${ada.id}")`],
    ];
    for (const [field, args] of wanted) expect(await ids(field, args, other), field + args).toEqual([]);
    expect(await refusal(ids('calendars', `(host: "${ada.id}")`, other))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('hosts', () => {
  it.each([
    ['LOVE', ['ada']],
    ['ada love', ['ada']],
    ['ada@example', ['ada']],
    ['hop', ['grace']],
    ['ovelace', []],
    ['', ['ada', 'grace', 'gina']],
  ])('are found by the beginnings of their words: %j', async (search, slugs) => {
    const found = await ids('hosts', `(search: ${JSON.stringify(search)})`);
    const known: Record<string, string> = { ada: ada.id, grace: grace.id, gina: connected.id };
    expect(found).toEqual(slugs.map((slug) => known[slug]));
  });

  it('refuse a search that is too long', async () => {
    const search = JSON.stringify('a'.repeat(201));
    for (const [field, name] of [
      ['hosts', 'search'],
      ['teams', 'search'],
      ['eventTypes', 'search'],
      ['bookings', 'attendee'],
    ])
      expect(await refusal(ids(field ?? '', `(${name}: ${search})`))).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: name,
      });
  });
});

describe('teams', () => {
  it('are found by the beginnings of their words', async () => {
    const make = async (name: string, slug: string) =>
      (
        await stack.admin<{ createTeam: { id: string } }>(
          'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }',
          { input: { name, slug, members: [] } },
        )
      ).createTeam.id;
    const [sales, support] = [await make('Sales North', 'north'), await make('Support', 'help-desk')];
    expect(await ids('teams', '(search: "nor sal")')).toEqual([sales]);
    expect(await ids('teams', '(search: "desk")')).toEqual([support]);
    expect(await ids('teams')).toEqual([sales, support]);
  });
});

describe('event types', () => {
  it('are those of an owner, with a word, active or not', async () => {
    const [review] = await ids('eventTypes', '(owner: "GRACE")');
    expect(review).toBeDefined();
    expect(await ids('eventTypes', '(owner: "ada")')).toEqual([talk]);
    expect(await ids('eventTypes', '(owner: "unknown")')).toEqual([]);
    expect(await ids('eventTypes', '(search: "qui")')).toEqual([talk]);
    expect(await ids('eventTypes', '(active: false)')).toEqual([review]);
    expect(await ids('eventTypes', '(active: true)')).not.toContain(review);
    expect(await ids('eventTypes', '(owner: "grace", active: true)')).toEqual([]);
  });
});

describe('bookings', () => {
  it('are those of a host, an event type, an attendee, a status and a span', async () => {
    const [eleven, ten, noon] = bookings;
    const [from, to] = iso('10:00', '12:00');
    expect(await ids('bookings')).toEqual(bookings);
    expect(await ids('bookings', `(host: "${ada.id}", eventType: "${talk}")`)).toEqual(bookings);
    expect(await ids('bookings', `(host: "${grace.id}")`)).toEqual([]);
    expect(await ids('bookings', '(attendee: "grace@example.net")')).toEqual(bookings);
    expect(await ids('bookings', '(attendee: "somebody")')).toEqual([]);
    expect(await ids('bookings', '(status: CANCELLED)')).toEqual([ten]);
    expect(await ids('bookings', `(from: "${from}", to: "${to}")`)).toEqual([eleven, ten]);
    expect(await ids('bookings', `(from: "${to}")`)).toEqual([noon]);
    expect(await refusal(ids('bookings', `(from: "${to}", to: "${from}")`))).toMatchObject({ field: 'to' });
  });

  it('are read in each order, page by page, both ways', async () => {
    const [eleven, ten, noon] = bookings;
    const orders = {
      CREATED_ASC: [eleven, ten, noon],
      CREATED_DESC: [noon, ten, eleven],
      START_ASC: [ten, eleven, noon],
      START_DESC: [noon, eleven, ten],
    };
    for (const [order, wanted] of Object.entries(orders)) {
      const all = await list('bookings', `(order: ${order})`);
      expect(all.edges.map(({ node }) => node.id)).toEqual(wanted);
      const [first, , last] = all.edges.map(({ cursor }) => cursor);
      expect(await ids('bookings', `(order: ${order}, first: 1, after: "${first}")`)).toEqual([wanted[1]]);
      expect(await ids('bookings', `(order: ${order}, last: 1, before: "${last}")`)).toEqual([wanted[1]]);
      expect(await ids('bookings', `(order: ${order}, last: 2)`)).toEqual(wanted.slice(1));
    }
  });

  it('have cursors that stay where they are while a booking moves', async () => {
    const [eleven, ten, noon] = bookings;
    const { edges } = await list('bookings', '(order: START_ASC)');
    const after = edges[1]?.cursor;
    await store.booking.update({
      where: { id: eleven ?? '' },
      data: { startsAt: new Date(Date.parse(iso('11:00')[0] ?? '') + 8 * HOUR) },
    });
    expect(await ids('bookings', `(order: START_ASC, after: "${after}")`)).toEqual([noon, eleven]);
    expect(await ids('bookings', '(order: START_ASC)')).toEqual([ten, noon, eleven]);
    expect(await refusal(ids('bookings', `(after: "${after}")`))).toMatchObject({ field: 'after' });
  });
});

describe('calendars', () => {
  it('are those in a state and of a provider, and their hosts are in trouble with them', async () => {
    const { calendar, id: host } = connected;
    const inState = async () => {
      const found = [];
      for (const state of ['REVOKED', 'FAILING', 'NEVER_READ', 'STALE', 'UNWATCHED', 'FRESH'])
        if ((await ids('calendars', `(state: ${state})`)).includes(calendar)) found.push(state);
      return found;
    };
    const troubled = (wanted: boolean) => ids('hosts', `(hasTrouble: ${wanted})`);
    expect(await ids('calendars', '(provider: GOOGLE)')).toEqual([calendar]);
    expect(await ids('calendars', '(provider: FEED)')).toEqual([]);
    await until(async () => (await inState()).includes('FRESH'));
    expect(await inState()).toEqual(['FRESH']);
    expect(await troubled(true)).toEqual([]);
    expect(await troubled(false)).toEqual([ada.id, grace.id, host]);
    // Far ahead: no pull comes meanwhile.
    const dueAt = new Date(Date.now() + 24 * HOUR);
    await store.calendarState.update({
      where: { calendarId: calendar },
      data: { trouble: 'unreachable', dueAt },
    });
    expect(await inState()).toEqual(['FAILING']);
    expect(await troubled(true)).toEqual([host]);
    expect(await troubled(false)).toEqual([ada.id, grace.id]);
  });
});

describe('deliveries', () => {
  it('are those about a calendar, with a verdict, of a span', async () => {
    const { organisationId } = await store.host.findUniqueOrThrow({ where: { id: ada.id } });
    const received = ['10:00', '11:00'].map((time) => iso(time)[0] ?? '');
    const made = [];
    for (const [i, receivedAt] of received.entries()) {
      const { id } = await store.delivery.create({
        data: {
          ...{ id: newId('Delivery'), organisationId, provider: 'google', calendarId: newId('Calendar') },
          ...{ channelId: 'chan', receivedAt, headers: {}, body: '' },
          verdict: i === 0 ? 'DUPLICATE' : 'ACCEPTED',
        },
      });
      made.push(id);
    }
    const [first] = await store.delivery.findMany({ where: { id: made[0] ?? '' } });
    expect(await ids('deliveries', `(calendar: "${first?.calendarId}")`)).toEqual([made[0]]);
    expect(await ids('deliveries', `(verdict: DUPLICATE, from: "${received[0]}")`)).toEqual([made[0]]);
    expect(await ids('deliveries', `(from: "${received[0]}", to: "${received[1]}")`)).toEqual([made[0]]);
    expect(await ids('deliveries', `(from: "${received[1]}")`)).toEqual([made[1]]);
  });
});

describe('organisation connections', () => {
  it('are listed', async () => {
    const { connectOrganisation } = await stack.admin<{ connectOrganisation: { id: string } }>(
      `mutation ($key: String!) { connectOrganisation(input: { provider: GOOGLE, serviceAccountKey: $key }) {
        ... on OrganisationConnection { id } } }`,
      { key: stack.simulator.google.serviceAccountKey },
    );
    expect(await ids('organisationConnections')).toEqual([connectOrganisation.id]);
    expect(await ids('organisationConnections', '', other)).toEqual([]);
  });
});
