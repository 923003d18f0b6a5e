/** A deadline for asynchronous work: a timer that is cleared when the work is over, beside the caller's own signal. */
import { linkAbort, untilAborted } from './abort.ts';

/** The work took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  /** The deadline in milliseconds. */
  readonly ms: number;

  constructor(ms: number) {
    super(`no result within ${ms} ms`);
    this.ms = ms;
  }
}

/**
 * Runs `work` with a signal that is aborted after `ms`, or when `outer` is. Either ends the wait, whether or not the work
 * listens; work that does not listen goes on, and its result is ignored.
 *
 * `AbortSignal.timeout` combined by `AbortSignal.any` must not be used instead: Node 20 loses such a timeout when the
 * garbage collector runs while only the combined signal is held, and the work then hangs for ever.
 * @param ms milliseconds
 * @throws DeadlineError after `ms`; the reason of `outer` once it is aborted, without starting the work when it was
 * aborted before; what the work rejects with.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const { controller, unlink } = linkAbort(outer);
  const timer = setTimeout(() => controller.abort(new DeadlineError(ms)), ms);
  try {
    return await untilAborted(controller.signal, work(controller.signal));
  } finally {
    clearTimeout(timer);
    unlink();
  }
}
