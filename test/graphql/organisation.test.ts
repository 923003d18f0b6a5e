/** Organisations over the API: made, renamed, listed and deleted by the operator alone, with all that is theirs. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createBooker } from '../e2e/booker.fixture.ts';
import { asker } from '../e2e/client.fixture.ts';
import { ADMIN_TOKEN, connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { createFeed } from '../http/routes/feeds-world.fixture.ts';
import { asking, makeHost, makeKey, refusal } from './world.fixture.ts';

const { iso } = testDay();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
});
afterAll(() => stack?.close());

const ORGANISATIONS = '{ organisations(first: 200) { edges { cursor node { id name createdAt } } } }';

const create = async (name: string) =>
  (
    await stack.admin<{ createOrganisation: { id: string; name: string } }>(
      'mutation ($name: String!) { createOrganisation(name: $name) { id name } }',
      { name },
    )
  ).createOrganisation;
const list = async () =>
  (
    await stack.admin<{ organisations: { edges: { node: { id: string; name: string } }[] } }>(ORGANISATIONS)
  ).organisations.edges.map(({ node }) => node);
const remove = (id: string) => stack.admin('mutation ($id: ID!) { deleteOrganisation(id: $id) }', { id });
const operatorIn = (id: string) =>
  asking(stack.url, { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-slotwire-organisation': id });

/** A socket that was acknowledged, and later the code that it was closed with. */
async function openSocket(token: string, headers = {}): Promise<{ code: number | null }> {
  const socket: { code: number | null; acknowledged: boolean } = { code: null, acknowledged: false };
  const url = `${stack.url.replace(/^http/, 'ws')}/graphql`;
  const connection = new WebSocket(url, 'graphql-transport-ws', { headers });
  const payload = { authorization: `Bearer ${token}` };
  connection.on('open', () => connection.send(JSON.stringify({ type: 'connection_init', payload })));
  connection.on('message', () => {
    socket.acknowledged = true;
  });
  connection.on('close', (code) => {
    socket.code = code;
  });
  await until(() => socket.acknowledged);
  return socket;
}

/** Tables with rows of the organisation, but for the audit log, whose entries stay without what they said. */
async function tablesWith(organisation: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.columns
       where table_schema = 'public' and column_name = 'organisation_id' and table_name <> 'audit_entry' order by 1`,
    );
    expect(rows.length).toBeGreaterThan(15);
    const found: string[] = [];
    for (const { name } of rows) {
      const counted = await client.query(`select 1 from ${name} where organisation_id = $1 limit 1`, [
        organisation,
      ]);
      if (counted.rowCount) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}

describe('organisations', () => {
  it('are created, renamed and listed by the operator, who acts in each by its id', async () => {
    const [first] = await list();
    expect(first?.name).toBe('default');
    const { id, name } = await create('Sales');
    expect({ id, name }).toEqual({ id: expect.stringMatching(/^org_/), name: 'Sales' });
    const renamed = await stack.admin(
      'mutation ($id: ID!) { renameOrganisation(id: $id, name: "Sales, Europe") { id name } }',
      { id },
    );
    expect(renamed).toEqual({ renameOrganisation: { id, name: 'Sales, Europe' } });
    expect(await list()).toContainEqual(expect.objectContaining({ id, name: 'Sales, Europe' }));
    expect(await stack.admin('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: { id } });
    // The host of one organisation is no other's.
    const host = await makeHost(operatorIn(id), 'of-sales');
    expect(await refusal(stack.admin('query ($id: ID!) { host(id: $id) { id } }', host))).toMatchObject({
      code: 'NOT_FOUND',
    });
    const key = await makeKey(stack, ['ADMIN'], operatorIn(id));
    expect(await key.ask('query ($id: ID!) { host(id: $id) { slug } }', host)).toEqual({
      host: { slug: 'of-sales' },
    });
  });

  it('are no business of an organisation, whatever its key may do, nor of the public', async () => {
    const { id } = await create('Curious');
    const key = await makeKey(stack, ['ADMIN'], operatorIn(id));
    for (const asked of [
      '{ organisations { edges { node { id } } } }',
      'mutation { createOrganisation(name: "More") { id } }',
      `mutation { renameOrganisation(id: "${id}", name: "Mine") { id } }`,
      `mutation { deleteOrganisation(id: "${id}") }`,
    ]) {
      expect(await refusal(key.ask(asked))).toMatchObject({ code: 'FORBIDDEN' });
      expect(await refusal(stack.anyone(asked))).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect(await refusal(key.ask('query ($id: ID!) { node(id: $id) { id } }', { id }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('have a name, and the default one stays', async () => {
    expect(await refusal(create('  '))).toMatchObject({ code: 'BAD_USER_INPUT', field: 'name' });
    const [first] = await list();
    expect(await refusal(remove(first?.id ?? ''))).toMatchObject({ code: 'CONFLICT' });
    const unknown = 'org_01kb6mfc9yfr9a0000000000zz';
    expect(await refusal(remove(unknown))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('deletes an organisation with all that is theirs: bookings, channels, grants, keys, feeds, live sockets and every row', async () => {
  const { simulator } = stack;
  const { id } = await create('Closing');
  const admin = operatorIn(id);
  const host = await connectHost({ ...stack, admin }, 'GOOGLE', 'closing');
  const feed = await createFeed({ ...stack, admin }, host.id);
  const key = await makeKey(stack, ['ADMIN'], admin);
  const booker = createBooker(stack.anyone);
  const booked = await booker.book(host.eventType, iso('09:00')[0] ?? '');
  await booker.becomes(booked.token, 'WRITTEN');
  await stack.anyone('mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename } }', {
    input: { eventType: host.eventType, start: iso('11:00')[0] },
  });
  await admin(
    'mutation ($url: URL!) { createWebhookEndpoint(input: { url: $url, events: [BOOKING_CANCELLED] }) { id } }',
    { url: 'http://127.0.0.1:18099/' },
  );
  const closed = [
    await openSocket(key.secret),
    await openSocket(ADMIN_TOKEN, { 'x-slotwire-organisation': id }),
  ];
  const events = () => simulator.world.events(host.remoteCalendar, 0, Number.MAX_SAFE_INTEGER);
  expect([simulator.channels().length, events().length]).toEqual([1, 1]);
  expect(await tablesWith(id)).toContain('booking');

  expect(await remove(id)).toEqual({ deleteOrganisation: true });

  expect((await list()).map((one) => one.id)).not.toContain(id);
  expect([simulator.channels().length, events().length]).toEqual([0, 0]);
  expect(simulator.requests().filter(({ path }) => path.endsWith('/revoke'))).toHaveLength(1);
  expect((await fetch(feed.url)).status).toBe(404);
  expect(await refusal(asker(stack.url, key.secret)('{ viewer { kind } }'))).toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(await refusal(admin('{ hosts { edges { node { id } } } }'))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await stack.anyone('{ eventType(owner: "closing", slug: "intro") { id } }')).toEqual({
    eventType: null,
  });
  for (const socket of closed) await until(() => socket.code === 4403);
  expect(await tablesWith(id)).toEqual([]);
});
