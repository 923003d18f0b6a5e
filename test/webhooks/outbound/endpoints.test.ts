import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { clientStateOf } from '../../../src/providers/microsoft/notification.ts';
import { hashSecret, randomSecret } from '../../../src/secrets.ts';
import type { ChannelStatus } from '../../../src/store/calendars/watch-channels.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { type ConnectedHost, connectHost, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { readMetrics } from '../../harness/metrics.ts';

let stack: Stack;
let store: Store;
let hosts: Record<'google' | 'microsoft', ConnectedHost>;

beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
  hosts = {
    google: await connectHost(stack, 'GOOGLE', 'gina'),
    microsoft: await connectHost(stack, 'MICROSOFT', 'mia'),
  };
});
afterAll(async () => {
  await closeStore(store);
  await stack.close();
});
beforeEach(() => store.delivery.deleteMany());

/** A channel whose secret the test knows. */
async function channelOf(provider: 'google' | 'microsoft', status: ChannelStatus = 'open') {
  const calendar = await store.calendar.findUniqueOrThrow({ where: { id: hosts[provider].calendar } });
  const secret = randomSecret();
  const remoteId = status === 'opening' ? null : randomUUID();
  const { id } = await store.watchChannel.create({
    data: {
      id: newId('WatchChannel'),
      organisationId: calendar.organisationId,
      calendarId: calendar.id,
      accountId: calendar.accountId,
      provider,
      secretHash: hashSecret(secret),
      remoteId,
      status,
    },
  });
  // Google names a channel by our own id.
  if (provider === 'google' && remoteId)
    await store.watchChannel.update({ where: { id }, data: { remoteId: id } });
  return { id, secret, remoteId };
}
const post = (path: string, body: string | null, headers: Record<string, string> = {}) =>
  fetch(`${stack.url}/webhooks/${path}`, { method: 'POST', body, headers });
const verdicts = async () =>
  (await store.delivery.findMany({ orderBy: { id: 'asc' } })).map((row) => row.verdict);
async function rejected(provider: string): Promise<number> {
  const text = await readMetrics(stack.url);
  const line = new RegExp(
    `^slotwire_notifications_total\\{provider="${provider}",verdict="rejected"\\} (\\d+)`,
    'm',
  );
  return Number(line.exec(text)?.[1] ?? 0);
}
/** How many more are counted as rejected; nothing may be stored. */
async function strangers(provider: string, act: () => Promise<unknown>): Promise<number> {
  const before = await rejected(provider);
  await act();
  expect(await verdicts()).toEqual([]);
  return (await rejected(provider)) - before;
}
const JSON_TYPE = { 'content-type': 'application/json' };
const entry = (channel: { id: string; secret: string; remoteId: string | null }, more: object = {}) => ({
  id: randomUUID(),
  subscriptionId: channel.remoteId,
  clientState: clientStateOf(channel.id, channel.secret),
  changeType: 'updated',
  tenantId: randomUUID(),
  resourceData: { id: 'AAMk', '@odata.etag': 'W/"1"' },
  ...more,
});
const google = (channel: { id: string; secret: string }, more: Record<string, string> = {}) => ({
  'x-goog-channel-id': channel.id,
  'x-goog-channel-token': channel.secret,
  'x-goog-resource-state': 'exists',
  'x-goog-message-number': '2',
  ...more,
});

describe("Microsoft's handshake", () => {
  it.each(['', '/lifecycle'])(
    'at %j gives the token back, decoded once, as text that is no page',
    async (path) => {
      const token = 'Validation: a+b 100% %2B <script>é&c=d';
      for (const encoded of [encodeURIComponent(token), encodeURIComponent(token).replaceAll('%20', '+')]) {
        const answer = await post(`microsoft${path}?validationToken=${encoded}`, '', {
          'content-type': 'text/plain; charset=utf-8',
        });
        expect(answer.status).toBe(200);
        expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
        expect(await answer.text()).toBe(token);
      }
    },
  );
});

describe("Event Grid's handshake", () => {
  it('is answered over HTTP, at its own address alone', async () => {
    const validate = (path: string, headers: Record<string, string>) =>
      fetch(`${stack.url}/webhooks/${path}`, { method: 'OPTIONS', headers });
    const origin = { 'webhook-request-origin': 'eventgrid.azure.net' };
    const answer = await validate('microsoft/event-grid', origin);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net');
    expect(answer.headers.get('webhook-allowed-rate')).toBe('*');
    for (const path of ['microsoft', 'google']) {
      const refused = await validate(path, origin);
      expect(refused.status).toBe(405);
      expect(refused.headers.get('webhook-allowed-origin')).toBeNull();
    }
  });

  it('lets events through that prove themselves', async () => {
    const channel = await channelOf('microsoft');
    const event = (data: object) =>
      JSON.stringify({
        specversion: '1.0',
        id: randomUUID(),
        source: '/t',
        type: 'Microsoft.Graph.EventUpdated',
        data,
      });
    const type = { 'content-type': 'application/cloudevents+json' };
    expect((await post('microsoft/event-grid', event(entry(channel)), type)).status).toBe(202);
    expect(await verdicts()).toEqual(['ACCEPTED']);
    await store.delivery.deleteMany();
    const forged = event(entry(channel, { clientState: `${channel.id}.wrong` }));
    expect(await strangers('microsoft', () => post('microsoft/event-grid', forged, type))).toBe(1);
  });
});

describe('notifications', () => {
  it('of several subscriptions and tenants come in one request, a forged one among them', async () => {
    const [one, two] = [await channelOf('microsoft'), await channelOf('microsoft')];
    const forged = [entry(one, { clientState: `${one.id}.wrong` }), entry(one, { clientState: 'nonsense' })];
    const value = [entry(one), ...forged, entry(two)];
    const before = await rejected('microsoft');
    const answer = await post('microsoft', JSON.stringify({ value }), JSON_TYPE);
    expect(answer.status).toBe(202);
    expect(await verdicts()).toEqual(['ACCEPTED', 'ACCEPTED']);
    expect((await rejected('microsoft')) - before).toBe(2);
  });

  it('of Google come by headers alone, whatever the content type, also before the channel was answered', async () => {
    const channel = await channelOf('google', 'opening');
    const odd = { 'content-type': 'application/json; utf-8' };
    const greeting = google(channel, {
      ...odd,
      'x-goog-resource-state': 'sync',
      'x-goog-message-number': '1',
    });
    expect((await post('google', null, greeting)).status).toBe(200);
    expect((await post('google', null, google(channel, odd))).status).toBe(200);
    expect(await verdicts()).toEqual(['IGNORED', 'ACCEPTED']);
  });

  it('that prove nothing get the same answer, are counted, and leave no row and no work', async () => {
    const [mine, theirs] = [await channelOf('google'), await channelOf('microsoft')];
    const answers: Response[] = [];
    const send = async (...args: Parameters<typeof post>) => answers.push(await post(...args));
    const others = { id: newId('WatchChannel'), secret: randomSecret(), remoteId: randomUUID() };
    const byGoogle = await strangers('google', async () => {
      await send('google', null, google({ ...mine, secret: 'wrong' }));
      await send('google', null, google(others));
    });
    const byMicrosoft = await strangers('microsoft', async () => {
      for (const value of [entry({ ...theirs, secret: 'wrong' }), entry(others)])
        await send('microsoft', JSON.stringify({ value: [value] }), JSON_TYPE);
    });
    expect([byGoogle, byMicrosoft]).toEqual([2, 2]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 202, 202]);
    const channels = await store.watchChannel.findMany({ where: { id: { in: [mine.id, theirs.id] } } });
    expect(channels.map(({ lastNotificationAt }) => lastNotificationAt)).toEqual([null, null]);
  });

  it.each(['', '{', '[]', '{"value":7}'])('are not %j: refused and counted', async (body) => {
    const count = await strangers('microsoft', async () =>
      expect((await post('microsoft', body, JSON_TYPE)).status).toBe(400),
    );
    expect(count).toBe(1);
  });

  it('that are too large are refused and counted', async () => {
    const count = await strangers('microsoft', async () => expect(await oversized()).toBe(413));
    expect(count).toBe(1);
  });

  it('are answered with 503 while the database hangs, and taken when they come again', async () => {
    const channel = await channelOf('microsoft');
    const body = JSON.stringify({ value: [entry(channel)] });
    const blocker = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
    await blocker.connect();
    await blocker.query('begin; lock table delivery in access exclusive mode');
    try {
      const answers = await Promise.all([1, 2, 3].map(() => post('microsoft', body, JSON_TYPE)));
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
      expect(answers[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
    } finally {
      await blocker.query('rollback');
      await blocker.end();
    }
    expect((await post('microsoft', body, JSON_TYPE)).status).toBe(202);
    expect((await verdicts()).filter((verdict) => verdict === 'ACCEPTED')).toHaveLength(1);
  });
});

/** Written as long as it is taken: the answer comes before the end. */
function oversized(): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${stack.url}/webhooks/microsoft`,
      { method: 'POST', headers: JSON_TYPE },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    sent.on('error', reject);
    sent.end(Buffer.alloc(1024 * 1024 + 1, 'x'));
  });
}

it('replays a delivery for an operator', async () => {
  const channel = await channelOf('google');
  await post('google', null, google(channel));
  const { id } = await store.delivery.findFirstOrThrow();
  const mutation = 'mutation ($id: ID!) { replayDelivery(id: $id) { id verdict replayOf calendar { id } } }';
  const { replayDelivery } = await stack.admin<{ replayDelivery: object }>(mutation, { id });
  expect(replayDelivery).toMatchObject({
    verdict: 'ACCEPTED',
    replayOf: id,
    calendar: { id: hosts.google.calendar },
  });
  await expect(stack.admin(mutation, { id: newId('Delivery') })).rejects.toThrow('NOT_FOUND');
  await expect(stack.anyone(mutation, { id })).rejects.toThrow('UNAUTHENTICATED');
});
