/** SIGINT and SIGTERM: the first signal ends a command in order, the second at once. */
import { withDeadline } from '../async/deadline.ts';
import { SECOND } from '../time/clock.ts';

export interface StopSignal {
  /** A signal has been received. Long starts check this between their steps. */
  received(): boolean;
  wait(): Promise<NodeJS.Signals>;
}

/** Listens for signals from now on. */
export function listenForStop(): StopSignal {
  let received = false;
  const first = new Promise<NodeJS.Signals>((resolve) => {
    for (const [name, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.on(name, () => {
        if (received) process.exit(code);
        received = true;
        resolve(name);
      });
    }
  });
  return { received: () => received, wait: () => first };
}

/** A stop takes no longer, whatever hangs. Service managers kill a process some time after, as after 30 s in Kubernetes. */
const STOP_TIMEOUT = 14 * SECOND;

/**
 * Runs until a signal is received, then closes in order, and exits within 15 seconds: with code 0, or with 1 when closing
 * failed or took longer. What was not closed is as after a kill, and another process takes it up.
 * @param signal listened for before the command reports that it runs, because its reader may stop it at once.
 */
export async function untilStopped(close: () => Promise<void>, signal: StopSignal): Promise<void> {
  process.stderr.write(`${await signal.wait()}: stopping\n`);
  try {
    await withDeadline(STOP_TIMEOUT, undefined, close);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`The stop was not in order: ${reason}\n`);
    process.exit(1);
  }
  process.exit(0);
}
