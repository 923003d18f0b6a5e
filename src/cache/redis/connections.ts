/** The connections that a place calls for: one for commands and one on which bells are heard. */
import type { RedisNode, RedisPlace } from '../../redis-url.ts';
import type { RedisClient } from './client.ts';
import { openCluster } from './cluster.ts';
import type { RedisConnection } from './connection.ts';
import type { Outage } from './errors.ts';
import { findMaster } from './sentinel.ts';
import type { Introduce } from './server-identity.ts';
import { openLine } from './single-node.ts';

export interface Connections {
  entries: RedisConnection;
  bells: RedisConnection;
}

export interface ConnectionsDeps {
  place: RedisPlace;
  introduce: Introduce;
  outage: Outage;
  channel: string;
  hear(message: string): void;
  /** Bells may have been missed, and are heard again. */
  onReconnect(): void;
}

/** @throws when one of them can't be had now. */
export async function connect(deps: ConnectionsDeps): Promise<Connections> {
  const { place, introduce, outage, channel, hear, onReconnect } = deps;
  const parts = { place, introduce, outage };
  const { entries, locate } = await openEntries();
  const prepare = (client: RedisClient) => client.subscribe(channel, hear);
  try {
    return { entries, bells: await openLine({ ...parts, locate, prepare, onReconnect }) };
  } catch (error) {
    await entries.close();
    throw error;
  }

  async function openEntries(): Promise<{ entries: RedisConnection; locate(): Promise<RedisNode> }> {
    switch (place.kind) {
      case 'server': {
        const locate = async () => serverOf(place);
        return { entries: await openLine({ ...parts, locate }), locate };
      }
      case 'sentinel': {
        const locate = () => findMaster(place);
        // What was read of a master that was cut off may be old, though bells came all the time from the right one.
        return { entries: await openLine({ ...parts, locate, onReconnect }), locate };
      }
      case 'cluster': {
        const entries = await openCluster(parts);
        // All gateways' bells meet at one node, so that none needs to cross the cluster's bus.
        return { entries, locate: () => entries.locate(channel) };
      }
    }
  }
}

function serverOf({ nodes }: RedisPlace): RedisNode {
  const [server] = nodes;
  if (!server) throw new Error('no server is named');
  return server;
}
