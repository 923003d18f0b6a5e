/** A connection to one server at a time. When it is lost, the server is located anew, as another one may be the master then. */
import { setTimeout as pause } from 'node:timers/promises';
import { backoffDelay } from '../../async/backoff.ts';
import { withDeadline } from '../../async/deadline.ts';
import type { RedisNode, RedisTarget } from '../../redis-url.ts';
import { createNodeClient, type RedisClient } from './client.ts';
import { COMMAND_TIMEOUT, createCommandTimeouts, RECONNECT } from './command-timeout.ts';
import { notConnected, type RedisConnection } from './connection.ts';
import { NodeError, type OutageLog } from './errors.ts';
import type { IdentifyServer, ServerIdentity } from './server-identity.ts';

/** How often the master is located though the connection is well: a former master may live on. Milliseconds. */
const LOCATE_INTERVAL = 2_000;

export interface SingleNodeDeps {
  target: RedisTarget;
  /** The server to connect to now. */
  locate(): Promise<RedisNode>;
  identifyServer: IdentifyServer;
  outage: OutageLog;
  /** Is awaited before a new connection is used. */
  prepare?(client: RedisClient): Promise<unknown>;
  /** The connection was lost and is back, perhaps to another server. */
  onReconnect?(): void;
}

interface ActiveConnection {
  client: RedisClient;
  node: RedisNode;
  runId: Buffer;
}

/** @throws when there is no connection now. From then on the connection comes back by itself. */
export async function openSingleNode(deps: SingleNodeDeps): Promise<RedisConnection> {
  const { target, locate, identifyServer, outage, prepare = async () => {}, onReconnect = () => {} } = deps;
  const timeouts = createCommandTimeouts();
  const closing = new AbortController();
  let active: ActiveConnection | null = null;
  let reconnecting = false;

  async function connect(): Promise<void> {
    const node = await locate();
    const client = createNodeClient(target, node);
    client.on('error', (error) => onLost(client, error));
    try {
      await client.connect();
      const identity = await withDeadline(COMMAND_TIMEOUT, undefined, () => identifyServer(client));
      checkRedisMode(target, identity);
      await withDeadline(COMMAND_TIMEOUT, undefined, async () => prepare(client));
      if (!client.isReady || closing.signal.aborted) throw notConnected();
      timeouts.reset();
      active = { client, node, runId: identity.runId };
    } catch (error) {
      client.destroy();
      throw new NodeError(node, error);
    }
  }

  function onLost(client: RedisClient, error: unknown) {
    if (active?.client !== client) return;
    outage.lost(timeouts, new NodeError(active.node, error));
    dropActive(active);
  }

  function dropActive({ client }: ActiveConnection) {
    active = null;
    client.destroy();
    void reconnect();
  }

  async function reconnect() {
    if (reconnecting) return;
    reconnecting = true;
    for (let retries = 0; !active; retries++) {
      await pause(backoffDelay(RECONNECT, retries), undefined, { signal: closing.signal }).catch(() => {});
      if (closing.signal.aborted) return;
      await connect().catch((error) => {
        if (!closing.signal.aborted) outage.lost(timeouts, error);
      });
    }
    reconnecting = false;
    outage.restored(timeouts);
    onReconnect();
  }

  async function checkMaster() {
    const master = await locate().catch(() => null);
    if (master && active && (master.host !== active.node.host || master.port !== active.node.port))
      dropActive(active);
  }

  await connect();
  const timer = setInterval(() => void checkMaster(), LOCATE_INTERVAL).unref();

  return {
    run: (command) =>
      timeouts.run(async () => {
        if (!active) throw notConnected();
        const { client, runId } = active;
        return command(client, (items) => [{ items, runId }]);
      }),
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      clearInterval(timer);
      outage.restored(timeouts);
      const last = active?.client;
      active = null;
      if (last?.isReady) await withDeadline(COMMAND_TIMEOUT, undefined, () => last.close()).catch(() => {});
      last?.destroy();
    },
  };
}

/** @throws when the server can be connected to, but is not the one that REDIS_URL means: commands would fail. */
export function checkRedisMode({ kind }: RedisTarget, { mode, role }: Pick<ServerIdentity, 'mode' | 'role'>) {
  if (kind === 'sentinel' && role === 'slave') throw new Error('it is not the master yet');
  if (kind === 'server' && (mode === 'cluster' || mode === 'sentinel')) {
    throw new Error(`it runs as ${mode}: write redis-${mode}:// instead of redis://`);
  }
}
