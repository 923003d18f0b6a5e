/**
 * Ports for servers that a test starts, or starts again. They lie below those that systems give to outgoing connections
 * and to programs that listen on any port, and each worker has its own: a server that is down for a moment gets its port
 * back, and nobody answers on one that nobody was given.
 */
import { createServer } from 'node:net';

/** Above it, browsers refuse no port. A Redis Cluster's bus takes the port 10,000 above, so that these lie apart too. */
const FIRST = 11_000;
const WORKERS = 4;
const EACH = 2_250;

const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;
/** Anywhere, so that two runs side by side rarely meet. */
let next = Math.floor(Math.random() * EACH);

/** A port of 127.0.0.1 that nobody listens on, and that this worker gets once only. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < EACH; tries++) {
    const port = FIRST + worker * EACH + (next++ % EACH);
    if (await isFree(port)) return port;
  }
  throw new Error(`Somebody listens on each of ${EACH} ports`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
