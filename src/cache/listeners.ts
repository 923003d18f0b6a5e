/** The listeners of this process, to which every invalidation is passed on. */
import type { Log } from '../log.ts';
import type { Invalidation, InvalidationListener } from './port.ts';

export interface InvalidationListeners extends Required<InvalidationListener> {
  /** @returns a function that removes the listener. */
  add(listener: InvalidationListener): () => void;
  clear(): void;
}

/** A listener that throws is logged, and doesn't keep the others from being called. */
export function createInvalidationListeners(log?: Log): InvalidationListeners {
  const listeners = new Set<InvalidationListener>();

  function notify(call: (listener: InvalidationListener) => void) {
    for (const listener of listeners) {
      try {
        call(listener);
      } catch (error) {
        log?.error({ err: error }, 'topic listener failed');
      }
    }
  }

  return {
    add(listener) {
      // The same object may be added twice, and each addition is removed on its own.
      const wrapper: InvalidationListener = {
        onInvalidation: (invalidation: Invalidation) => listener.onInvalidation(invalidation),
        onPublish: (invalidation: Invalidation) => listener.onPublish?.(invalidation),
        onReconnect: () => listener.onReconnect(),
      };
      listeners.add(wrapper);
      return () => {
        listeners.delete(wrapper);
      };
    },
    onInvalidation: (invalidation) => notify((listener) => listener.onInvalidation(invalidation)),
    onPublish: (invalidation) => notify((listener) => listener.onPublish?.(invalidation)),
    onReconnect: () => notify((listener) => listener.onReconnect()),
    clear: () => listeners.clear(),
  };
}
