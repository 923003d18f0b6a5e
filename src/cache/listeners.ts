/** Who hears the bells in this process. */
import type { Log } from '../log.ts';
import type { Bell, BellListener } from './port.ts';

export interface Listeners extends BellListener {
  /** @returns takes the listener away again. */
  add(listener: BellListener): () => void;
  clear(): void;
}

/** A listener that throws keeps no bell from the others. */
export function createListeners(log?: Log): Listeners {
  const listeners = new Set<BellListener>();

  function each(tell: (listener: BellListener) => void) {
    for (const listener of listeners) {
      try {
        tell(listener);
      } catch (error) {
        log?.error({ err: error }, 'a listener of the topics failed');
      }
    }
  }

  return {
    add(listener) {
      // The same object may listen twice: each leaves on its own.
      const own: BellListener = {
        ring: (bell: Bell) => listener.ring(bell),
        reconnected: () => listener.reconnected(),
      };
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    ring: (bell) => each((listener) => listener.ring(bell)),
    reconnected: () => each((listener) => listener.reconnected()),
    clear: () => listeners.clear(),
  };
}
