import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { subscriptions, untilSubscriptions } from '../http/protocol/world.fixture.ts';
import { type Follower, follow } from './client.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { window, at, iso } = testDay();
const starts = (slots: { start: string }[] | undefined) => slots?.map(({ start }) => start);

let redis: RedisServer;
let stack: Stack;
let hosts: Record<'GOOGLE' | 'MICROSOFT', ConnectedHost>;

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url });
  hosts = {
    GOOGLE: await connectHost(stack, 'GOOGLE', 'gina'),
    MICROSOFT: await connectHost(stack, 'MICROSOFT', 'mia'),
  };
});

afterAll(async () => {
  await stack?.close();
  await redis?.stop();
});

const query = (eventType: string) =>
  stack
    .anyone<{ availability: { etag: string; slots: { start: string }[] } }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { etag slots { start } } }',
      { input: { eventType, ...window } },
    )
    .then(({ availability }) => availability);

/** Edits at the provider and reads what a viewer receives of it. */
async function expectDelta(viewer: Follower, edit: () => void, removed: string[], added: string[]) {
  edit();
  const event = await viewer.next();
  expect(event.__typename).toBe('AvailabilityDelta');
  expect({ removed: starts(event.removed), added: starts(event.added) }).toEqual({ removed, added });
  expect(event.complete).toBe(true);
  return event;
}

describe.each(['GOOGLE', 'MICROSOFT'] as const)('a change at %s', (provider) => {
  it("pushes a provider's change to an open booking page as exactly the changed slots", async () => {
    const { eventType, remoteCalendar } = hosts[provider];
    const { world } = stack.simulator;
    const viewer = follow(stack.url, { eventType, ...window });
    const snapshot = await viewer.next();
    expect(snapshot.__typename).toBe('AvailabilitySnapshot');
    expect(viewer.starts()).toHaveLength(16);

    let event = '';
    const create = () => {
      event = world.createEvent(remoteCalendar, { title: 'Review', start: at('10:00'), end: at('11:00') }).id;
    };
    await expectDelta(viewer, create, iso('10:00', '10:30'), []);
    const move = () => void world.moveEvent(remoteCalendar, event, at('14:00'), at('15:00'));
    await expectDelta(viewer, move, iso('14:00', '14:30'), iso('10:00', '10:30'));
    await expectDelta(viewer, () => world.deleteEvent(remoteCalendar, event), [], iso('14:00', '14:30'));

    const answer = await query(eventType);
    expect(viewer.starts()).toEqual(starts(answer.slots));
    expect(viewer.etag()).toBe(answer.etag);
    await viewer.close();
  });

  it('loses no change when Redis is flushed in the middle', async () => {
    const { eventType, remoteCalendar } = hosts[provider];
    const { world } = stack.simulator;
    const viewer = follow(stack.url, { eventType, ...window });
    await viewer.next();
    await redis.flush();
    let event = '';
    const create = () => {
      event = world.createEvent(remoteCalendar, { start: at('09:00'), end: at('09:30') }).id;
    };
    await expectDelta(viewer, create, iso('09:00'), []);
    await redis.flush();
    expect(starts((await query(eventType)).slots)).toEqual(viewer.starts());
    await expectDelta(viewer, () => world.deleteEvent(remoteCalendar, event), [], iso('09:00'));
    await viewer.close();
  });
});

describe('a viewer', () => {
  it('sends a viewer who resumes with a current etag nothing until a change', async () => {
    const { eventType, remoteCalendar } = hosts.GOOGLE;
    const { world } = stack.simulator;
    const { etag, slots } = await query(eventType);
    const before = await subscriptions(stack.url);
    const viewer = follow(stack.url, { eventType, ...window }, etag, slots);
    await untilSubscriptions(stack.url, before + 1);
    const { id } = world.createEvent(remoteCalendar, { start: at('12:00'), end: at('12:30') });
    await expectDelta(viewer, () => {}, iso('12:00'), []);
    await viewer.close();

    const late = follow(stack.url, { eventType, ...window }, etag, slots);
    await expectDelta(late, () => {}, iso('12:00'), []);
    await late.close();

    const stranger = follow(stack.url, { eventType, ...window }, 'an-etag-nobody-knows');
    expect((await stranger.next()).__typename).toBe('AvailabilitySnapshot');
    world.deleteEvent(remoteCalendar, id);
    expect(starts((await stranger.next()).added)).toEqual(iso('12:00'));
    await stranger.close();
  });

  it('answers an unknown event type with an error, and keeps the socket open', async () => {
    const viewer = follow(stack.url, { eventType: 'et_01h455vb4pex5vsknk084sn02q', ...window });
    await expect(viewer.next()).rejects.toThrow('"code":"NOT_FOUND"');
    await viewer.close();
  });
});

describe('a second gateway process on the same PostgreSQL and Redis', () => {
  let second: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    // It serves under its own port, but providers keep calling the first one.
    second = spawn(process.execPath, ['--import', 'tsx', 'src/cli/slotwire.ts', 'serve', '--no-sync'], {
      env: { ...process.env, ...stack.environment, PORT: String(port), PUBLIC_URL: stack.url },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await until(
      () =>
        fetch(`${url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      2 * MINUTE, // from its sources, which takes its time on a busy machine
    );
  }, 3 * MINUTE);

  afterAll(async () => {
    const ended = new Promise((resolve) => second.once('exit', resolve));
    second.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('pushes a change from a notification at the first gateway to viewers of the second', async () => {
    const { eventType, remoteCalendar } = hosts.MICROSOFT;
    const { world } = stack.simulator;
    const viewers = [
      follow(stack.url, { eventType, ...window }),
      follow(url, { eventType, ...window }),
    ] as const;
    const [here, there] = [await viewers[0].next(), await viewers[1].next()];
    expect(there.etag).toBe(here.etag);
    const { id } = world.createEvent(remoteCalendar, { start: at('11:00'), end: at('12:00') });
    for (const viewer of viewers)
      expect(starts((await viewer.next()).removed)).toEqual(iso('11:00', '11:30'));
    world.deleteEvent(remoteCalendar, id);
    for (const viewer of viewers) expect(starts((await viewer.next()).added)).toEqual(iso('11:00', '11:30'));
    expect(viewers[0].etag()).toBe(viewers[1].etag());
    for (const viewer of viewers) await viewer.close();
  });
});
