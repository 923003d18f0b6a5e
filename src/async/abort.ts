/** Follows an abort signal for as long as some work runs, and leaves nothing behind on the signal afterwards. */

/** The controllers that follow a signal, so that it has one listener however many they are: Node warns of the eleventh. */
const followersOf = new WeakMap<AbortSignal, { controllers: Set<AbortController>; unlisten(): void }>();

/**
 * A controller that is aborted, with the same reason, when `outer` is. In place of `AbortSignal.any`, which in Node 20
 * forgets to abort once the garbage collector has run and only the combined signal is held.
 * @param outer absent: the controller follows nothing
 * @returns `unlink` ends the link; to be called when the work is over, for `outer` may live much longer
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
  const followers = followersOf.get(outer) ?? listenTo(outer);
  followers.controllers.add(controller);
  return {
    controller,
    unlink() {
      if (followers.controllers.delete(controller) && followers.controllers.size === 0) followers.unlisten();
    },
  };
}

function listenTo(outer: AbortSignal) {
  const controllers = new Set<AbortController>();
  const onAbort = () => {
    followersOf.delete(outer);
    for (const controller of controllers) controller.abort(outer.reason);
    controllers.clear();
  };
  outer.addEventListener('abort', onAbort, { once: true });
  const followers = {
    controllers,
    unlisten() {
      outer.removeEventListener('abort', onAbort);
      followersOf.delete(outer);
    },
  };
  followersOf.set(outer, followers);
  return followers;
}

/**
 * Waits for `work`, but no longer than until the signal is aborted: work that does not listen to it goes on unheard.
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
