/**
 * Which run of which server a value was written in. A Redis that starts again may load an old dump, and a replica that
 * becomes the master may lack what its master was told last: versions that were published would come back older. So
 * every value carries the run it was written in, and in another run it is a miss, whatever its version. That needs no
 * moment in which old values are removed, and holds for gateways that start after Redis did.
 */
import { createHash } from 'node:crypto';
import { ErrorReply } from 'redis';
import type { Log } from '../../log.ts';
import type { RedisClient } from './client.ts';

export const RUN_ID_BYTES = 8;

export interface ServerIdentity {
  runId: Buffer;
  /** As Redis says them: "standalone", "cluster" or "sentinel", and "master" or "slave". Empty when it doesn't tell. */
  mode: string;
  role: string;
}

/** Asks a server who it is, on a connection that ends with it. */
export type IdentifyServer = (client: Pick<RedisClient, 'info'>) => Promise<ServerIdentity>;

export function createIdentifyServer(log: Log): IdentifyServer {
  let warned = false;
  return async (client) => {
    try {
      const info = String(await client.info());
      const value = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? '';
      return { runId: digest(value('run_id')), mode: value('redis_mode'), role: value('role') };
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      if (!warned) log.warn("Redis refuses INFO: values of an old dump can't be told from new ones");
      warned = true;
      return { runId: digest(''), mode: '', role: '' };
    }
  };
}

const digest = (id: string) => createHash('sha256').update(id).digest().subarray(0, RUN_ID_BYTES);
