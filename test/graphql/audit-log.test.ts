import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nounMadeBy, OF_CALLER, VISITORS } from '../../src/graphql/audit/mutations.ts';
import { schema } from '../../src/graphql/schema.ts';
import { hasDetails } from '../../src/store/audit/snapshot.ts';
import { connectHost, type Stack, startStack } from '../e2e/stack.fixture.ts';
import { makeHost, makeKey, refusal, secondOrganisation } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

interface Entry {
  at: string;
  actor: string;
  actorName: string | null;
  address: string | null;
  action: string;
  subject: string | null;
  before: string | null;
  after: string | null;
}

const FIELDS = 'at actor actorName address action subject organisation before after';
async function logOf(args: Record<string, unknown> = {}, ask = stack.admin): Promise<Entry[]> {
  const { auditLog } = await ask<{ auditLog: { edges: { node: Entry }[] } }>(
    `query ($actor: String, $subject: ID, $from: DateTime, $to: DateTime) {
      auditLog(first: 200, actor: $actor, subject: $subject, from: $from, to: $to) { edges { node { ${FIELDS} } } }
    }`,
    args,
  );
  return auditLog.edges.map(({ node }) => node);
}

describe('mutations', () => {
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});

  it('are all recorded but for those of visitors, and each tells what it makes or changes', () => {
    expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining([...VISITORS]));
    const silent = fields.filter(({ name, args }) => {
      const made = nounMadeBy(name);
      if (VISITORS.includes(name) || OF_CALLER.includes(name) || made !== null) return false;
      return !args.some((arg) => ['id', 'host', 'calendar', 'account', 'delivery'].includes(arg.name));
    });
    // Its argument is an address of a visitor, which the log must not hold.
    expect(silent.map(({ name }) => name).filter((name) => name !== 'eraseAttendee')).toEqual([]);
    const unknown = fields.flatMap(({ name }) => nounMadeBy(name) ?? []).filter((noun) => !hasDetails(noun));
    expect(unknown).toEqual([]);
    expect(isObjectType(schema.getType('AuditEntry'))).toBe(true);
  });
});

describe('the audit log', () => {
  it('says who changed what from where, before and after', async () => {
    const host = await makeHost(stack.admin, 'ada', { name: 'Ada' });
    const key = await makeKey(stack, ['ADMIN']);
    await key.ask(
      `mutation ($id: ID!) { updateHost(id: $id, input: { name: "Countess", slug: "ada", timeZone: "Europe/London" }) { id } }`,
      { id: host.id },
    );
    const [made, changed, ...others] = await logOf({ subject: host.id });
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      actor: 'operator',
      action: 'createHost',
      before: null,
      address: '127.0.0.1',
    });
    expect(JSON.parse(made?.after ?? '')).toMatchObject({ name: 'Ada', slug: 'ada' });
    expect(changed).toMatchObject({ actor: expect.stringMatching(/^key_/), actorName: expect.any(String) });
    expect(JSON.parse(changed?.before ?? '')).toMatchObject({ name: 'Ada' });
    expect(JSON.parse(changed?.after ?? '')).toMatchObject({ name: 'Countess', timeZone: 'Europe/London' });
    expect(JSON.parse(changed?.after ?? '')).not.toHaveProperty('slug');
    expect(await logOf({ actor: changed?.actor, subject: host.id })).toEqual([changed]);
    expect(await logOf({ subject: host.id, from: changed?.at })).toEqual([changed]);
    expect(await logOf({ subject: host.id, to: changed?.at })).toEqual([made]);
    expect(await refusal(logOf({ from: made?.at, to: made?.at }))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('has no entry of what was refused or failed, and none of what visitors do', async () => {
    const count = (await logOf()).length;
    const booking = await makeKey(stack, ['BOOK']);
    const before = count + 1;
    await refusal(
      booking.ask('mutation { createTeam(input: { name: "T", slug: "t", members: [] }) { id } }'),
    );
    await refusal(stack.admin('mutation { deleteHost(id: "host_01m7xrdwh3f20t6ve51rfamfmt") }'));
    await stack.anyone('mutation { cancelBooking(token: "x") { __typename } }');
    await stack.admin('mutation { cancelBooking(token: "x") { __typename } }');
    expect(await logOf()).toHaveLength(before);
  });

  it('holds no secret of keys, feeds, endpoints, consents and accounts', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'gina');
    const made = await stack.admin<Record<string, Record<string, string> | string>>(
      `mutation ($host: ID!) {
        createApiKey(name: "made", scopes: [BOOK]) { id secret }
        createFeed(host: $host, titles: true) { id url }
        createWebhookEndpoint(input: { url: "https://hooks.example.com/T0/verysecret?key=hush", events: [BOOKING_CREATED] }) { id secret }
        startConnect(host: $host, provider: MICROSOFT)
      }`,
      { host: host.id },
    );
    const text = JSON.stringify(await logOf());
    const { createApiKey: key, createFeed: feed, createWebhookEndpoint: endpoint, startConnect } = made;
    const secrets = [
      typeof key === 'object' ? key.secret : '',
      typeof endpoint === 'object' ? endpoint.secret : '',
      typeof feed === 'object' ? /feeds\/(.*)\.ics/.exec(feed.url ?? '')?.[1] : '',
      typeof startConnect === 'string' ? new URL(startConnect).searchParams.get('ticket') : '',
      'verysecret',
      'hush',
    ];
    for (const secret of secrets) {
      expect(secret).toBeTruthy();
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('https://hooks.example.com');
    const consented = await logOf({ actor: host.id });
    expect(consented).toEqual([expect.objectContaining({ action: 'connectAccount', address: '127.0.0.1' })]);
  });

  it('shows a key the changes of its own organisation alone, and nobody without ADMIN any', async () => {
    const second = await secondOrganisation(stack);
    await second.ask(
      'mutation { createTeam(input: { name: "Theirs", slug: "theirs", members: [] }) { id } }',
    );
    const own = await logOf({}, second.ask);
    expect(own.map(({ action }) => action)).toEqual(['createTeam']);
    expect((await logOf()).length).toBeGreaterThan(own.length);
    const booking = await makeKey(stack, ['BOOK']);
    expect(await refusal(logOf({}, booking.ask))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refusal(logOf({}, stack.anyone))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('has what commands change, too', async () => {
    const { PATH, HOME } = process.env;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'src/cli/slotwire.ts', 'key', 'create', 'from a shell'],
      { env: { PATH, HOME, ...stack.environment } },
    );
    const [entry, ...others] = await logOf({ actor: 'command line' });
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ action: 'key create', subject: expect.stringMatching(/^key_/) });
    expect(JSON.parse(entry?.after ?? '')).toMatchObject({ name: 'from a shell' });
    expect(JSON.stringify(entry)).not.toContain(stdout.trim());
  });

  it('has the name of no host that was erased', async () => {
    const host = await makeHost(stack.admin, 'gone', { name: 'Ghost Writer', email: 'ghost@example.com' });
    await stack.admin('mutation ($id: ID!) { deleteHost(id: $id) }', { id: host.id });
    const entries = await logOf({ subject: host.id });
    expect(entries.map(({ action }) => action)).toEqual(['createHost', 'deleteHost']);
    expect(JSON.stringify(entries)).not.toMatch(/Ghost Writer|ghost@/);
  });
});
