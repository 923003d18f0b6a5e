/** Listens to one subscription of the document `subscription ($to: Int!) { count(to: $to) }`. */

import type { LiveClient } from '../../../src/web/live/client.ts';
import type { Document, Fault, Transport } from '../../../src/web/live/operation.ts';

export type Count = { count: number };
export const COUNT = 'subscription ($to: Int!) { count(to: $to) }';

export interface Collector {
  got: number[];
  /** The transports it was asked to use. */
  over: Transport[];
  opened: Promise<void>;
  first: Promise<void>;
  ended: Promise<{ fault: Fault | null; wait: number }>;
  stop(): void;
}

/** @param document of the subscription, where the test has one of its own */
export function collect(
  client: LiveClient,
  to: number,
  document: Document<Count, { to: number }> = COUNT,
): Collector {
  const got: number[] = [];
  const over: Transport[] = [];
  let stop = () => {};
  const { promise: opened, resolve: open } = settled();
  const { promise: first, resolve: hear } = settled();
  const ended = new Promise<{ fault: Fault | null; wait: number }>((resolve) => {
    stop = client.subscribe<Count, { to: number }>(
      document,
      { to },
      {
        opened(by) {
          over.push(by);
          open();
        },
        next({ count }) {
          got.push(count);
          hear();
        },
        ended: (fault, wait) => resolve({ fault, wait }),
      },
    );
  });
  return { got, over, opened, first, ended, stop: () => stop() };
}

function settled() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}
