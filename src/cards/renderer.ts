/** Draws cards in threads of their own, one at a time, and remembers them for as long as there is room. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { BoundedMap } from '../async/bounded-map.ts';
import { withDeadline } from '../async/deadline.ts';
import { createSemaphore } from '../async/semaphore.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import { SECOND } from '../time/clock.ts';
import type { CardRequest } from './worker.ts';

/** So many cards wait to be drawn that there is no room for another. */
export class TooManyCards extends Error {
  override readonly name = 'TooManyCards';

  constructor() {
    super('too many cards wait to be drawn');
  }
}

export interface CardRenderer {
  /**
   * @param version names what is drawn: it is drawn once, and remembered
   * @param load what it takes; asked for only when it is drawn
   * @returns a PNG. @throws TooManyCards; DeadlineError; what `load` rejects with
   */
  render(version: string, load: () => Promise<CardRequest>): Promise<Uint8Array>;
}

export interface CardRendererOptions {
  /** Bytes of cards in memory. */
  memory?: number;
  /** Cards that are drawn or wait for it. */
  waiting?: number;
  /** Milliseconds for one. */
  timeLimit?: number;
  /** In place of a thread. */
  draw?: (request: CardRequest, timeLimit: number) => Promise<Uint8Array>;
}

/** The bundled worker lies beside the bundled gateway; source files use the one in dist. */
const ENTRY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('/renderer.ts') ? '../../dist/card-worker.js' : './card-worker.js',
    import.meta.url,
  ),
);

export function createCardRenderer({
  memory = 16 * 1024 * 1024,
  waiting = 32,
  timeLimit = 60 * SECOND,
  draw = drawInThread,
}: CardRendererOptions = {}): CardRenderer {
  const drawn = new BoundedMap<string, Uint8Array>(1_000, { most: memory, of: (png) => png.length });
  const threads = createSemaphore(1);
  let wanted = 0;

  async function work(version: string, load: () => Promise<CardRequest>): Promise<Uint8Array> {
    if (wanted >= waiting) throw new TooManyCards();
    wanted += 1;
    try {
      const png = await threads.run(async () => draw(await load(), timeLimit));
      drawn.set(version, png);
      return png;
    } finally {
      wanted -= 1;
    }
  }
  const flights = createSingleFlight<() => Promise<CardRequest>, Uint8Array>({ work, mode: 'join' });

  return {
    render: async (version, load) => drawn.get(version) ?? flights.run(version, load),
  };
}

function drawInThread(workerData: CardRequest, timeLimit: number): Promise<Uint8Array> {
  const worker = new Worker(ENTRY, {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 128, stackSizeMb: 4 },
  });
  // A picture holds up no process that stops.
  worker.unref();
  const answered = new Promise<Uint8Array>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the drawing thread ended without an answer')));
  });
  return withDeadline(timeLimit, undefined, () => answered).finally(() => worker.terminate());
}
