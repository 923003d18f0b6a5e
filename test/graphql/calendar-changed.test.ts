import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Gateway } from '../../src/main.ts';
import { HOUR } from '../../src/time/clock.ts';
import { ADMIN_TOKEN, connectHost, type Stack, startBeside, startStack } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { makeHost, secondOrganisation } from './world.fixture.ts';

let redis: RedisServer;
let stack: Stack;
/** Answers, and pulls nothing: whatever it tells of happened in another process. */
let answering: { gateway: Gateway; url: string };
beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: { LOG_LEVEL: 'silent' } });
  const port = String(await freePort());
  const environment = { ...stack.environment, PORT: port, PUBLIC_URL: stack.url };
  answering = {
    gateway: await startBeside(environment, { sync: false }),
    url: `http://127.0.0.1:${port}`,
  };
  await followFromNowOn();
});
const viewers: { close(): void }[] = [];
/** Stays, so that the gateway knows all calendars' states when others come: they miss nothing then. */
let first: { close(): void } | undefined;
afterEach(() => {
  stack.simulator.faults.clear();
  for (const viewer of viewers.splice(0)) viewer.close();
});
afterAll(async () => {
  first?.close();
  await answering?.gateway.close();
  await stack?.close();
  await redis?.stop();
});

interface Changed {
  id: string;
  selected: boolean;
  watch: { state: string; lastNotificationAt: string | null } | null;
  sync: { provenAsOf: string | null; consecutiveFailures: number; error: string | null };
}
const SELECTION = `id selected watch { state lastNotificationAt }
  sync { provenAsOf consecutiveFailures error }`;
const subscription = (host: string | null) =>
  `subscription { calendarChanged${host === null ? '' : `(host: "${host}")`} { ${SELECTION} } }`;

/** Follows over a socket; `until` takes events up to one that is as wanted. */
async function follow(host: string | null, token: string = ADMIN_TOKEN) {
  let opened = () => {};
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const client = createClient({
    url: `${answering.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    on: { connected: () => opened() },
  });
  viewers.push({ close: () => void client.dispose() });
  const events = client.iterate<{ calendarChanged: Changed }>({ query: subscription(host) });
  const next = async () => {
    const { value } = await events.next();
    return value?.data?.calendarChanged ?? expect.fail(JSON.stringify(value));
  };
  const first = next();
  first.catch(() => {});
  await isOpen;
  // Subscribed when a later operation of the same socket has been answered.
  const later = client.iterate({ query: '{ __typename }' });
  await later.next();
  let pending: Promise<Changed> | null = first;
  return {
    async until(is: (calendar: Changed) => boolean): Promise<Changed> {
      for (;;) {
        const calendar = await (pending ?? next());
        pending = null;
        if (is(calendar)) return calendar;
      }
    },
  };
}

/** Who comes first is followed from a moment on that nothing tells: calendars change until the first change is heard. */
async function followFromNowOn() {
  const { calendar } = await connectHost(stack, 'MICROSOFT', 'first');
  const viewer = await follow(null);
  first = viewers.pop();
  let isFollowed = false;
  const heard = viewer
    .until(() => true)
    .then(() => {
      isFollowed = true;
    });
  await until(async () => {
    await mutate(`unwatchCalendar(calendar: "${calendar}") { id }`);
    await mutate(`watchCalendar(calendar: "${calendar}") { __typename }`);
    return isFollowed;
  });
  await heard;
}

const mutate = (mutation: string) => stack.admin(`mutation { ${mutation} }`);
const failReads = () =>
  stack.simulator.faults.add({ kind: 'answer', path: '/events$', method: 'GET', times: 100, status: 500 });

describe('an operator at another gateway', () => {
  it('receives a notification, a failure and its end', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'gail');
    const viewer = await follow(null);
    const asked = Date.now();
    stack.simulator.world.createEvent(host.remoteCalendar, { start: asked, end: asked + HOUR });
    const read = await viewer.until(
      ({ sync, watch }) =>
        Date.parse(sync.provenAsOf ?? '') >= asked && Date.parse(watch?.lastNotificationAt ?? '') >= asked,
    );
    expect(read).toMatchObject({ id: host.calendar, selected: true, watch: { state: 'ACTIVE' } });

    failReads();
    await mutate(`syncCalendar(calendar: "${host.calendar}") { id }`);
    const failed = await viewer.until(({ sync }) => sync.consecutiveFailures > 0);
    expect([failed.id, failed.sync.error]).toEqual([host.calendar, expect.stringContaining('transient')]);
    stack.simulator.faults.clear();
    await mutate(`syncCalendar(calendar: "${host.calendar}") { id }`);
    const healed = await viewer.until(({ sync }) => sync.consecutiveFailures === 0);
    expect(healed.sync.error).toBeNull();
  });

  it('receives it when a calendar is unwatched, watched, deselected and selected', async () => {
    const host = await connectHost(stack, 'MICROSOFT', 'mara');
    const viewer = await follow(host.id);
    await mutate(`unwatchCalendar(calendar: "${host.calendar}") { id }`);
    await viewer.until(({ watch }) => watch === null);
    await mutate(`watchCalendar(calendar: "${host.calendar}") { __typename }`);
    await viewer.until(({ watch }) => watch?.state === 'ACTIVE');
    await mutate(`selectCalendar(calendar: "${host.calendar}", selected: false) { id }`);
    await viewer.until(({ selected, sync }) => !selected && sync.provenAsOf === null);
    await mutate(`selectCalendar(calendar: "${host.calendar}", selected: true) { id }`);
    await viewer.until(({ selected, sync }) => selected && sync.provenAsOf !== null);
  });

  it('who asks for one host receives no other', async () => {
    const [one, other] = [
      await connectHost(stack, 'GOOGLE', 'one'),
      await connectHost(stack, 'GOOGLE', 'other'),
    ];
    const [viewer, all] = [await follow(one.id), await follow(null)];
    await mutate(`unwatchCalendar(calendar: "${other.calendar}") { id }`);
    await all.until(({ id, watch }) => id === other.calendar && watch === null);
    await mutate(`unwatchCalendar(calendar: "${one.calendar}") { id }`);
    const seen = new Set<string>();
    await viewer.until(({ id, watch }) => {
      seen.add(id);
      return watch === null;
    });
    expect([...seen]).toEqual([one.calendar]);
  });

  it('follows by an event stream too, whose events have no id to come back with', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'stream');
    const url = new URL('/graphql', answering.url);
    url.searchParams.set('query', subscription(host.id));
    const end = new AbortController();
    viewers.push({ close: () => end.abort() });
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${ADMIN_TOKEN}` },
      signal: end.signal,
    });
    expect(response.status).toBe(200);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail('no body');
    await mutate(`unwatchCalendar(calendar: "${host.calendar}") { id }`);
    let text = '';
    while (!text.includes('"watch":null')) text += (await reader.read()).value ?? expect.fail('it ended');
    expect(text).toContain(`event: next\ndata: {"data":{"calendarChanged":{"id":"${host.calendar}"`);
    expect(text).not.toMatch(/^id:/m);
  });
});

describe('calendarChanged is refused', () => {
  async function refused(headers: Record<string, string>, host: string | null = null) {
    const url = `${answering.url}/graphql?query=${encodeURIComponent(subscription(host))}`;
    const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers } });
    const { errors } = JSON.parse(/^data: (.*)$/m.exec(await response.text())?.[1] ?? '{}');
    return errors?.[0]?.extensions.code;
  }
  const by = (token: string) => ({ authorization: `Bearer ${token}` });

  it('to the public, and to keys without ADMIN', async () => {
    const { createApiKey } = await stack.admin<{ createApiKey: { secret: string } }>(
      'mutation { createApiKey(name: "shop", scopes: [READ_BUSY]) { secret } }',
    );
    expect(await refused({})).toBe('UNAUTHENTICATED');
    expect(await refused(by(createApiKey.secret))).toBe('FORBIDDEN');
  });

  it('for a host that is not there, or of another organisation', async () => {
    const host = await makeHost(stack.admin, 'hana');
    const { id } = await secondOrganisation(stack);
    expect(await refused(by(ADMIN_TOKEN), 'host_01h455vb4pex5vsknk084sn02q')).toBe('NOT_FOUND');
    const elsewhere = { ...by(ADMIN_TOKEN), 'x-slotwire-organisation': id };
    expect(await refused(elsewhere, host.id)).toBe('NOT_FOUND');
  });
});
