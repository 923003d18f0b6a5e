/** Names that wait for one subscriber: each is sent once, however often it was added while the subscriber was not ready. */
import type { EventSink, Render, Subscription } from './audience.ts';

export interface CoalescingQueue {
  add(name: string): void;
  /** No more names will be added: the waiting ones are sent, then the end. */
  end(): void;
  /**
   * Sends the names, each rendered when its turn comes.
   * @param onLeave is called once, when the subscription is over.
   */
  subscribe<F>(sink: EventSink<F>, render: Render<string, F>, onLeave: () => void): Subscription;
}

export function createCoalescingQueue(): CoalescingQueue {
  /** The oldest first. */
  const names = new Set<string>();
  let ended = false;
  let drainNow = () => {};

  return {
    add(name) {
      names.add(name);
      drainNow();
    },
    end() {
      ended = true;
      drainNow();
    },
    subscribe<F>(sink: EventSink<F>, render: Render<string, F>, onLeave: () => void): Subscription {
      let draining = false;
      let closed = false;

      function unsubscribe() {
        if (closed) return;
        closed = true;
        names.clear();
        onLeave();
      }

      async function drain() {
        if (draining) return;
        draining = true;
        for (const name of names) {
          if (closed || !sink.ready()) break;
          names.delete(name);
          const frame = await render(name);
          if (!closed) sink.send(frame);
        }
        draining = false;
        if (closed || !ended || names.size > 0) return;
        unsubscribe();
        sink.end();
      }

      drainNow = () => void drain();
      drainNow();
      return { resume: drainNow, unsubscribe };
    },
  };
}
