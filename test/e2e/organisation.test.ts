import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/eventually.ts';
import type { GraphqlFailure } from './client.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';

const { window, at, iso } = testDay();

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

const inputOf = (provider: 'GOOGLE' | 'MICROSOFT') =>
  provider === 'GOOGLE'
    ? { provider, serviceAccountKey: stack.simulator.google.serviceAccountKey }
    : { provider, tenant: 'example.com' };

const connect = async (input: object) => {
  const { connectOrganisation } = await stack.admin<{ connectOrganisation: Record<string, string> }>(
    `mutation ($input: ConnectOrganisationInput!) {
      connectOrganisation(input: $input) {
        __typename
        ... on OrganisationConnection { id provider name }
        ... on ProviderRefused { message }
      }
    }`,
    { input },
  );
  return connectOrganisation;
};

interface Attached {
  __typename: string;
  id: string;
  email: string;
  status: string;
  message?: string;
  calendars: { id: string; primary: boolean; selected: boolean }[];
}

const attach = async (variables: object) => {
  const { attachHost } = await stack.admin<{ attachHost: Attached }>(
    `mutation ($connection: ID!, $host: ID!, $email: EmailAddress!) {
      attachHost(connection: $connection, host: $host, email: $email) {
        __typename
        ... on Account { id email status calendars { id primary selected } }
        ... on ProviderRefused { message }
      }
    }`,
    variables,
  );
  return attachHost;
};

async function addHost(slug: string) {
  const hours = {
    timeZone: 'UTC',
    weekly: [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }],
  };
  const { createHost } = await stack.admin<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    { input: { name: slug, slug, timeZone: 'UTC', workingHours: hours } },
  );
  return createHost.id;
}

describe.each([
  ['GOOGLE', 'gwen'],
  ['MICROSOFT', 'miro'],
] as const)('a tenant of %s', (provider, slug) => {
  it('connects a tenant, attaches a host without consent, and pulls a notified change', async () => {
    const { world } = stack.simulator;
    const email = `${slug}@example.com`;
    world.addPerson({
      email,
      name: slug,
      provider: provider === 'GOOGLE' ? 'google' : 'microsoft',
      timeZone: 'UTC',
    });
    const host = await addHost(slug);
    const connection = await connect(inputOf(provider));
    expect(connection).toMatchObject({ __typename: 'OrganisationConnection', provider });
    const { node } = await stack.admin<{ node: object }>(
      'query ($id: ID!) { node(id: $id) { id ... on OrganisationConnection { name } } }',
      { id: connection.id },
    );
    expect(node).toEqual({ id: connection.id, name: connection.name });

    const account = await attach({ connection: connection.id, host, email });
    expect(account).toMatchObject({ __typename: 'Account', email, status: 'CONNECTED' });
    expect(account.calendars).toMatchObject([{ primary: true, selected: true }]);
    const calendar = account.calendars[0]?.id;
    await until(async () => {
      const { node: found } = await stack.admin<{
        node: { watch: { state: string } | null; sync: { provenAsOf: string | null } };
      }>('query ($id: ID!) { node(id: $id) { ... on Calendar { watch { state } sync { provenAsOf } } } }', {
        id: calendar,
      });
      return found.watch?.state === 'ACTIVE' && found.sync.provenAsOf;
    });
    await stack.simulator.onIdle();

    const remote = world.calendars(email)[0]?.id ?? '';
    world.createEvent(remote, { title: 'Review', start: at('10:00'), end: at('11:00') });
    const periods = await until(async () => {
      const { busy } = await stack.admin<{
        busy: { periods: { start: string; end: string; kind: string }[] }[];
      }>(
        `query ($hosts: [ID!]!, $from: DateTime!, $to: DateTime!) {
          busy(hosts: $hosts, from: $from, to: $to) { periods { start end kind } }
        }`,
        { hosts: [host], ...window },
      );
      return busy[0]?.periods.length ? busy[0].periods : null;
    });
    const [start, end] = iso('10:00', '11:00');
    expect(periods).toEqual([{ start, end, kind: 'BUSY' }]);
    expect(stack.simulator.notifications().length).toBeGreaterThan(0);
  });

  it("returns a refused tenant as a result, without the provider's text", async () => {
    const connection = await connect(inputOf(provider));
    const host = await addHost(`${slug}-2`);
    const refused = await attach({ connection: connection.id, host, email: 'nobody@example.com' });
    expect(refused).toEqual({
      __typename: 'ProviderRefused',
      message: expect.stringContaining('no access to this mailbox'),
    });
  });
});

const failureOf = (request: Promise<unknown>) =>
  request.then(
    () => null,
    (error: GraphqlFailure) => error.errors[0]?.extensions,
  );

it('names the field of a malformed key, and finds no connection by an unknown id', async () => {
  expect(await failureOf(connect({ provider: 'GOOGLE', serviceAccountKey: '{}' }))).toEqual({
    code: 'BAD_USER_INPUT',
    field: 'serviceAccountKey',
  });
  expect(await failureOf(connect({ provider: 'MICROSOFT' }))).toEqual({
    code: 'BAD_USER_INPUT',
    field: 'tenant',
  });
  const host = await addHost('nobody');
  const connection = 'conn_01h455vb4pex5vsknk084sn02q';
  const unknown = attach({ connection, host, email: 'nobody@example.com' });
  expect(await failureOf(unknown)).toEqual({ code: 'NOT_FOUND' });
});

it('lets only operators connect an organisation', async () => {
  const query = 'mutation { connectOrganisation(input: {provider: MICROSOFT, tenant: "x"}) { __typename } }';
  expect(await failureOf(stack.anyone(query))).toEqual({ code: 'UNAUTHENTICATED' });
});
