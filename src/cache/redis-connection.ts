/** Connections to Redis on which nothing ever hangs: what can't be answered now is refused now. */
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, RESP_TYPES } from 'redis';
import { acquirePlace, beginRest, countFailure, enterRest } from './limiter-script.ts';
import { keepRecent } from './recent-script.ts';
import { replaceIfNewer } from './redis-script.ts';
import { checkRedisUrl, type Outage, unreachable } from './redis-trouble.ts';

/** For connecting, and for the answer to a command. */
const PATIENCE = 1_000;
/** A connection this long without a sign of life is given up; pings see to it that a healthy one gives some. */
const SILENCE = 3_000;
const PING_INTERVAL = 1_000;
const BACKOFF_FIRST = 50;
const BACKOFF_MOST = 2_000;

const newClient = (url: string, reconnectStrategy: (retries: number) => number | false) =>
  createClient({
    url,
    name: 'slotwire',
    RESP: 3,
    scripts: { replaceIfNewer, acquirePlace, beginRest, countFailure, enterRest, keepRecent },
    disableOfflineQueue: true,
    pingInterval: PING_INTERVAL,
    // Its longer timeouts during maintenance would let readers wait.
    maintNotifications: 'disabled',
    // node-redis times a command only until it is written: `run` does it until the answer.
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: { connectTimeout: PATIENCE, socketTimeout: SILENCE, reconnectStrategy },
  });

/** Strings come as Buffers. */
export type RedisClient = ReturnType<typeof newClient>;

export interface RedisConnection {
  /**
   * Once a command stays unanswered for a second, all are refused at once until Redis answers again.
   * @throws when there is no connection or no answer.
   */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Idempotent. Waits for commands on their way, but not longer than for any. */
  close(): Promise<void>;
}

export interface RedisConnectionDeps {
  url: string;
  outage: Outage;
  /** The connection was lost and is there again, its subscriptions too. */
  onReconnect?(): void;
}

/** @throws StartError that names host and port, never the password. */
export async function openRedis({ url, outage, onReconnect }: RedisConnectionDeps): Promise<RedisConnection> {
  checkRedisUrl(url);
  let started = false;
  let closed = false;
  /** A command went unanswered, and none was answered since. */
  let stalled = false;

  const client = newClient(url, (retries) => (started ? backoff(retries) : false));
  client.on('error', (error) => {
    if (started && !closed) outage.began(client, error);
  });
  client.on('ready', () => {
    stalled = false;
    if (!started || closed) return;
    outage.ended(client);
    onReconnect?.();
  });
  try {
    await client.connect();
  } catch (error) {
    client.destroy();
    throw unreachable(url, error);
  }
  started = true;

  return {
    run(command) {
      if (stalled) return Promise.reject(silent());
      return new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          stalled = true;
          reject(silent());
        }, PATIENCE);
        command(client).then(
          (answer) => {
            clearTimeout(deadline);
            stalled = false;
            resolve(answer);
          },
          (error) => {
            clearTimeout(deadline);
            reject(error);
          },
        );
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      outage.ended(client);
      if (client.isReady) await Promise.race([client.close(), pause(PATIENCE, undefined, { ref: false })]);
      client.destroy();
    },
  };
}

/** Doubles, and between half of it and all: a thousand gateways must not come back in the same moment. */
const backoff = (retries: number) =>
  Math.min(BACKOFF_FIRST * 2 ** retries, BACKOFF_MOST) * (0.5 + Math.random() / 2);

const silent = () => new Error('Redis does not answer.');
