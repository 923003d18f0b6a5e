import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { linkAbort, untilAborted } from '../../src/async/abort.ts';
import { deferred } from './deferred.fixture.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

it('aborts the linked controllers with the reason of the signal', () => {
  const outer = new AbortController();
  const links = Array.from({ length: 20 }, () => linkAbort(outer.signal));
  expect(listeners(outer.signal)).toBe(1);

  outer.abort('closing');
  expect(links.map(({ controller }) => controller.signal.reason)).toEqual(links.map(() => 'closing'));
  expect(linkAbort(outer.signal).controller.signal.reason).toBe('closing');
});

it('removes its listener from the signal with the last link, and accepts new links afterwards', () => {
  const outer = new AbortController();
  const [first, second] = [linkAbort(outer.signal), linkAbort(outer.signal)];
  first.unlink();
  expect(listeners(outer.signal)).toBe(1);
  second.unlink();
  second.unlink();
  expect(listeners(outer.signal)).toBe(0);

  const third = linkAbort(outer.signal);
  outer.abort();
  expect([first, second, third].map(({ controller }) => controller.signal.aborted)).toEqual([
    false,
    false,
    true,
  ]);
});

it('creates an unlinked controller without an outer signal', () => {
  const { controller, unlink } = linkAbort(undefined);
  unlink();
  expect(controller.signal.aborted).toBe(false);
});

it('waits for work until the signal is aborted, and ignores a later failure of the work', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(signal, Promise.resolve('done'))).toBe('done');
  expect(listeners(signal)).toBe(0);

  const ended = new AbortController();
  const work = deferred<string>();
  const waiting = untilAborted(ended.signal, work.promise);
  ended.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
  work.reject(new Error('too late'));
  await expect(untilAborted(ended.signal, Promise.resolve())).rejects.toThrow('given up');
});
