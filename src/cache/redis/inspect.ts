/** What a Redis says of itself, asked once by a command that runs beside gateways: it reads INFO and changes nothing. */
import { ErrorReply } from 'redis';
import type { RedisNode, RedisTarget } from '../../redis-url.ts';
import { createClusterClient, createNodeClient } from './client.ts';
import { NodeError, readRedisUrl, unreachableError } from './errors.ts';
import { findMaster } from './sentinel.ts';
import { checkRedisMode } from './single-node.ts';

export interface InspectedRedis {
  /** host:port */
  address: string;
  /** Null when the user may not ask for INFO; the rest is unknown then. */
  info: {
    /** As `Redis 7.2.4` or `Valkey 8.0.1`. */
    product: string;
    /** `slave` for a replica, which takes no writes. */
    role: string;
    /** Bytes; 0: no limit. */
    maxMemory: number;
    usedMemory: number;
    /** What is dropped when memory is full, in Redis' own words; `noeviction`: nothing, and writes are refused. */
    evictionPolicy: string;
  } | null;
}

/**
 * @param signal ends the connections
 * @returns the server, the Sentinels' master, or the masters of the cluster
 * @throws StartError when it can't be reached, or is not what REDIS_URL says
 */
export async function inspectRedis(url: string, signal: AbortSignal): Promise<InspectedRedis[]> {
  const target = readRedisUrl(url);
  try {
    return target.kind === 'cluster'
      ? await inspectCluster(target, signal)
      : [await inspectNode(target, signal)];
  } catch (error) {
    throw unreachableError(target, error);
  }
}

async function inspectNode(target: RedisTarget, signal: AbortSignal): Promise<InspectedRedis> {
  const [first] = target.nodes;
  const node = target.kind === 'sentinel' ? await findMaster(target) : first;
  if (!node) throw new Error('no server is named');
  const client = createNodeClient(target, node);
  const destroy = () => client.destroy();
  client.on('error', () => {});
  signal.addEventListener('abort', destroy, { once: true });
  try {
    await client.connect();
    const text = await infoOf(client);
    if (text !== null) {
      checkRedisMode(target, { mode: infoValue(text, 'redis_mode'), role: infoValue(text, 'role') });
    }
    return { address: addressOf(node), info: text === null ? null : parseInfo(text) };
  } catch (error) {
    throw new NodeError(node, error);
  } finally {
    signal.removeEventListener('abort', destroy);
    client.destroy();
  }
}

async function inspectCluster(target: RedisTarget, signal: AbortSignal): Promise<InspectedRedis[]> {
  const cluster = createClusterClient(target, target.nodes, () => false);
  let reason: unknown;
  const destroy = () => cluster.destroy();
  cluster.on('error', (error: unknown) => {
    reason ??= error;
  });
  cluster.on('node-error', (error: unknown, node: RedisNode) => {
    reason ??= new NodeError(node, error);
  });
  signal.addEventListener('abort', destroy, { once: true });
  try {
    await cluster.connect();
    return await Promise.all(
      cluster.masters.map(async (node) => {
        const client = cluster.nodeByAddress.get(addressOf(node))?.client;
        if (!client) throw new Error('a master of the cluster is away');
        const text = await infoOf(client);
        return { address: addressOf(node), info: text === null ? null : parseInfo(text) };
      }),
    );
  } catch (error) {
    throw reason ?? error;
  } finally {
    signal.removeEventListener('abort', destroy);
    cluster.destroy();
  }
}

const addressOf = ({ host, port }: RedisNode) => `${host}:${port}`;

async function infoOf(client: { info(): Promise<unknown> }): Promise<string | null> {
  try {
    return String(await client.info());
  } catch (error) {
    if (error instanceof ErrorReply) return null;
    throw error;
  }
}

const infoValue = (text: string, name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1] ?? '';

function parseInfo(text: string): NonNullable<InspectedRedis['info']> {
  const valkey = infoValue(text, 'valkey_version');
  return {
    product: valkey ? `Valkey ${valkey}` : `Redis ${infoValue(text, 'redis_version')}`,
    role: infoValue(text, 'role'),
    maxMemory: Number(infoValue(text, 'maxmemory')),
    usedMemory: Number(infoValue(text, 'used_memory')),
    evictionPolicy: infoValue(text, 'maxmemory_policy'),
  };
}
