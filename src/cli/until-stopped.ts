/** SIGINT and SIGTERM: the first one ends a command in order, the second at once. */

export interface StopSignal {
  /** Has it come? Long starts ask between their steps. */
  came(): boolean;
  wait(): Promise<NodeJS.Signals>;
}

/** Listens from now on. */
export function stopSignal(): StopSignal {
  let came = false;
  const first = new Promise<NodeJS.Signals>((resolve) => {
    for (const [name, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.on(name, () => {
        if (came) process.exit(code);
        came = true;
        resolve(name);
      });
    }
  });
  return { came: () => came, wait: () => first };
}

/**
 * Runs until a signal comes, then closes in order.
 * @param signal taken before the command says that it runs: who reads that may stop it at once.
 */
export async function untilStopped(close: () => Promise<void>, signal: StopSignal): Promise<void> {
  process.stderr.write(`${await signal.wait()}: stopping\n`);
  await close();
  process.exit(0);
}
