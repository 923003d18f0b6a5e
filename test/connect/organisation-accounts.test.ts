import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectOutcome } from '../../src/connect/organisation-accounts.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { seedDemo } from '../../src/simulator/demo.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { SimulatedProvider } from '../../src/simulator/world.ts';
import { HOUR, MINUTE } from '../../src/time/clock.ts';
import { resealed } from '../store/access/resealed.fixture.ts';
import { simulatedProviders } from './simulated-providers.fixture.ts';
import { ORGANISATION, openRoom, type Room } from './world.fixture.ts';

const TENANT = '3f0c0ffe-0000-4000-8000-000000000001';
const PROVIDERS: [SimulatedProvider, string][] = [
  ['google', 'ada@example.com'],
  ['microsoft', 'grace@example.com'],
];

const OPERATOR = { isOperator: true };
const KEY = { isOperator: false };

let simulator: Simulator;
let room: Room;
let people = 0;

beforeAll(async () => {
  const clock = { now: () => room?.time.now ?? 1_750_000_000_000 };
  simulator = await createSimulator({ clock, seed: (world) => seedDemo(world, clock.now()) });
  room = await openRoom(simulatedProviders(simulator));
});
afterAll(async () => {
  await room.close();
  await simulator.close();
});
afterEach(() => simulator.faults.clear());

const inputOf = (provider: SimulatedProvider) =>
  provider === 'google'
    ? { provider, serviceAccountKey: simulator.google.serviceAccountKey, tenant: null }
    : { provider, serviceAccountKey: null, tenant: TENANT };

function granted<T>(outcome: ConnectOutcome<T>): T {
  if ('refused' in outcome) throw new Error(outcome.refused);
  return outcome.granted;
}

const connect = async (provider: SimulatedProvider) =>
  granted(await room.connect.connectOrganisation(ORGANISATION, inputOf(provider), OPERATOR));

function addPerson(provider: SimulatedProvider): string {
  people += 1;
  const email = `person-${people}@example.com`;
  simulator.world.addPerson({ email, name: 'Somebody', provider, timeZone: 'Europe/Berlin' });
  return email;
}

async function attach(provider: SimulatedProvider, email = addPerson(provider)) {
  const { id: connection } = await connect(provider);
  const host = await room.addHost();
  const outcome = await room.connect.attachHost(ORGANISATION, { connection, host, email });
  return { connection, host, email, account: granted(outcome) };
}

const COLUMN = 'organisation_connection.secret';

/** Names of the calendars that the account may read, asked for at the provider. */
const listed = (provider: SimulatedProvider, account: string) =>
  room.deps.providers
    .get(provider)
    ?.listCalendars(room.access(account))
    .then((calendars) => calendars.map(({ name }) => name));

it('has the key of an organisation sealed anew under the key that encrypts now', async () => {
  const { id } = await connect('google');
  const { store } = room.deps;
  const reseal = (...bytes: number[]) =>
    resealed(store, createKeyRing(bytes.map((byte) => Buffer.alloc(32, byte))), COLUMN);
  const secret = async () => (await store.organisationConnection.findUniqueOrThrow({ where: { id } })).secret;
  const before = await secret();
  await reseal(8);
  expect(await secret()).toBe(before);
  await reseal(8, 7);
  expect(createKeyRing([Buffer.alloc(32, 8)]).decrypt((await secret()) ?? '', COLUMN, id)).toContain(
    'private',
  );
  await reseal(7, 8);
});

describe.each(PROVIDERS)('a whole tenant of %s', (provider, email) => {
  it('is connected once, however often', async () => {
    const first = await connect(provider);
    const again = await connect(provider);
    expect(again.id).toBe(first.id);
    expect(first.id).toMatch(/^conn_/);
  });

  it('lets a host be attached by address: calendars listed, the primary one selected, watched and read', async () => {
    const { account, connection, host } = await attach(provider, email.toUpperCase());
    expect(account).toMatchObject({ hostId: host, email, connectionId: connection, status: 'CONNECTED' });
    expect(account.tokens).toBeNull();
    const calendars = await room.store.calendar.findMany({ where: { accountId: account.id } });
    expect(calendars).toHaveLength(simulator.world.calendars(email).length);
    const selected = calendars.filter((calendar) => calendar.selected);
    expect(selected).toMatchObject([{ primary: true }]);
    expect(room.tasks(selected[0]?.id ?? '').sort()).toEqual(['pull', 'watch']);
    expect(await listed(provider, account.id)).toHaveLength(calendars.length);
  });

  it('heals an account that its host had connected, and the other way round', async () => {
    const person = addPerson(provider);
    const host = await room.addHost();
    const consent = async () => {
      const back = await simulator.consent(await room.begin(host, null, provider), person);
      return room.finish(new URL(back), provider);
    };
    await consent();
    const before = await room.accountOf(host);
    simulator.faults.add({ kind: 'revoke', person });
    await expect(listed(provider, before.id)).rejects.toMatchObject({ reason: 'auth-revoked' });

    const { id: connection } = await connect(provider);
    const { id } = granted(await room.connect.attachHost(ORGANISATION, { connection, host, email: person }));
    expect(id).toBe(before.id);
    expect(await room.accountOf(host)).toMatchObject({ status: 'CONNECTED', tokens: null });
    expect(await listed(provider, id)).not.toHaveLength(0);

    await consent();
    expect(await room.accountOf(host)).toMatchObject({ id, connectionId: null });
    expect(await room.access(id).mailbox()).toBeNull();
    expect(await listed(provider, id)).not.toHaveLength(0);
  });

  it('gives nobody the account of another host', async () => {
    const { email: taken } = await attach(provider);
    await expect(attach(provider, taken)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('answers a refusal in words of our own for an address that it does not know or may not reach', async () => {
    const person = addPerson(provider);
    simulator.faults.add({ kind: 'tenant', people: [email] });
    await expect(attach(provider, 'nobody@example.com')).rejects.toThrow('gives no access to this mailbox');
    await expect(attach(provider, person)).rejects.toThrow('gives no access to this mailbox');
    expect(await room.store.account.count({ where: { email: person } })).toBe(0);
  });

  it('tells an outage from a refusal', async () => {
    const { id: connection } = await connect(provider);
    const host = await room.addHost();
    const person = addPerson(provider);
    simulator.faults.add({ kind: 'answer', path: '/(calendarList|calendars)$', status: 503, times: 9 });
    const outcome = await room.connect.attachHost(ORGANISATION, { connection, host, email: person });
    expect(outcome).toEqual({ refused: expect.stringContaining('could not be reached') });
  });

  it('is disconnected host by host', async () => {
    const { account, host } = await attach(provider);
    await room.disconnect(account.id);
    expect(await room.accountOf(host)).toMatchObject({ status: 'DISCONNECTED' });
    await expect(room.access(account.id).token()).rejects.toMatchObject({ reason: 'auth-revoked' });
  });

  it('shows nothing to another organisation', async () => {
    const { connection, host, email: person } = await attach(provider);
    const wish = { connection, host, email: person };
    await expect(room.connect.attachHost('org_two', wish)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const theirs = granted(await room.connect.connectOrganisation('org_two', inputOf(provider), OPERATOR));
    expect(theirs.id).not.toBe(connection);
    await expect(
      room.connect.attachHost('org_two', { ...wish, connection: theirs.id }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a service account', () => {
  it('is stored encrypted, for its own connection alone', async () => {
    const { id, name } = await connect('google');
    const row = await room.store.organisationConnection.findUniqueOrThrow({ where: { id } });
    expect(name).toMatch(/@.*gserviceaccount\.com$/);
    expect(row.secret).toMatch(/^v1\./);
    expect(row.secret).not.toContain('PRIVATE KEY');
    expect(room.deps.keyRing.decrypt(row.secret ?? '', COLUMN, id)).toContain('PRIVATE KEY');
    expect(() => room.deps.keyRing.decrypt(row.secret ?? '', COLUMN, 'conn_other')).toThrow();
  });

  const keyWith = (change: Record<string, unknown>) =>
    JSON.stringify({ ...JSON.parse(simulator.google.serviceAccountKey), ...change });
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  it.each([
    ['nothing', () => null],
    ['no JSON', () => 'not json'],
    ['another type', () => keyWith({ type: 'authorized_user' })],
    ['no address', () => keyWith({ client_email: undefined })],
    ['no private key', () => keyWith({ private_key: 'MIIE' })],
    ['no RSA key', () => keyWith({ private_key: curve.export({ type: 'pkcs8', format: 'pem' }) })],
    ['a stranger as token endpoint', () => keyWith({ token_uri: 'https://evil.example/token' })],
  ])('is refused with %s', async (_, key) => {
    const input = { provider: 'google' as const, serviceAccountKey: key(), tenant: null };
    await expect(room.connect.connectOrganisation(ORGANISATION, input, OPERATOR)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'serviceAccountKey' },
    });
  });

  it("may name Google's own token endpoint", async () => {
    const serviceAccountKey = keyWith({ token_uri: 'https://oauth2.googleapis.com/token' });
    const input = { provider: 'google' as const, serviceAccountKey, tenant: null };
    granted(await room.connect.connectOrganisation(ORGANISATION, input, OPERATOR));
  });

  it('is not kept when its key is none of the provider', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const serviceAccountKey = keyWith({
      client_email: 'stranger@simulator.iam.gserviceaccount.com',
      private_key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
        type: 'pkcs1',
        format: 'pem',
      }),
    });
    const input = { provider: 'google' as const, serviceAccountKey, tenant: null };
    expect(await room.connect.connectOrganisation(ORGANISATION, input, OPERATOR)).toEqual({
      refused: expect.stringContaining('refused these credentials'),
    });
    const kept = await room.store.organisationConnection.findMany({ where: { provider: 'google' } });
    expect(kept.map(({ subject }) => subject).join()).not.toContain('stranger');
  });

  it('loses one user without losing the others, and heals when it is connected again', async () => {
    const [lost, spared] = [await attach('google'), await attach('google')];
    simulator.faults.add({ kind: 'tenant', people: [spared.email] });
    room.time.now += HOUR;
    await expect(listed('google', lost.account.id)).rejects.toMatchObject({ reason: 'auth-revoked' });
    expect(await listed('google', spared.account.id)).toHaveLength(1);
    expect(await room.accountOf(lost.host)).toMatchObject({ status: 'AUTH_REVOKED' });
    expect(await room.accountOf(spared.host)).toMatchObject({ status: 'CONNECTED' });
    const [calendar] = await room.store.calendar.findMany({ where: { accountId: lost.account.id } });
    expect(room.published).toContain(`busy:${calendar?.id}`);

    simulator.faults.clear();
    await connect('google');
    expect(await room.accountOf(lost.host)).toMatchObject({ status: 'CONNECTED' });
    expect(await listed('google', lost.account.id)).toHaveLength(1);
  });

  it("takes no user's grant away when only the key or the clock is wrong", async () => {
    const { account, host } = await attach('google');
    const body = { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' };
    simulator.faults.add({ kind: 'answer', path: '/token$', status: 400, body });
    room.time.now += HOUR;
    await expect(listed('google', account.id)).rejects.toMatchObject({ reason: 'rejected' });
    expect(await room.accountOf(host)).toMatchObject({ status: 'CONNECTED' });
    expect(await listed('google', account.id)).toHaveLength(1);
  });
});

describe('an application', () => {
  it.each([null, '', 'common', 'organizations', 'a/b', '../x'])(
    'is refused for the tenant %s',
    async (tenant) => {
      const input = { provider: 'microsoft' as const, serviceAccountKey: null, tenant };
      await expect(room.connect.connectOrganisation(ORGANISATION, input, OPERATOR)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        details: { field: 'tenant' },
      });
    },
  );

  it('is not connected to a tenant that does not know it', async () => {
    const body = { error: 'unauthorized_client', error_description: 'AADSTS700016: Application not found.' };
    simulator.faults.add({ kind: 'answer', path: '/token$', status: 400, body });
    const input = { ...inputOf('microsoft'), tenant: 'stranger.example' };
    const outcome = await room.connect.connectOrganisation(ORGANISATION, input, OPERATOR);
    expect(outcome).toEqual({ refused: expect.stringContaining('refused these credentials') });
    expect(JSON.stringify(outcome)).not.toContain('AADSTS');
    expect(await room.store.organisationConnection.count({ where: { subject: 'stranger.example' } })).toBe(0);
  });

  it('is connected by the operator where there are several organisations, for its tenant tells none of them', async () => {
    const input = { ...inputOf('microsoft'), tenant: '3f0c0ffe-0000-4000-8000-000000000002' };
    const byKey = () => room.connect.connectOrganisation(ORGANISATION, input, KEY);
    await expect(byKey()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await room.store.organisationConnection.count({ where: { subject: input.tenant } })).toBe(0);
    const { id } = granted(await room.connect.connectOrganisation(ORGANISATION, input, OPERATOR));
    expect(granted(await byKey()).id).toBe(id);
    await room.store.organisationConnection.delete({ where: { id } });
    await room.store.organisation.updateMany({ where: { id: 'org_two' }, data: { deletedAt: new Date() } });
    expect(granted(await byKey()).subject).toBe(input.tenant);
    await room.store.organisation.updateMany({ where: { id: 'org_two' }, data: { deletedAt: null } });
  });

  it('asks for the scope that login knows', async () => {
    const body = { error: 'invalid_resource', error_description: 'AADSTS500011' };
    simulator.faults.add({ kind: 'answer', path: '/token$', status: 400, body });
    await connect('microsoft');
  });

  it('shares one token among its accounts until it is rejected', async () => {
    const [one, two] = [await attach('microsoft'), await attach('microsoft')];
    room.time.now += HOUR;
    const tokens = await Promise.all([one, two].map(({ account }) => room.access(account.id).token()));
    expect(new Set(tokens).size).toBe(1);
    const fresh = await room.access(one.account.id).token(tokens[0]);
    expect(fresh).not.toBe(tokens[0]);
    expect(await room.access(two.account.id).token(tokens[1])).toBe(fresh);
    room.time.now += HOUR - MINUTE;
    expect(await room.access(one.account.id).token()).not.toBe(fresh);
  });

  it('knows a mailbox by the owner of its calendar where it may not read users', async () => {
    const email = addPerson('microsoft');
    simulator.faults.add({ kind: 'tenant', directory: false });
    const { account } = await attach('microsoft', email);
    expect(account).toMatchObject({ subject: email, email });
    expect(await listed('microsoft', account.id)).toHaveLength(1);
  });
});
