import { describe, expect, it } from 'vitest';
import type { AvailabilityLiveSubscription, AvailabilityNowQuery } from '../../../src/web/gql/documents.ts';
import type { Fault, LiveClient, Reply, Sink } from '../../../src/web/live/client.ts';
import type { AvailabilityEvent } from '../../../src/web/live/slots.ts';
import { type LiveView, PATIENCE, POLL_EVERY, watchAvailability } from '../../../src/web/live/subscribe.ts';

const WINDOW = { eventType: 'evt_1', from: '2025-06-02T00:00:00.000Z', to: '2025-06-09T00:00:00.000Z' };
const slot = (hour: number) => ({
  start: `2025-06-02T${hour}:00:00.000Z`,
  end: `2025-06-02T${hour}:30:00.000Z`,
  seatsLeft: 1,
  hosts: [],
});
const answer = (etag: string, hours: number[]) => ({
  etag,
  slots: hours.map(slot),
  complete: true,
  issues: [],
  computedAt: WINDOW.from,
});
const snapshot = (etag: string, hours: number[]): AvailabilityEvent => ({
  __typename: 'AvailabilitySnapshot',
  etag,
  availability: answer(etag, hours),
});
const delta = (fromEtag: string, etag: string, hours: number[]): AvailabilityEvent => ({
  __typename: 'AvailabilityDelta',
  fromEtag,
  etag,
  added: hours.map(slot),
  removed: [],
  complete: true,
  issues: [],
  computedAt: WINDOW.from,
});

/** A client whose server is the test: each subscription is listed, each request waits for its reply. */
function world(random = 0) {
  const subscriptions: {
    resumeAfter: unknown;
    open: boolean;
    sink: Sink<AvailabilityLiveSubscription>;
  }[] = [];
  const requests: ((reply: Reply<AvailabilityNowQuery>) => void)[] = [];
  const sockets = new Set<(up: boolean) => void>();
  let up = false;
  const client: LiveClient = {
    request: (_document, _variables) =>
      new Promise((resolve) => {
        requests.push((reply) => resolve(reply as Parameters<typeof resolve>[0]));
      }),
    subscribe: <Data>(_document: unknown, variables: Record<string, unknown>, sink: Sink<Data>) => {
      const entry = {
        resumeAfter: variables.resumeAfter,
        open: true,
        sink: { next: (data: AvailabilityLiveSubscription) => sink.next(data as Data), ended: sink.ended },
      };
      subscriptions.push(entry);
      return () => {
        entry.open = false;
      };
    },
    skew: () => 0,
    onSocket: (listener) => {
      sockets.add(listener);
      listener(up);
      return () => sockets.delete(listener);
    },
    close: () => {},
  };
  let now = 0;
  const timers = new Set<{ due: number; then: () => void }>();
  const views: LiveView[] = [];
  const stop = watchAvailability(client, WINDOW, (view) => views.push(view), {
    random: () => random,
    wait: (ms, then) => {
      const timer = { due: now + ms, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const world = {
    subscriptions,
    views,
    requests,
    stop,
    timers,
    socket(now: boolean) {
      up = now;
      for (const listener of sockets) listener(up);
    },
    running: () => subscriptions.filter((each) => each.open),
    send: (event: AvailabilityEvent) => subscriptions.at(-1)?.sink.next({ availability: event }),
    end(fault: Fault | null) {
      const last = subscriptions.at(-1);
      if (last) last.open = false;
      last?.sink.ended(fault);
    },
    pass(ms: number) {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due);
        if (!next) break;
        timers.delete(next);
        now = next.due;
        next.then();
      }
      now = until;
    },
    async reply(reply: Reply<AvailabilityNowQuery>) {
      requests.shift()?.(reply);
      await new Promise((resolve) => setImmediate(resolve));
    },
    last: () => views.at(-1),
    held: () => views.at(-1)?.held?.slots.map((each) => Number(each.start.slice(11, 13))),
  };
  return world;
}
const dropped: Fault = { code: 'NETWORK', message: 'gone' };

describe('watching a window', () => {
  it('is live with the first snapshot, and follows deltas', () => {
    const w = world();
    expect(w.subscriptions[0]?.resumeAfter).toBeNull();
    w.socket(true);
    expect(w.last()?.live).toBe(false);
    w.send(snapshot('a', [10]));
    expect(w.last()).toMatchObject({ live: true, change: { added: [] } });
    w.send(delta('a', 'b', [11]));
    expect(w.held()).toEqual([10, 11]);
    expect(w.last()?.change.added).toEqual([Date.parse(slot(11).start)]);
  });

  it('resumes after the last etag when the socket falls, and is live again although nothing is said', () => {
    const w = world();
    w.socket(true);
    w.send(snapshot('a', [10]));
    w.send(delta('a', 'b', [11]));
    w.socket(false);
    w.end(dropped);
    expect(w.last()).toMatchObject({ live: false });
    expect(w.held()).toEqual([10, 11]);
    w.pass(0);
    expect(w.subscriptions.at(-1)?.resumeAfter).toBe('b');
    w.socket(true);
    expect(w.last()?.live).toBe(true);
  });

  it('asks for a snapshot when a delta begins elsewhere', () => {
    const w = world();
    w.socket(true);
    w.send(snapshot('a', [10]));
    w.send(delta('x', 'y', [11]));
    expect(w.held()).toEqual([10]);
    expect(w.running()).toEqual([]);
    w.pass(0);
    expect(w.subscriptions.at(-1)?.resumeAfter).toBeNull();
    expect(w.last()?.live).toBe(false);
    w.send(snapshot('y', [10, 11]));
    expect(w.last()?.live).toBe(true);
    expect(w.running()).toHaveLength(1);
  });

  it('waits longer with each failure, and no less than the server asks', () => {
    const w = world(0.999);
    const pauses = () => Math.max(...[...w.timers].map(({ due }) => due));
    w.end(dropped);
    w.pass(498);
    expect(w.subscriptions).toHaveLength(1);
    w.pass(2);
    expect(w.subscriptions).toHaveLength(2);
    w.end(dropped);
    w.pass(998);
    expect(w.subscriptions).toHaveLength(2);
    w.pass(2);
    expect(w.subscriptions).toHaveLength(3);
    w.end({ code: 'RATE_LIMITED', message: 'slow down', retryAfter: 20_000 });
    expect(pauses()).toBe(21_500);
  });

  it('never gives up', () => {
    const w = world(0.5);
    for (let i = 0; i < 50; i += 1) {
      w.end(dropped);
      w.pass(POLL_EVERY);
    }
    expect(w.subscriptions).toHaveLength(51);
  });

  it('begins its waits anew after a subscription that worked', () => {
    const w = world(0.999);
    for (let i = 0; i < 8; i += 1) {
      w.end(dropped);
      w.pass(POLL_EVERY);
    }
    w.socket(true);
    w.send(snapshot('a', [10]));
    const before = w.subscriptions.length;
    w.end(dropped);
    w.pass(500);
    expect(w.subscriptions).toHaveLength(before + 1);
  });
});

describe('without a socket', () => {
  it('asks the plain query after a while, then again and again', async () => {
    const w = world();
    w.pass(PATIENCE - 1);
    expect(w.requests).toHaveLength(0);
    w.pass(1);
    await w.reply({ ok: true, data: { availability: answer('a', [10]) } });
    expect(w.held()).toEqual([10]);
    expect(w.last()?.live).toBe(false);
    w.pass(POLL_EVERY);
    await w.reply({ ok: false, fault: dropped });
    w.pass(POLL_EVERY);
    await w.reply({ ok: true, data: { availability: answer('b', [10, 11]) } });
    expect(w.last()?.change.added).toEqual([Date.parse(slot(11).start)]);
  });

  it('drops an answer that the socket has overtaken, and stops asking', async () => {
    const w = world();
    w.pass(PATIENCE);
    w.socket(true);
    w.send(snapshot('b', [11]));
    await w.reply({ ok: true, data: { availability: answer('a', [10]) } });
    expect(w.held()).toEqual([11]);
    w.pass(10 * POLL_EVERY);
    expect(w.requests).toHaveLength(0);
  });

  it('subscribes anew when a polled answer leaves the etag behind that was to be resumed', async () => {
    const w = world();
    w.socket(true);
    w.send(snapshot('a', [10]));
    w.socket(false);
    w.end(dropped);
    w.pass(0);
    expect(w.subscriptions.at(-1)?.resumeAfter).toBe('a');
    w.pass(PATIENCE);
    await w.reply({ ok: true, data: { availability: answer('b', [11]) } });
    expect(w.running().map((each) => each.resumeAfter)).toEqual(['b']);
    w.socket(true);
    expect(w.last()?.live).toBe(true);
  });
});

describe('ending', () => {
  it('tells that the event type is gone, and does not ask again', () => {
    const w = world();
    w.socket(true);
    w.end({ code: 'NOT_FOUND', message: 'No such event type.' });
    expect(w.last()?.fault?.code).toBe('NOT_FOUND');
    w.pass(10 * POLL_EVERY);
    expect(w.subscriptions).toHaveLength(1);
    expect(w.requests).toHaveLength(0);
  });

  it('leaves nothing running when stopped', () => {
    const w = world();
    w.socket(true);
    w.send(snapshot('a', [10]));
    const told = w.views.length;
    w.stop();
    w.socket(false);
    expect(w.views).toHaveLength(told);
    expect(w.running()).toEqual([]);
    expect(w.timers.size).toBe(0);
  });
});
