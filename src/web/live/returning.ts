/** Detects that a retry is worth trying at once: the network is back, or the page became visible. */

/** Calls `then` each time; never outside of pages, as in Node and in workers without these events. @returns stop. */
export function onReturn(then: () => void): () => void {
  const stops: (() => void)[] = [];
  const listen = (target: EventTarget, type: string, listener: () => void) => {
    target.addEventListener(type, listener);
    stops.push(() => target.removeEventListener(type, listener));
  };
  if (typeof addEventListener === 'function') listen(globalThis, 'online', then);
  if (typeof document !== 'undefined')
    listen(document, 'visibilitychange', () => {
      if (!document.hidden) then();
    });
  return () => {
    for (const stop of stops) stop();
  };
}
