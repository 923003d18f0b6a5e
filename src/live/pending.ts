/** Names that one viewer is still to be told: each once, however often it came while they could take no more. */
import type { Render, Seat, Sink } from './audience.ts';

export interface Pending {
  add(name: string): void;
  /** No more will come: what waits is told, then the end. */
  end(): void;
  /** From now on names are told, each as `render` makes it when its turn comes. `left`: told once, when it is over. */
  sit<F>(sink: Sink<F>, render: Render<string, F>, left: () => void): Seat;
}

export function createPending(): Pending {
  /** The oldest first. */
  const names = new Set<string>();
  let over = false;
  let tell = () => {};

  return {
    add(name) {
      names.add(name);
      tell();
    },
    end() {
      over = true;
      tell();
    },
    sit<F>(sink: Sink<F>, render: Render<string, F>, left: () => void): Seat {
      let telling = false;
      let gone = false;

      function leave() {
        if (gone) return;
        gone = true;
        names.clear();
        left();
      }

      async function run() {
        if (telling) return;
        telling = true;
        for (const name of names) {
          if (gone || !sink.ready()) break;
          names.delete(name);
          const frame = await render(name);
          if (!gone) sink.send(frame);
        }
        telling = false;
        if (gone || !over || names.size > 0) return;
        leave();
        sink.end();
      }

      tell = () => void run();
      tell();
      return { resume: tell, leave };
    },
  };
}
