import { describe, expect, it } from 'vitest';
import type { AvailabilityLiveSubscription, AvailabilityNowQuery } from '../../../src/web/gql/documents.ts';
import { type Answer, watchAvailability } from '../../../src/web/live/availability.ts';
import type { LiveClient } from '../../../src/web/live/client.ts';
import type { Fault, Reply, Sink } from '../../../src/web/live/operation.ts';
import type { AvailabilityEvent } from '../../../src/web/live/slots.ts';
import { type LiveView, POLL_AFTER, POLL_INTERVAL, STABLE_AFTER } from '../../../src/web/live/watch.ts';

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
const snapshot = (etag: string, hours: number[]): AvailabilityEvent<Answer> => ({
  __typename: 'AvailabilitySnapshot',
  etag,
  availability: answer(etag, hours),
});
const delta = (fromEtag: string, etag: string, hours: number[]): AvailabilityEvent<Answer> => ({
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
    opened: boolean;
    sink: Sink<AvailabilityLiveSubscription>;
  }[] = [];
  const requests: ((reply: Reply<AvailabilityNowQuery>) => void)[] = [];
  let back: (() => void) | null = null;
  const client: LiveClient = {
    request: (_document, _variables) =>
      new Promise((resolve) => {
        requests.push((reply) => resolve(reply as Parameters<typeof resolve>[0]));
      }),
    subscribe: <Data>(_document: unknown, variables: Record<string, unknown>, sink: Sink<Data>) => {
      const entry = {
        resumeAfter: variables.resumeAfter,
        open: true,
        opened: false,
        sink: { ...sink, next: (data: AvailabilityLiveSubscription) => sink.next(data as Data) },
      };
      subscriptions.push(entry);
      return () => {
        entry.open = false;
      };
    },
    skew: () => 0,
    close: () => {},
  };
  let now = 0;
  const timers = new Set<{ due: number; then: () => void }>();
  const views: LiveView<Answer>[] = [];
  const stop = watchAvailability(client, WINDOW, (view) => views.push(view), {
    random: () => random,
    wait: (ms, then) => {
      const timer = { due: now + ms, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    onReturn: (then) => {
      back = then;
      return () => {
        back = null;
      };
    },
  });
  const world = {
    subscriptions,
    views,
    requests,
    stop,
    timers,
    back: () => back?.(),
    listening: () => back !== null,
    /** The last subscription is carried. */
    carry() {
      const last = subscriptions.at(-1);
      if (!last || last.opened) return;
      last.opened = true;
      last.sink.opened?.('websocket');
    },
    running: () => subscriptions.filter((each) => each.open),
    send(event: AvailabilityEvent<Answer>) {
      world.carry();
      subscriptions.at(-1)?.sink.next({ availability: event });
    },
    end(fault: Fault | null, wait = fault?.retryAfter ?? 0) {
      const last = subscriptions.at(-1);
      if (last) last.open = false;
      last?.sink.ended(fault, wait);
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
  it('is live with the first snapshot, and applies deltas', () => {
    const w = world();
    expect(w.subscriptions[0]?.resumeAfter).toBeNull();
    w.carry();
    expect(w.last()?.live).toBe(false);
    w.send(snapshot('a', [10]));
    expect(w.last()).toMatchObject({ live: true, change: { added: [] } });
    w.send(delta('a', 'b', [11]));
    expect(w.held()).toEqual([10, 11]);
    expect(w.last()?.change.added).toEqual([Date.parse(slot(11).start)]);
  });

  it('resumes after the last etag when the connection breaks, and is live without a further event', () => {
    const w = world();
    w.carry();
    w.send(snapshot('a', [10]));
    w.send(delta('a', 'b', [11]));
    w.end(dropped);
    expect(w.last()).toMatchObject({ live: false });
    expect(w.held()).toEqual([10, 11]);
    w.pass(0);
    expect(w.subscriptions.at(-1)?.resumeAfter).toBe('b');
    w.carry();
    expect(w.last()?.live).toBe(true);
  });

  it('requests a snapshot when a delta starts from another etag', () => {
    const w = world();
    w.carry();
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

  it("backs off longer with each failure, on top of the server's own wait", () => {
    const w = world(0.999);
    for (const ceiling of [2_000, 4_000, 8_000]) {
      const before = w.subscriptions.length;
      w.end(dropped);
      w.pass(ceiling - ceiling / 1_000 - 1);
      expect(w.subscriptions).toHaveLength(before);
      w.pass(1);
      expect(w.subscriptions).toHaveLength(before + 1);
    }
    w.end({ code: 'RATE_LIMITED', message: 'slow down', retryAfter: 20_000 });
    w.pass(20_000 + 15_983);
    expect(w.subscriptions).toHaveLength(4);
    w.pass(1);
    expect(w.subscriptions).toHaveLength(5);
  });

  it('spreads the retries of watches that the server ended together', () => {
    const leave = (random: number) => {
      const w = world(random);
      w.send(snapshot('a', [10]));
      w.end({ code: 'NETWORK', message: 'Going away' });
      return Math.min(...[...w.timers].map(({ due }) => due));
    };
    expect([0, 0.25, 0.5, 0.75].map(leave)).toEqual([0, 500, 1_000, 1_500]);
    const asked = (random: number) => {
      const w = world(random);
      w.end(null, 5_000);
      w.pass(4_999);
      expect(w.subscriptions).toHaveLength(1);
      w.pass(1 + 2_000 * random);
      return w.subscriptions.length;
    };
    expect([0, 0.5].map(asked)).toEqual([2, 2]);
  });

  it('retries for ever', () => {
    const w = world(0.5);
    for (let i = 0; i < 50; i += 1) {
      w.end(dropped);
      w.pass(POLL_INTERVAL);
    }
    expect(w.subscriptions).toHaveLength(51);
  });

  it('resets the backoff once a subscription has been stable, not before', () => {
    const w = world(0.999);
    for (let i = 0; i < 8; i += 1) {
      w.end(dropped);
      w.pass(POLL_INTERVAL);
    }
    w.send(snapshot('a', [10]));
    const before = w.subscriptions.length;
    w.end(dropped);
    w.pass(2_000);
    expect(w.subscriptions).toHaveLength(before);
    w.pass(POLL_INTERVAL);
    w.carry();
    w.pass(STABLE_AFTER);
    w.end(dropped);
    w.pass(2_000);
    expect(w.subscriptions).toHaveLength(before + 2);
  });

  it('retries at once when the network or the visitor is back, unless the server asked to wait', () => {
    const w = world(0.999);
    w.back();
    expect(w.subscriptions).toHaveLength(1);
    w.end(dropped);
    w.back();
    expect(w.subscriptions).toHaveLength(2);
    w.pass(10_000);
    expect(w.subscriptions).toHaveLength(2);
    w.end({ code: 'RATE_LIMITED', message: 'slow down', retryAfter: 60_000 });
    w.back();
    w.pass(59_999);
    expect(w.subscriptions).toHaveLength(2);
  });

  it('reports the transport that carries the changes', () => {
    const w = world();
    expect(w.last()?.over).toBeNull();
    w.send(snapshot('a', [10]));
    expect(w.last()?.over).toBe('websocket');
    w.end(dropped);
    expect(w.last()).toMatchObject({ over: null, live: false });
  });
});

describe('while nothing carries it', () => {
  it('tells why it is not live, for as long as it goes on trying', async () => {
    const w = world();
    expect(w.last()?.delayed).toBeNull();
    const limited = { code: 'RATE_LIMITED', message: 'slow down', retryAfter: 60_000 };
    w.end(limited);
    expect(w.last()).toMatchObject({ held: null, live: false, fault: null, delayed: limited });
    w.pass(POLL_AFTER);
    await w.reply({ ok: false, fault: dropped });
    expect(w.last()?.delayed).toEqual(dropped);
    w.pass(60_000);
    w.send(snapshot('a', [10]));
    expect(w.last()).toMatchObject({ live: true, delayed: null });
  });

  it('polls the plain query while no subscription is open', async () => {
    const w = world();
    w.pass(POLL_AFTER - 1);
    expect(w.requests).toHaveLength(0);
    w.pass(1);
    await w.reply({ ok: true, data: { availability: answer('a', [10]) } });
    expect(w.held()).toEqual([10]);
    expect(w.last()?.live).toBe(false);
    w.pass(POLL_INTERVAL);
    await w.reply({ ok: false, fault: dropped });
    w.pass(POLL_INTERVAL);
    await w.reply({ ok: true, data: { availability: answer('b', [10, 11]) } });
    expect(w.last()?.change.added).toEqual([Date.parse(slot(11).start)]);
  });

  it('discards a polled answer that an event has overtaken, and stops polling', async () => {
    const w = world();
    w.pass(POLL_AFTER);
    w.carry();
    w.send(snapshot('b', [11]));
    await w.reply({ ok: true, data: { availability: answer('a', [10]) } });
    expect(w.held()).toEqual([11]);
    w.pass(10 * POLL_INTERVAL);
    expect(w.requests).toHaveLength(0);
  });

  it('subscribes anew when a polled answer replaces the etag that a subscription resumed after', async () => {
    const w = world();
    w.carry();
    w.send(snapshot('a', [10]));
    w.end(dropped);
    w.pass(0);
    expect(w.subscriptions.at(-1)?.resumeAfter).toBe('a');
    w.pass(POLL_AFTER);
    await w.reply({ ok: true, data: { availability: answer('b', [11]) } });
    expect(w.running().map((each) => each.resumeAfter)).toEqual(['b']);
    w.carry();
    expect(w.last()?.live).toBe(true);
  });
});

describe('ending', () => {
  it('reports that the event type is gone, and does not retry', () => {
    const w = world();
    w.carry();
    w.end({ code: 'NOT_FOUND', message: 'No such event type.' });
    expect(w.last()?.fault?.code).toBe('NOT_FOUND');
    w.pass(10 * POLL_INTERVAL);
    expect(w.subscriptions).toHaveLength(1);
    expect(w.requests).toHaveLength(0);
  });

  it.each(['BAD_USER_INPUT', 'UNAUTHENTICATED', 'FORBIDDEN', 'PROTOCOL', 'CLOSED'])(
    'ends for good after %s, unless the fault says when to retry',
    (code) => {
      const w = world();
      w.end({ code, message: 'no', retryAfter: 0 });
      expect(w.last()?.fault).toBeNull();
      w.pass(0);
      expect(w.subscriptions).toHaveLength(2);
      w.end({ code, message: 'no' });
      expect(w.last()).toMatchObject({ live: false, fault: { code } });
      expect(w.timers.size).toBe(0);
      expect(w.listening()).toBe(false);
    },
  );

  it('leaves no timer and no subscription when it is stopped', () => {
    const w = world();
    w.carry();
    w.send(snapshot('a', [10]));
    const received = w.views.length;
    w.stop();
    expect(w.views).toHaveLength(received);
    expect(w.running()).toEqual([]);
    expect(w.timers.size).toBe(0);
    expect(w.listening()).toBe(false);
  });
});
