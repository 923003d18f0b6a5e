/**
 * Every mutation that the audit log records is asked while no entry can be written: nothing is changed then. Asked again, it has one
 * entry. A mutation that is new has no case here, and fails the first test.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VISITORS } from '../../src/graphql/audit/mutations.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createLog } from '../../src/log.ts';
import { createBooker } from '../e2e/booker.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { type RadicaleServer, startRadicale } from '../harness/radicale.ts';
import { createFakeServer, type FakeServer } from '../providers/server.fixture.ts';
import { eventTypeInput, type MadeHost, makeEventType, makeHost, makeKey, refusal } from './world.fixture.ts';

const { iso } = testDay();
const FEED = [
  ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', 'BEGIN:VEVENT', 'UID:one', 'DTSTAMP:20261001T000000Z'],
  ...['DTSTART:20261201T100000Z', 'DTEND:20261201T110000Z', 'END:VEVENT', 'END:VCALENDAR', ''],
].join('\r\n');

let stack: Stack;
let database: pg.Client;
let radicale: RadicaleServer;
let feed: FakeServer;
/** Connected at a simulated provider. */
let host: MadeHost;
let account: string;
let calendar: string;

beforeAll(async () => {
  radicale = await startRadicale();
  await radicale.makeCalendar('/ada%40example.com/work/', '<D:displayname>Work</D:displayname>');
  feed = await createFakeServer(() => ({ headers: { 'content-type': 'text/calendar' }, body: FEED }));
  // Nothing is changed by workers meanwhile.
  stack = await startStack({ sync: false, log: createLog('silent') });
  database = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await database.connect();
  await database.query(`
    create function refuse_entry() returns trigger language plpgsql as $$
    begin raise exception 'no room for an entry'; end $$`);
  const { world } = stack.simulator;
  world.addPerson({ email: 'ada@example.com', name: 'Ada', provider: 'google', timeZone: 'UTC' });
  world.addPerson({ email: 'eve@example.com', name: 'Eve', provider: 'google', timeZone: 'UTC' });
  host = await makeHost(stack.admin, 'ada', { email: 'ada@example.com' });
  const { startConnect } = await stack.admin<{ startConnect: string }>(
    'mutation ($host: ID!) { startConnect(host: $host, provider: GOOGLE) }',
    { host: host.id },
  );
  await stack.simulator.connect(startConnect, 'ada@example.com');
  const found = await stack.admin<{
    host: { accounts: { id: string }[]; calendars: { id: string; selected: boolean }[] };
  }>('query ($id: ID!) { host(id: $id) { accounts { id } calendars { id selected } } }', { id: host.id });
  account = found.host.accounts[0]?.id ?? '';
  calendar = found.host.calendars.find(({ selected }) => selected)?.id ?? '';
}, 120_000);
afterAll(async () => {
  await database?.end();
  await stack?.close();
  await radicale?.close();
  await feed?.close();
});

let made = 0;
/** A text that nothing else is called. */
const unused = () => `made-${++made}`;
const newHost = () => makeHost(stack.admin, unused());

/** A booking with one of two hosts, and the ids of both: who has it, and who has not. */
async function bookedByGrace() {
  const [first, second] = [await newHost(), await newHost()];
  const more = { scheduling: 'ROUND_ROBIN', hosts: [first.id, second.id] };
  const type = await makeEventType(stack.admin, first, unused(), more);
  const { id: booking, hosts } = await createBooker(stack.anyone).book(type, iso('13:00')[0] ?? '');
  const from = hosts[0]?.id ?? '';
  return { booking, from, to: from === first.id ? second.id : first.id };
}

/** The id of a booking that waits to be accepted. */
async function requestedByGrace(): Promise<string> {
  const type = await makeEventType(stack.admin, await newHost(), unused(), { approval: true });
  return (await createBooker(stack.anyone).book(type, iso('13:00')[0] ?? '')).id;
}

/** Asks a mutation whose answer has an id. @returns it */
async function idMadeBy(document: string, variables: object): Promise<string> {
  const [answer] = Object.values(await stack.admin<Record<string, { id: string }>>(document, variables));
  return answer?.id ?? '';
}
const newTeam = async () =>
  idMadeBy('mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }', {
    input: { name: 'Team', slug: unused(), members: [] },
  });
const CREATE_BLOCK = 'mutation ($input: BlockInput!) { createBlock(input: $input) { id } }';
const block = (title: string) => {
  const [start, end] = iso('10:00', '11:00');
  return { host: host.id, start, end, title };
};
const newBlock = () => idMadeBy(CREATE_BLOCK, { input: block('Dentist') });
const CREATE_RULE =
  'mutation ($value: String!) { createBlockRule(kind: EMAIL_DOMAIN, value: $value) { id } }';
const CREATE_ENDPOINT = `mutation {
  createWebhookEndpoint(input: { url: "https://hooks.example.com/", events: [BOOKING_CREATED] }) { id } }`;
const CREATE_FEED = 'mutation ($host: ID!) { createFeed(host: $host, titles: true) { id } }';
const CREATE_ORGANISATION = 'mutation ($name: String!) { createOrganisation(name: $name) { id } }';
const CONNECT_TENANT = `mutation ($key: String!) {
  connectOrganisation(input: { provider: GOOGLE, serviceAccountKey: $key }) { __typename ... on OrganisationConnection { id } } }`;
const tenantKey = () => ({ key: stack.simulator.google.serviceAccountKey });
const ofId = (mutation: string, result = '') => `mutation ($id: ID!) { ${mutation}(id: $id) ${result} }`;

interface Case {
  document: string;
  variables?: object;
  /** What must come to pass for the answer to come, and is nobody's to do here. */
  meanwhile?: () => Promise<unknown>;
}

/** What each mutation is asked; run in this order. */
const CASES: Readonly<Record<string, () => Case | Promise<Case>>> = {
  createHost: () => ({
    document:
      'mutation ($slug: String!) { createHost(input: { name: "H", slug: $slug, timeZone: "UTC" }) { id } }',
    variables: { slug: unused() },
  }),
  updateHost: async () => {
    const { id, slug } = await newHost();
    return {
      document: `mutation ($id: ID!, $slug: String!) {
        updateHost(id: $id, input: { name: "Other", slug: $slug, timeZone: "Europe/London" }) { id } }`,
      variables: { id, slug },
    };
  },
  patchHost: async () => ({
    document: 'mutation ($id: ID!) { patchHost(id: $id, patch: { name: "Another" }) { id } }',
    variables: { id: (await newHost()).id },
  }),
  setWorkingHours: async () => ({
    document:
      'mutation ($id: ID!) { setWorkingHours(host: $id, input: { timeZone: "Europe/Paris", weekly: [] }) { id } }',
    variables: { id: (await newHost()).id },
  }),
  setOrganisationBrand: () => ({
    document: 'mutation { setOrganisationBrand(input: { color: "#123456" }) { color } }',
  }),
  setBookingCalendar: () => ({
    document:
      'mutation ($host: ID!, $calendar: ID) { setBookingCalendar(host: $host, calendar: $calendar) { id } }',
    variables: { host: host.id, calendar },
  }),
  createTeam: () => ({
    document:
      'mutation ($slug: String!) { createTeam(input: { name: "T", slug: $slug, members: [] }) { id } }',
    variables: { slug: unused() },
  }),
  updateTeam: async () => ({
    document:
      'mutation ($id: ID!, $slug: String!) { updateTeam(id: $id, input: { name: "U", slug: $slug, members: [] }) { id } }',
    variables: { id: await newTeam(), slug: unused() },
  }),
  deleteTeam: async () => ({ document: ofId('deleteTeam'), variables: { id: await newTeam() } }),
  createEventType: () => ({
    document: 'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    variables: { input: eventTypeInput(host, unused()) },
  }),
  updateEventType: async () => {
    const slug = unused();
    return {
      document:
        'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      variables: {
        id: await makeEventType(stack.admin, host, slug),
        input: eventTypeInput(host, slug, { length: 'PT1H' }),
      },
    };
  },
  patchEventType: async () => ({
    document: 'mutation ($id: ID!) { patchEventType(id: $id, patch: { length: "PT1H" }) { id } }',
    variables: { id: await makeEventType(stack.admin, host, unused()) },
  }),
  deleteEventType: async () => ({
    document: ofId('deleteEventType'),
    variables: { id: await makeEventType(stack.admin, host, unused()) },
  }),
  createBlock: () => ({ document: CREATE_BLOCK, variables: { input: block('Dentist') } }),
  updateBlock: async () => ({
    document: 'mutation ($id: ID!, $input: BlockInput!) { updateBlock(id: $id, input: $input) { id } }',
    // The log has no titles, so that the entry says no more than that the block was changed.
    variables: { id: await newBlock(), input: block('Barber') },
  }),
  deleteBlock: async () => ({ document: ofId('deleteBlock'), variables: { id: await newBlock() } }),
  createBlockRule: () => ({ document: CREATE_RULE, variables: { value: `${unused()}.example` } }),
  deleteBlockRule: async () => ({
    document: ofId('deleteBlockRule'),
    variables: { id: await idMadeBy(CREATE_RULE, { value: `${unused()}.example` }) },
  }),
  createApiKey: () => ({ document: 'mutation { createApiKey(name: "K", scopes: [BOOK]) { id } }' }),
  renameApiKey: async () => ({
    document: 'mutation ($id: ID!) { renameApiKey(id: $id, name: "Other") { id } }',
    variables: { id: (await makeKey(stack, ['BOOK'])).id },
  }),
  revokeApiKey: async () => ({
    document: ofId('revokeApiKey'),
    variables: { id: (await makeKey(stack, ['BOOK'])).id },
  }),
  createFeed: () => ({ document: CREATE_FEED, variables: { host: host.id } }),
  revokeFeed: async () => ({
    document: ofId('revokeFeed'),
    variables: { id: await idMadeBy(CREATE_FEED, { host: host.id }) },
  }),
  createWebhookEndpoint: () => ({ document: CREATE_ENDPOINT }),
  updateWebhookEndpoint: async () => ({
    document: 'mutation ($id: ID!) { updateWebhookEndpoint(id: $id, patch: { active: false }) { id } }',
    variables: { id: await idMadeBy(CREATE_ENDPOINT, {}) },
  }),
  testWebhookEndpoint: async () => ({
    document: ofId('testWebhookEndpoint', '{ id }'),
    variables: { id: await idMadeBy(CREATE_ENDPOINT, {}) },
  }),
  resendWebhookMessage: async () => {
    const endpoint = await idMadeBy(CREATE_ENDPOINT, {});
    return {
      document: ofId('resendWebhookMessage', '{ id }'),
      variables: { id: await idMadeBy(ofId('testWebhookEndpoint', '{ id }'), { id: endpoint }) },
    };
  },
  deleteWebhookEndpoint: async () => ({
    document: ofId('deleteWebhookEndpoint'),
    variables: { id: await idMadeBy(CREATE_ENDPOINT, {}) },
  }),
  createOrganisation: () => ({ document: CREATE_ORGANISATION, variables: { name: 'Made' } }),
  renameOrganisation: async () => ({
    document: 'mutation ($id: ID!) { renameOrganisation(id: $id, name: "Renamed") { id } }',
    variables: { id: await idMadeBy(CREATE_ORGANISATION, { name: 'Named' }) },
  }),
  deleteOrganisation: async () => {
    const id = await idMadeBy(CREATE_ORGANISATION, { name: 'Gone' });
    return {
      document: ofId('deleteOrganisation'),
      variables: { id },
      // The answer waits for a worker, and there is none.
      meanwhile: () =>
        until(async () => {
          const sql = 'delete from organisation where id = $1 and deleted_at is not null';
          return (await database.query(sql, [id])).rowCount === 1;
        }),
    };
  },
  connectOrganisation: () => ({ document: CONNECT_TENANT, variables: tenantKey() }),
  attachHost: async () => ({
    document: `mutation ($connection: ID!, $host: ID!) {
      attachHost(connection: $connection, host: $host, email: "eve@example.com") { __typename ... on Account { id } } }`,
    variables: {
      connection: await idMadeBy(CONNECT_TENANT, tenantKey()),
      host: (await newHost()).id,
    },
  }),
  connectCalDav: () => ({
    document: `mutation ($input: ConnectCalDavInput!) {
      connectCalDav(input: $input) { __typename ... on Account { id } } }`,
    variables: {
      input: {
        ...{ host: host.id, url: `${radicale.url}/` },
        ...{ username: radicale.username, password: radicale.password },
      },
    },
  }),
  connectFeed: () => ({
    document: `mutation ($input: ConnectFeedInput!) {
      connectFeed(input: $input) { __typename ... on Account { id } } }`,
    variables: { input: { host: host.id, url: `${feed.url}/secret.ics` } },
  }),
  startConnect: () => ({
    document: 'mutation ($host: ID!) { startConnect(host: $host, provider: GOOGLE) }',
    variables: { host: host.id },
  }),
  refreshAccount: () => ({
    document: 'mutation ($account: ID!) { refreshAccount(account: $account) { id } }',
    variables: { account },
  }),
  syncCalendar: () => ({
    document: 'mutation ($calendar: ID!) { syncCalendar(calendar: $calendar) { id } }',
    variables: { calendar },
  }),
  watchCalendar: () => ({
    document:
      'mutation ($calendar: ID!) { watchCalendar(calendar: $calendar) { __typename ... on Calendar { id } } }',
    variables: { calendar },
  }),
  replayDelivery: async () => {
    // The provider greets the channel that the case before has opened.
    const id = await until(async () => {
      const { deliveries } = await stack.admin<{ deliveries: { edges: { node: { id: string } }[] } }>(
        '{ deliveries(first: 1) { edges { node { id } } } }',
      );
      return deliveries.edges[0]?.node.id;
    });
    return { document: ofId('replayDelivery', '{ id }'), variables: { id } };
  },
  unwatchCalendar: () => ({
    document: 'mutation ($calendar: ID!) { unwatchCalendar(calendar: $calendar) { id } }',
    variables: { calendar },
  }),
  selectCalendar: () => ({
    document: 'mutation ($calendar: ID!) { selectCalendar(calendar: $calendar, selected: false) { id } }',
    variables: { calendar },
  }),
  eraseAttendee: async () => {
    const booker = createBooker(stack.anyone);
    await booker.book(await makeEventType(stack.admin, await newHost(), unused()), iso('13:00')[0] ?? '');
    return { document: 'mutation { eraseAttendee(email: "grace@example.net") }' };
  },
  cancelBookingById: async () => {
    const { booking } = await bookedByGrace();
    return {
      document: 'mutation ($id: ID!) { cancelBookingById(id: $id) { __typename } }',
      variables: { id: booking },
    };
  },
  acceptBooking: async () => ({
    document: 'mutation ($id: ID!) { acceptBooking(id: $id) { id } }',
    variables: { id: await requestedByGrace() },
  }),
  declineBooking: async () => ({
    document: 'mutation ($id: ID!) { declineBooking(id: $id) { id } }',
    variables: { id: await requestedByGrace() },
  }),
  moveBooking: async () => {
    const { booking } = await bookedByGrace();
    return {
      document:
        'mutation ($id: ID!, $start: DateTime!) { moveBooking(id: $id, start: $start) { __typename } }',
      variables: { id: booking, start: iso('15:00')[0] },
    };
  },
  reassignBooking: async () => {
    const { booking, from, to } = await bookedByGrace();
    return {
      document: `mutation ($id: ID!, $from: ID!, $to: ID!) {
        reassignBooking(id: $id, from: $from, to: $to) { __typename } }`,
      variables: { id: booking, from, to },
    };
  },
  disconnectAccount: () => ({
    document: 'mutation ($account: ID!) { disconnectAccount(account: $account) }',
    variables: { account },
  }),
  deleteHost: () => ({ document: ofId('deleteHost'), variables: { id: host.id } }),
};

/** Mutations that ask the provider only to carry out what they change: unrecorded, they ask nothing. */
const CARRIED_OUT = ['syncCalendar', 'watchCalendar', 'unwatchCalendar', 'disconnectAccount', 'deleteHost'];
/** Tables that a gateway writes by itself. */
const OWN = ['worker_presence', 'write_probe'];

/** A digest of each table. */
async function contents(): Promise<Record<string, string>> {
  const { rows } = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> all($1) order by 1`,
    [OWN],
  );
  const digests: Record<string, string> = {};
  for (const { name } of rows) {
    const digest = await database.query<{ md5: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as md5 from "${name}" t`,
    );
    digests[name] = digest.rows[0]?.md5 ?? '';
  }
  return digests;
}

async function withoutRoomForEntries(work: () => Promise<void>): Promise<void> {
  await database.query(
    'create trigger refuse_entry before insert on audit_entry for each row execute function refuse_entry()',
  );
  await work().finally(() => database.query('drop trigger refuse_entry on audit_entry'));
}

async function entriesOf(action: string): Promise<number> {
  const { rows } = await database.query('select 1 from audit_entry where action = $1', [action]);
  return rows.length;
}

describe('a mutation whose entry in the audit log can not be written', () => {
  it('is walked below, whichever it is', () => {
    const recorded = Object.keys(schema.getMutationType()?.getFields() ?? {}).filter(
      (name) => !VISITORS.includes(name),
    );
    expect(Object.keys(CASES).sort()).toEqual(recorded.sort());
  });

  it.each(Object.entries(CASES))(
    'changes nothing, and asked again has one entry: %s',
    async (name, prepare) => {
      const { document, variables = {}, meanwhile = async () => {} } = await prepare();
      await stack.simulator.onIdle();
      const before = await contents();
      const asked = stack.simulator.requests().length;
      await withoutRoomForEntries(async () => {
        expect(await refusal(stack.admin(document, variables))).toMatchObject({
          code: 'INTERNAL_SERVER_ERROR',
        });
        expect(await contents()).toEqual(before);
      });
      if (CARRIED_OUT.includes(name)) expect(stack.simulator.requests().length).toBe(asked);

      const entries = await entriesOf(name);
      const answer = stack.admin<Record<string, unknown>>(document, variables);
      await meanwhile();
      expect(JSON.stringify(await answer)).not.toContain('ProviderRefused');
      expect(await entriesOf(name)).toBe(entries + 1);
    },
    120_000,
  );
});
