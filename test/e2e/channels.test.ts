import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/main.ts';
import { hashSecret } from '../../src/secrets.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { HOUR, MINUTE } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { type Ask, asker } from './client.fixture.ts';
import {
  ADMIN_TOKEN,
  type ConnectedHost,
  connectHost,
  type Stack,
  startBeside,
  startStack,
  untilJobsAreDone,
} from './stack.fixture.ts';

const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
const PROVIDERS = ['GOOGLE', 'MICROSOFT'] as const;
const DAY = 24 * HOUR;

let redis: RedisServer;
let stack: Stack;
let second: { gateway: Gateway; url: string; admin: Ask };
let store: Store;
let hosts: Record<(typeof PROVIDERS)[number], ConnectedHost>;

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, clock, env: { LOG_LEVEL: 'fatal' } });
  const port = String(await freePort());
  const gateway = await startBeside({ ...stack.environment, PORT: port, PUBLIC_URL: stack.url }, { clock });
  const url = `http://127.0.0.1:${port}`;
  second = { gateway, url, admin: asker(url, ADMIN_TOKEN) };
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
  hosts = {
    GOOGLE: await connectHost(stack, 'GOOGLE', 'gina'),
    MICROSOFT: await connectHost(stack, 'MICROSOFT', 'mia'),
  };
});

afterAll(async () => {
  await closeStore(store);
  await second?.gateway.close();
  await stack?.close();
  await redis?.stop();
});

afterEach(async () => {
  stack.simulator.faults.clear();
  for (const { calendar } of Object.values(hosts)) expect(await watch(calendar)).toMatchObject(WATCHED);
  await stack.simulator.onIdle();
});

const WATCHED = { __typename: 'Calendar', watch: { state: 'ACTIVE' } };
interface WatchResult {
  __typename: string;
  message?: string;
  watch?: { id: string; state: string } | null;
}
const watch = (calendar: string, ask: Ask = stack.admin) =>
  ask<{ watchCalendar: WatchResult }>(
    `mutation ($calendar: ID!) { watchCalendar(calendar: $calendar) {
      __typename ... on Calendar { watch { id state } } ... on WatchNotSupported { message } ... on ProviderRefused { message }
    } }`,
    { calendar },
  ).then(({ watchCalendar }) => watchCalendar);
const unwatch = (calendar: string) =>
  stack.admin('mutation ($calendar: ID!) { unwatchCalendar(calendar: $calendar) { id } }', { calendar });
const select = (calendar: string, selected: boolean) =>
  stack.admin('mutation ($c: ID!, $s: Boolean!) { selectCalendar(calendar: $c, selected: $s) { id } }', {
    c: calendar,
    s: selected,
  });
const lastStart = async (calendar: string) =>
  (
    await store.calendarState.findUniqueOrThrow({ where: { calendarId: calendar } })
  ).lastStartedAt?.getTime() ?? 0;

/** What the provider has open for the host's calendar. */
const opened = ({ remoteCalendar }: ConnectedHost) =>
  stack.simulator.channels().filter(({ calendar }) => calendar === remoteCalendar);
const only = (host: ConnectedHost) => {
  const [channel, ...more] = opened(host);
  expect(more).toEqual([]);
  return channel ?? expect.fail('no channel at the provider');
};
const pass = (ms: number) => {
  clock.ahead += ms;
};

/** A subscription that nobody's row knows, as a crash leaves it behind. */
async function subscribe(host: ConnectedHost, base: string) {
  const { accessToken } = stack.simulator.grant(`${host.slug}@example.com`);
  const { externalId } = await store.calendar.findUniqueOrThrow({ where: { id: host.calendar } });
  const answer = await fetch(`${stack.simulator.microsoft.graphUrl}/v1.0/subscriptions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      changeType: base === stack.url ? 'created,updated,deleted' : 'created',
      notificationUrl: `${base}/webhooks/microsoft`,
      resource: `me/calendars/${externalId}/events`,
      expirationDateTime: new Date(clock.now() + DAY).toISOString(),
      clientState: 'chan_nobody.secret',
    }),
  });
  const { id } = (await answer.json()) as { id: string };
  expect(answer.status).toBe(201);
  return id;
}

describe.each(PROVIDERS)('channels at %s', (provider) => {
  it('opens one channel however many requests two gateways get at once', async () => {
    const { calendar } = hosts[provider];
    await unwatch(calendar);
    expect(opened(hosts[provider])).toEqual([]);
    const asks = Array.from({ length: 8 }, (_, i) => watch(calendar, i % 2 ? stack.admin : second.admin));
    const answers = await Promise.all(asks);
    for (const answer of answers) expect(answer).toMatchObject(WATCHED);
    expect(new Set(answers.map((answer) => answer.watch?.id)).size).toBe(1);
    only(hosts[provider]);
  });

  it('renews channels at two thirds of their lifetime, without a gap', async () => {
    const before = only(hosts[provider]);
    const life = before.expiresAt - clock.now();
    pass(life * 0.6);
    // The sweep finds calendars and channels that are due in one look, and this calendar is.
    const later = clock.now();
    await until(async () => (await lastStart(hosts[provider].calendar)) >= later);
    await untilJobsAreDone(store, hosts[provider].calendar);
    expect(only(hosts[provider])).toEqual(before);
    const counts = [opened(hosts[provider]).length];
    const sampling = setInterval(() => counts.push(opened(hosts[provider]).length), 2);
    pass(life * 0.07);
    await until(async () => {
      const [channel, ...more] = opened(hosts[provider]);
      return more.length === 0 && channel && channel.expiresAt > before.expiresAt;
    });
    clearInterval(sampling);
    expect(Math.min(...counts)).toBe(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
    const { id } = only(hosts[provider]);
    if (provider === 'MICROSOFT') expect(id).toBe(before.id);
    else expect(id).not.toBe(before.id);
  });

  it.each(['unwatched', 'deselected'])(
    'are closed when the calendar is %s, also if the provider is away at first',
    async (how) => {
      const { calendar } = hosts[provider];
      stack.simulator.faults.add({
        kind: 'answer',
        path: '/channels/stop$',
        method: 'POST',
        status: 503,
        times: 3,
      });
      stack.simulator.faults.add({
        kind: 'answer',
        path: '/subscriptions/',
        method: 'DELETE',
        status: 503,
        times: 3,
      });
      await (how === 'unwatched' ? unwatch(calendar) : select(calendar, false));
      await until(() =>
        store.watchChannel.findFirst({
          where: { calendarId: calendar, status: 'closing', error: { not: null } },
        }),
      );
      only(hosts[provider]);
      pass(2 * MINUTE);
      await until(async () => opened(hosts[provider]).length === 0);
      if (how === 'deselected') await select(calendar, true);
    },
  );

  it.each([403, 401, 500, 404])(
    'reports channels that the provider refuses with %d as refused',
    async (status) => {
      const { calendar } = hosts[provider];
      await unwatch(calendar);
      stack.simulator.faults.add({
        kind: 'answer',
        path: '/(watch|subscriptions)$',
        method: 'POST',
        status,
        times: 9,
      });
      const refused = await watch(calendar);
      expect(refused).toMatchObject({ __typename: 'ProviderRefused', message: expect.stringMatching(/\w/) });
      expect(refused.message).not.toContain(String(status));
    },
  );

  it('closes the channels of a disconnected account', async () => {
    const leaver = await connectHost(stack, provider, `leaver-${provider.toLowerCase()}`);
    only(leaver);
    stack.simulator.faults.add({
      kind: 'answer',
      path: '/(channels/stop|subscriptions/.*)$',
      status: 503,
      times: 1,
    });
    const { accountId } = await store.calendar.findUniqueOrThrow({ where: { id: leaver.calendar } });
    await stack.admin('mutation ($id: ID!) { disconnectAccount(account: $id) }', { id: accountId });
    expect(opened(leaver)).toEqual([]);
  });
});

it('polls a calendar that supports no channels, and reports so', async () => {
  const { calendar, remoteCalendar } = hosts.GOOGLE;
  const { simulator } = stack;
  await unwatch(calendar);
  simulator.faults.add({
    kind: 'answer',
    path: '/watch$',
    status: 400,
    body: {
      error: { code: 400, message: 'No.', errors: [{ reason: 'pushNotSupportedForRequestedResource' }] },
    },
  });
  expect(await watch(calendar)).toMatchObject({ __typename: 'WatchNotSupported' });
  expect(await watch(calendar)).toMatchObject({ __typename: 'WatchNotSupported' });
  expect(opened(hosts.GOOGLE)).toEqual([]);
  const { id } = simulator.world.createEvent(remoteCalendar, {
    start: clock.now() + DAY,
    end: clock.now() + DAY + HOUR,
  });
  pass(5 * MINUTE);
  await until(() =>
    store.event.findFirst({ where: { calendarId: calendar, externalId: { startsWith: id }, validTo: null } }),
  );
  await store.calendar.update({ where: { id: calendar }, data: { watchable: true } });
});

describe("a crash between the provider's answer and our commit", () => {
  it('stops a Google channel that a crash orphaned, by its sync message', async () => {
    const { calendar, slug } = hosts.GOOGLE;
    await unwatch(calendar);
    const row = await store.calendar.findUniqueOrThrow({ where: { id: calendar } });
    const id = `chan_${Date.now()}`;
    await store.watchChannel.create({
      data: {
        id,
        organisationId: row.organisationId,
        calendarId: calendar,
        accountId: row.accountId,
        provider: 'google',
        secretHash: hashSecret('secret'),
        status: 'opening',
        dueAt: new Date(clock.now() + MINUTE),
      },
    });
    const { accessToken } = stack.simulator.grant(`${slug}@example.com`);
    const answer = await fetch(`${stack.simulator.google.apiUrl}calendar/v3/calendars/primary/events/watch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        id,
        type: 'web_hook',
        address: `${stack.url}/webhooks/google`,
        token: 'secret',
      }),
    });
    expect(answer.status).toBe(200);
    await stack.simulator.onIdle();
    expect(await store.watchChannel.findUniqueOrThrow({ where: { id } })).toMatchObject({
      status: 'opening',
      remoteId: id,
      resourceId: expect.any(String),
    });
    only(hosts.GOOGLE);
    pass(MINUTE);
    await until(async () => opened(hosts.GOOGLE).length === 0);
  });

  it("deletes a Microsoft subscription that a crash orphaned, by the provider's list, and leaves others' alone", async () => {
    const { id: known } = only(hosts.MICROSOFT);
    const elsewhere = await subscribe(hosts.MICROSOFT, second.url);
    await unwatch(hosts.MICROSOFT.calendar);
    const orphan = await subscribe(hosts.MICROSOFT, stack.url);
    const ids = () => opened(hosts.MICROSOFT).map(({ id }) => id);
    expect(ids().sort()).toEqual([elsewhere, orphan].sort());
    pass(65 * MINUTE);
    await until(async () => !ids().includes(orphan));
    expect(ids()).toEqual([elsewhere]);
    expect(ids()).not.toContain(known);
    const { accessToken } = stack.simulator.grant(`${hosts.MICROSOFT.slug}@example.com`);
    await fetch(`${stack.simulator.microsoft.graphUrl}/v1.0/subscriptions/${elsewhere}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${accessToken}` },
    });
  });

  it('opens a new Microsoft subscription beside one that a crash orphaned', async () => {
    await unwatch(hosts.MICROSOFT.calendar);
    const orphan = await subscribe(hosts.MICROSOFT, stack.url);
    expect(await watch(hosts.MICROSOFT.calendar)).toMatchObject(WATCHED);
    expect(only(hosts.MICROSOFT).id).not.toBe(orphan);
  });
});

describe('Microsoft tells', () => {
  it('renews a subscription when Microsoft requires reauthorisation', async () => {
    const before = only(hosts.MICROSOFT);
    pass(HOUR);
    stack.simulator.lifecycle(before.id, 'reauthorizationRequired');
    await until(async () => only(hosts.MICROSOFT).expiresAt > before.expiresAt);
    expect(only(hosts.MICROSOFT).id).toBe(before.id);
  });

  it('opens another subscription and pulls the calendar when Microsoft removed the old one', async () => {
    const { calendar } = hosts.MICROSOFT;
    const before = only(hosts.MICROSOFT);
    // The tests before this one sent so much at one instant of this clock that pulls are paced now.
    pass(MINUTE);
    const start = clock.now();
    stack.simulator.lifecycle(before.id, 'subscriptionRemoved');
    await until(async () => opened(hosts.MICROSOFT)[0] && only(hosts.MICROSOFT).id !== before.id);
    await until(async () => (await lastStart(calendar)) >= start);
  });

  it('pulls the calendar when Microsoft missed notifications', async () => {
    const { calendar, remoteCalendar } = hosts.MICROSOFT;
    const { world, faults } = stack.simulator;
    pass(MINUTE);
    faults.add({ kind: 'notifications', effect: 'drop' });
    const { id } = world.createEvent(remoteCalendar, {
      start: clock.now() + DAY,
      end: clock.now() + DAY + HOUR,
    });
    await stack.simulator.onIdle();
    // The removal before this one may still be under way: then there are two, or none, for a moment.
    await until(() => opened(hosts.MICROSOFT).length === 1);
    stack.simulator.lifecycle(only(hosts.MICROSOFT).id, 'missed');
    await until(() =>
      store.event.findFirst({ where: { calendarId: calendar, externalId: id, validTo: null } }),
    );
  });
});
