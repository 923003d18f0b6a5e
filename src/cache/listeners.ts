/** Who hears the bells in this process. */
import type { Log } from '../log.ts';
import type { Invalidation, InvalidationListener } from './port.ts';

export interface InvalidationListeners extends InvalidationListener {
  /** @returns takes the listener away again. */
  add(listener: InvalidationListener): () => void;
  clear(): void;
}

/** A listener that throws keeps no bell from the others. */
export function createInvalidationListeners(log?: Log): InvalidationListeners {
  const listeners = new Set<InvalidationListener>();

  function notify(call: (listener: InvalidationListener) => void) {
    for (const listener of listeners) {
      try {
        call(listener);
      } catch (error) {
        log?.error({ err: error }, 'a listener of the topics failed');
      }
    }
  }

  return {
    add(listener) {
      // The same object may listen twice: each leaves on its own.
      const wrapper: InvalidationListener = {
        onInvalidation: (bell: Invalidation) => listener.onInvalidation(bell),
        onReconnect: () => listener.onReconnect(),
      };
      listeners.add(wrapper);
      return () => {
        listeners.delete(wrapper);
      };
    },
    onInvalidation: (bell) => notify((listener) => listener.onInvalidation(bell)),
    onReconnect: () => notify((listener) => listener.onReconnect()),
    clear: () => listeners.clear(),
  };
}
