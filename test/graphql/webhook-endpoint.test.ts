import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/ids.ts';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { readMetrics } from '../harness/metrics.ts';
import { type LocalServer, startServer } from '../net/server.fixture.ts';
import { makeKey, refusal, secondOrganisation, sql } from './world.fixture.ts';

let stack: Stack;
let receiver: LocalServer;
beforeAll(async () => {
  [stack, receiver] = await Promise.all([startStack(), startServer()]);
});
afterAll(async () => {
  await receiver?.close();
  await stack?.close();
});

const CREATE = `mutation ($url: URL!, $events: [WebhookEvent!]!) {
  createWebhookEndpoint(input: { url: $url, events: $events }) { id secret }
}`;
const TEST = 'mutation ($id: ID!) { testWebhookEndpoint(id: $id) { id event status } }';
const RESEND = 'mutation ($id: ID!) { resendWebhookMessage(id: $id) { id status } }';
const LIST = '{ webhookEndpoints(first: 200) { edges { node { id url events createdAt } } } }';
const MESSAGES = `query ($id: ID!) {
  node(id: $id) {
    ... on WebhookEndpoint {
      messages { edges { node {
        id event status attempts createdAt nextAttemptAt log { at responseStatus error duration }
      } } }
    }
  }
}`;

interface Listed {
  webhookEndpoints: { edges: { node: { id: string } }[] };
}
interface Messages {
  node: { messages: { edges: { node: { id: string; status: string; attempts: number } }[] } };
}

const create = async (url: string, events = ['BOOKING_CREATED'], ask = stack.admin) =>
  (await ask<{ createWebhookEndpoint: { id: string; secret: string } }>(CREATE, { url, events }))
    .createWebhookEndpoint;
const messagesOf = async (id: string) =>
  (await stack.admin<Messages>(MESSAGES, { id })).node.messages.edges.map(({ node }) => node);

/** As an announcement leaves it, with its job. */
async function leaveMessage(endpoint: string, payload = '{"type":"booking.created"}') {
  const id = newId('WebhookMessage');
  await sql(
    stack,
    `insert into webhook_message (id, organisation_id, endpoint_id, event, payload, status, due_at, created_at)
     select $1, organisation_id, id, 'BOOKING_CREATED', $3, 'PENDING', now(), now() from webhook_endpoint where id = $2`,
    [id, endpoint, payload],
  );
  await sql(stack, "select graphile_worker.add_job('deliver', json_build_object('message', $1::text))", [id]);
  return id;
}

describe('an endpoint', () => {
  it('is made with a secret that is shown once, and listed without it', async () => {
    const { id, secret } = await create('https://hooks.example/in?a=b', [
      'BOOKING_CANCELLED',
      'BOOKING_CREATED',
    ]);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const listed = await stack.admin<Listed>(LIST);
    expect(listed.webhookEndpoints.edges.find(({ node }) => node.id === id)?.node).toEqual({
      id,
      url: 'https://hooks.example/in?a=b',
      events: ['BOOKING_CANCELLED', 'BOOKING_CREATED'],
      createdAt: expect.stringMatching(/Z$/),
    });
    expect(JSON.stringify(listed)).not.toContain(secret);
    expect(await stack.admin('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).toEqual({
      node: { __typename: 'WebhookEndpoint', id },
    });
  });

  it('needs a URL that can be asked, and events, none of them twice', async () => {
    const wrong = async (url: string, events?: string[]) => {
      const { code, field } = await refusal(create(url, events));
      return [code, field];
    };
    const ok = 'https://hooks.example/';
    expect(await wrong(ok, [])).toEqual(['BAD_USER_INPUT', 'events']);
    expect(await wrong(ok, ['BOOKING_CREATED', 'BOOKING_CREATED'])).toEqual(['BAD_USER_INPUT', 'events']);
    for (const url of [
      'ftp://hooks.example/',
      'javascript:alert(1)',
      'https://ada:secret@hooks.example/',
      'https://hooks.example:25/',
      `https://hooks.example/${'x'.repeat(2_000)}`,
    ]) {
      expect([url, ...(await wrong(url))]).toEqual([url, 'BAD_USER_INPUT', 'url']);
    }
    expect((await wrong('nowhere'))[0]).toBe('BAD_USER_INPUT');
  });

  it('is taken away once, with its log', async () => {
    const { id } = await create(`http://127.0.0.1:${receiver.port}/gone`);
    const message = await leaveMessage(id);
    const remove = () => stack.admin('mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) }', { id });
    expect(await remove()).toEqual({ deleteWebhookEndpoint: true });
    expect(await refusal(remove())).toMatchObject({ code: 'NOT_FOUND' });
    for (const gone of [id, message])
      expect(
        await refusal(stack.admin('query ($id: ID!) { node(id: $id) { id } }', { id: gone })),
      ).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is for operators, and only of their own organisation', async () => {
    const { id } = await create(`http://127.0.0.1:${receiver.port}/own`);
    const { ask: booker } = await makeKey(stack, ['BOOK', 'READ_BUSY']);
    const { ask: other } = await secondOrganisation(stack);
    const message = await leaveMessage(id);
    const remove = 'mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) }';
    const change = 'mutation ($id: ID!) { updateWebhookEndpoint(id: $id, patch: { active: false }) { id } }';
    const node = 'query ($id: ID!) { node(id: $id) { id } }';
    for (const [query, variables] of [
      [CREATE, { url: 'https://hooks.example/', events: ['BOOKING_CREATED'] }],
      [LIST, {}],
      [remove, { id }],
      [change, { id }],
      [TEST, { id }],
      [RESEND, { id: message }],
    ] as const) {
      expect(await refusal(stack.anyone(query, variables))).toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(await refusal(booker(query, variables))).toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(await other(LIST)).toEqual({ webhookEndpoints: { edges: [] } });
    for (const mutation of [remove, change, TEST])
      expect(await refusal(other(mutation, { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(other(RESEND, { id: message }))).toMatchObject({ code: 'NOT_FOUND' });
    for (const foreign of [id, message])
      expect(await refusal(other(node, { id: foreign }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await stack.admin(node, { id })).toEqual({ node: { id } });
  });
});

describe('an endpoint that is changed', () => {
  const update = async (id: string, patch: object) =>
    (
      await stack.admin<{ updateWebhookEndpoint: object }>(
        `mutation ($id: ID!, $patch: WebhookEndpointPatch!) {
          updateWebhookEndpoint(id: $id, patch: $patch) { url events active } }`,
        { id, patch },
      )
    ).updateWebhookEndpoint;

  it('has what was named, and stays as it is otherwise', async () => {
    const { id } = await create('https://hooks.example/a');
    const first = { url: 'https://hooks.example/a', events: ['BOOKING_CREATED'], active: true };
    expect(await update(id, {})).toEqual(first);
    expect(await update(id, { active: false })).toEqual({ ...first, active: false });
    const events = ['BOOKING_CANCELLED', 'BOOKING_DECLINED'];
    expect(await update(id, { url: 'https://hooks.example/b', events })).toEqual({
      ...{ url: 'https://hooks.example/b', events, active: false },
    });
    const faults: [string, object][] = [
      ['url', { url: 'ftp://hooks.example/' }],
      ['events', { events: [] }],
      ['events', { events: ['TEST'] }],
    ];
    for (const [field, patch] of faults)
      expect(await refusal(update(id, patch))).toMatchObject({ code: 'BAD_USER_INPUT', field });
    expect(await refusal(update(newId('WebhookEndpoint'), {}))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is sent what waited once it is active again, at its new address', async () => {
    receiver.answer((_request, response) => response.writeHead(204).end());
    const { id } = await create(`http://127.0.0.1:${receiver.port}/paused`);
    await update(id, { active: false });
    const [waiting, last] = [await leaveMessage(id), await leaveMessage(id)];
    expect(await refusal(stack.admin(TEST, { id }))).toMatchObject({ code: 'CONFLICT' });
    // Of an active endpoint, after it: the jobs of the others were taken by then.
    const other = await create(`http://127.0.0.1:${receiver.port}/other`);
    await leaveMessage(other.id);
    await until(async () => (await messagesOf(other.id))[0]?.status === 'DELIVERED');
    expect(await messagesOf(id)).toMatchObject([
      { id: waiting, status: 'PENDING', attempts: 0 },
      { id: last, status: 'PENDING', attempts: 0 },
    ]);
    await update(id, { active: true, url: `http://127.0.0.1:${receiver.port}/resumed` });
    await until(async () => (await messagesOf(id)).every(({ status }) => status === 'DELIVERED'));
    const paths = receiver.asked.map(({ path }) => path);
    expect(paths.filter((path) => path === '/resumed')).toHaveLength(2);
    expect(paths).not.toContain('/paused');
  });
});

describe('a message', () => {
  it('is sent to try an endpoint, and again for as long as it says something', async () => {
    receiver.answer((_request, response) => response.writeHead(204).end());
    const { id } = await create(`http://127.0.0.1:${receiver.port}/again`);
    const { testWebhookEndpoint: made } = await stack.admin<{ testWebhookEndpoint: { id: string } }>(TEST, {
      id,
    });
    expect(made).toMatchObject({ event: 'TEST', status: 'PENDING' });
    const delivered = (attempts: number) =>
      until(async () =>
        (await messagesOf(id)).find((each) => each.status === 'DELIVERED' && each.attempts === attempts),
      );
    await delivered(1);
    expect(await stack.admin(RESEND, { id: made.id })).toEqual({
      resendWebhookMessage: { id: made.id, status: 'PENDING' },
    });
    await delivered(2);
    const [first, second] = receiver.asked.filter(({ path }) => path === '/again');
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      type: 'endpoint.test',
      data: { endpoint: { id, events: ['BOOKING_CREATED'] } },
    });
    expect(second).toMatchObject({ body: first?.body, headers: { 'webhook-id': made.id } });

    await sql(stack, "update webhook_message set payload = '{}' where id = $1", [made.id]);
    expect(await refusal(stack.admin(RESEND, { id: made.id }))).toMatchObject({ code: 'CONFLICT' });
    const unknown = refusal(stack.admin(RESEND, { id: newId('WebhookMessage') }));
    expect(await unknown).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('on the public internet alone', () => {
  it('an endpoint is asked by https and nowhere else', async () => {
    const strict = await startStack({ env: { ALLOW_PRIVATE_NETWORK: 'false' }, sync: false });
    try {
      for (const url of [
        'http://hooks.example/',
        'https://127.0.0.1/',
        'https://localhost/',
        'https://[::1]/',
        'https://10.0.0.1/',
        'https://169.254.169.254/',
      ]) {
        const refused = await refusal(create(url, undefined, strict.admin));
        expect([url, refused.code, refused.field]).toEqual([url, 'BAD_USER_INPUT', 'url']);
      }
      expect((await create('https://hooks.example/', undefined, strict.admin)).id).toMatch(/^whe_/);
    } finally {
      await strict.close();
    }
  });
});

describe('the delivery log', () => {
  it('shows each try, from the one that failed to the one that was taken', async () => {
    let tries = 0;
    receiver.answer((_request, response) => response.writeHead(++tries === 1 ? 503 : 204).end());
    const { id, secret } = await create(`http://127.0.0.1:${receiver.port}/log`);
    const message = await leaveMessage(id);
    const failed = await until(async () => (await messagesOf(id)).find(({ attempts }) => attempts === 1));
    expect(failed).toMatchObject({
      id: message,
      event: 'BOOKING_CREATED',
      status: 'PENDING',
      nextAttemptAt: expect.stringMatching(/Z$/),
      log: [{ responseStatus: 503, error: 'It answered 503.', duration: expect.stringMatching(/^PT/) }],
    });
    const taken = await until(async () =>
      (await messagesOf(id)).find(({ status }) => status === 'DELIVERED'),
    );
    expect(taken).toMatchObject({
      attempts: 2,
      nextAttemptAt: null,
      log: [{ responseStatus: 503 }, { responseStatus: 204, error: null }],
    });
    const asked = receiver.asked.filter(({ path }) => path === '/log');
    expect(asked.map(({ headers }) => headers['webhook-id'])).toEqual([message, message]);
    for (const { headers, body } of asked) {
      const signed = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
        .update(`${message}.${headers['webhook-timestamp']}.${body}`)
        .digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${signed}`);
    }
    const metrics = await readMetrics(stack.url);
    expect(metrics).toContain('slotwire_webhook_deliveries_total{outcome="retried"}');
    expect(metrics).toContain('slotwire_webhook_deliveries_total{outcome="delivered"}');
  });
});
