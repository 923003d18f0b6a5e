/** Links abort controllers to an outer signal while some work runs, and leaves no listener on the signal afterwards. */

/** The controllers linked to a signal. They share one listener, because Node warns of a signal's eleventh. */
const linksOf = new WeakMap<AbortSignal, { controllers: Set<AbortController>; unlisten(): void }>();

/**
 * A controller that is aborted, with the same reason, when `outer` is. In place of `AbortSignal.any`, which in Node 20
 * forgets to abort once the garbage collector has run and only the combined signal is held.
 * @param outer absent: the controller is linked to nothing
 * @returns `unlink` ends the link; it must be called when the work is over, for `outer` may live much longer
 */
export function linkAbort(outer: AbortSignal | undefined): {
  controller: AbortController;
  unlink(): void;
} {
  const controller = new AbortController();
  if (!outer) return { controller, unlink() {} };
  if (outer.aborted) {
    controller.abort(outer.reason);
    return { controller, unlink() {} };
  }
  const links = linksOf.get(outer) ?? listenTo(outer);
  links.controllers.add(controller);
  return {
    controller,
    unlink() {
      if (links.controllers.delete(controller) && links.controllers.size === 0) links.unlisten();
    },
  };
}

function listenTo(outer: AbortSignal) {
  const controllers = new Set<AbortController>();
  const onAbort = () => {
    linksOf.delete(outer);
    for (const controller of controllers) controller.abort(outer.reason);
    controllers.clear();
  };
  outer.addEventListener('abort', onAbort, { once: true });
  const links = {
    controllers,
    unlisten() {
      outer.removeEventListener('abort', onAbort);
      linksOf.delete(outer);
    },
  };
  linksOf.set(outer, links);
  return links;
}

/**
 * Waits for `work` until the signal is aborted. Work that does not listen to the signal goes on, and its result is ignored.
 * @throws what `work` rejects with; the signal's reason once it is aborted.
 */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject);
  });
}
