/** The two connections to Redis: one for commands, one for invalidations. */
import type { RedisNode, RedisTarget } from '../../redis-url.ts';
import type { RedisClient } from './client.ts';
import { openCluster } from './cluster.ts';
import type { RedisConnection } from './connection.ts';
import type { OutageLog } from './errors.ts';
import { findMaster } from './sentinel.ts';
import type { IdentifyServer } from './server-identity.ts';
import { openSingleNode } from './single-node.ts';

export interface Connections {
  commands: RedisConnection;
  pubSub: RedisConnection;
}

export interface ConnectionsDeps {
  target: RedisTarget;
  identifyServer: IdentifyServer;
  outage: OutageLog;
  channel: string;
  onMessage(message: string): void;
  /** Invalidations may have been missed, and arrive again. */
  onReconnect(): void;
}

/** @throws when one of them can't be opened now. */
export async function openConnections(deps: ConnectionsDeps): Promise<Connections> {
  const { target, identifyServer, outage, channel, onMessage, onReconnect } = deps;
  const shared = { target, identifyServer, outage };
  const { commands, locate } = await openEntries();
  const prepare = (client: RedisClient) => client.subscribe(channel, onMessage);
  try {
    return { commands, pubSub: await openSingleNode({ ...shared, locate, prepare, onReconnect }) };
  } catch (error) {
    await commands.close();
    throw error;
  }

  async function openEntries(): Promise<{ commands: RedisConnection; locate(): Promise<RedisNode> }> {
    switch (target.kind) {
      case 'server': {
        const locate = async () => onlyServer(target);
        return { commands: await openSingleNode({ ...shared, locate }), locate };
      }
      case 'sentinel': {
        const locate = () => findMaster(target);
        // Values from a master that was cut off may be old, although invalidations came from the right one all the time.
        return { commands: await openSingleNode({ ...shared, locate, onReconnect }), locate };
      }
      case 'cluster': {
        const commands = await openCluster(shared);
        // All gateways publish at one node, so that no invalidation has to cross the cluster's bus.
        return { commands, locate: () => commands.locate(channel) };
      }
    }
  }
}

function onlyServer({ nodes }: RedisTarget): RedisNode {
  const [server] = nodes;
  if (!server) throw new Error('no server is named');
  return server;
}
