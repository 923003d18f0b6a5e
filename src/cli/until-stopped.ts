/** SIGINT and SIGTERM: the first signal ends a command in order, the second at once. */

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

/**
 * Runs until a signal is received, then closes in order.
 * @param signal listened for before the command reports that it runs, because its reader may stop it at once.
 */
export async function untilStopped(close: () => Promise<void>, signal: StopSignal): Promise<void> {
  process.stderr.write(`${await signal.wait()}: stopping\n`);
  await close();
  process.exit(0);
}
