/**
 * The run of a server, by which old values are recognised. A Redis that starts again may load an old dump, and a replica
 * that becomes the master may lack the last writes: values older than what was published would come back. So every value
 * carries the id of the run that it was written in, and in another run it is a miss, whatever its version. No moment is
 * needed in which old values are removed, and a gateway that starts after Redis did is safe, too.
 */
import { createHash } from 'node:crypto';
import { ErrorReply } from 'redis';
import type { Log } from '../../log.ts';
import type { RedisClient } from './client.ts';

export const RUN_ID_BYTES = 8;

export interface ServerIdentity {
  runId: Buffer;
  /** In Redis' own words: "standalone", "cluster" or "sentinel", and "master" or "slave". Empty when INFO is refused. */
  mode: string;
  role: string;
}

/** Asks a server for its identity, on a connection that ends with the server's run. */
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
      if (!warned) log.warn('Redis refuses INFO: values of an old dump look like new ones');
      warned = true;
      return { runId: digest(''), mode: '', role: '' };
    }
  };
}

const digest = (id: string) => createHash('sha256').update(id).digest().subarray(0, RUN_ID_BYTES);
