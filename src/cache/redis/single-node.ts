/** A connection to one server at a time. When it is lost, the server is looked for anew, as it may be another one then. */
import { setTimeout as pause } from 'node:timers/promises';
import { backoffDelay } from '../../async/backoff.ts';
import { withDeadline } from '../../async/deadline.ts';
import type { RedisNode, RedisPlace } from '../../redis-url.ts';
import { newClient, type RedisClient } from './client.ts';
import { createPatience, PATIENCE, RECONNECT } from './command-timeout.ts';
import { away, type RedisConnection } from './connection.ts';
import { AtNode, type Outage } from './errors.ts';
import type { Introduce, Introduction } from './server-identity.ts';

/** A server that is no longer the right one may live on, cut off from the others. */
const WATCH_INTERVAL = 2_000;

export interface LineDeps {
  place: RedisPlace;
  /** The server that is the right one now. */
  locate(): Promise<RedisNode>;
  introduce: Introduce;
  outage: Outage;
  /** Before anybody may use a new connection. */
  prepare?(client: RedisClient): Promise<unknown>;
  /** The connection was lost and is there again, perhaps to another server. */
  onReconnect?(): void;
}

interface Live {
  client: RedisClient;
  node: RedisNode;
  run: Buffer;
}

/** @throws when there is no connection now; later it comes back by itself. */
export async function openLine(deps: LineDeps): Promise<RedisConnection> {
  const { place, locate, introduce, outage, prepare = async () => {}, onReconnect = () => {} } = deps;
  const patience = createPatience();
  const ended = new AbortController();
  let live: Live | null = null;
  let mending = false;

  async function connect(): Promise<void> {
    const node = await locate();
    const client = newClient(place, node);
    client.on('error', (error) => lose(client, error));
    try {
      await client.connect();
      const introduction = await withDeadline(PATIENCE, undefined, () => introduce(client));
      checkFit(place, introduction);
      await withDeadline(PATIENCE, undefined, async () => prepare(client));
      if (!client.isReady || ended.signal.aborted) throw away();
      patience.renew();
      live = { client, node, run: introduction.run };
    } catch (error) {
      client.destroy();
      throw new AtNode(node, error);
    }
  }

  function lose(client: RedisClient, error: unknown) {
    if (live?.client !== client) return;
    outage.began(patience, new AtNode(live.node, error));
    leave(live);
  }

  function leave({ client }: Live) {
    live = null;
    client.destroy();
    void mend();
  }

  async function mend() {
    if (mending) return;
    mending = true;
    for (let retries = 0; !live; retries++) {
      await pause(backoffDelay(RECONNECT, retries), undefined, { signal: ended.signal }).catch(() => {});
      if (ended.signal.aborted) return;
      await connect().catch((error) => {
        if (!ended.signal.aborted) outage.began(patience, error);
      });
    }
    mending = false;
    outage.ended(patience);
    onReconnect();
  }

  async function watch() {
    const right = await locate().catch(() => null);
    if (right && live && (right.host !== live.node.host || right.port !== live.node.port)) leave(live);
  }

  await connect();
  const watching = setInterval(() => void watch(), WATCH_INTERVAL).unref();

  return {
    run: (command) =>
      patience.run(async () => {
        if (!live) throw away();
        const { client, run } = live;
        return command(client, (items) => [{ items, run }]);
      }),
    async close() {
      if (ended.signal.aborted) return;
      ended.abort();
      clearInterval(watching);
      outage.ended(patience);
      const last = live?.client;
      live = null;
      if (last?.isReady) await withDeadline(PATIENCE, undefined, () => last.close()).catch(() => {});
      last?.destroy();
    },
  };
}

/** @throws when all would seem well, but commands fail. */
function checkFit({ kind }: RedisPlace, { mode, role }: Introduction) {
  if (kind === 'sentinel' && role === 'slave') throw new Error('it is not the master yet');
  if (kind === 'server' && (mode === 'cluster' || mode === 'sentinel')) {
    throw new Error(`it runs as ${mode}: write redis-${mode}:// instead of redis://`);
  }
}
