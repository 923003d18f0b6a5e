/**
 * Asks the Sentinels for the master. node-redis has a client for this, but it makes every command wait while it looks for a
 * Sentinel, even when the master is well. The gateway asks only when the connection was lost, and every two seconds.
 */
import { ErrorReply } from 'redis';
import { withDeadline } from '../../async/deadline.ts';
import type { RedisNode, RedisTarget } from '../../redis-url.ts';
import { createSentinelClient } from './client.ts';
import { COMMAND_TIMEOUT } from './command-timeout.ts';
import { NodeError } from './errors.ts';

interface MasterReport {
  node: RedisNode;
  /** Grows with each failover. */
  epoch: number;
}

/** @throws when no Sentinel answers within about a second. */
export async function findMaster(target: RedisTarget): Promise<RedisNode> {
  const answers = await Promise.allSettled(target.nodes.map((sentinel) => askSentinel(target, sentinel)));
  const reports = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  // A Sentinel that was cut off during the last failover still names the master before it.
  const [newest] = reports.sort((a, b) => b.epoch - a.epoch);
  if (newest) return newest.node;
  throw answers.find((answer) => answer.status === 'rejected')?.reason;
}

async function askSentinel(target: RedisTarget, sentinel: RedisNode): Promise<MasterReport> {
  const client = createSentinelClient(target, sentinel);
  client.on('error', () => {});
  try {
    return await withDeadline(COMMAND_TIMEOUT, undefined, async () => {
      await client.connect();
      return parseReport(await client.sendCommand(['SENTINEL', 'MASTER', target.master]));
    });
  } catch (error) {
    throw new NodeError(sentinel, error instanceof ErrorReply ? refusalError(target, error) : error);
  } finally {
    client.destroy();
  }
}

function parseReport(answer: unknown): MasterReport {
  const fields = new Map<string, unknown>(Object.entries(answer ?? {}));
  return {
    node: { host: String(fields.get('ip')), port: Number(fields.get('port')) },
    epoch: Number(fields.get('config-epoch')),
  };
}

/** Advice of its own: that for servers would mislead, as Sentinels have credentials of their own. */
function refusalError({ master }: RedisTarget, error: ErrorReply): Error {
  if (/no such master/i.test(error.message)) {
    return new Error(`the Sentinels watch no master named ${JSON.stringify(master)}`);
  }
  if (/unknown command/i.test(error.message)) return new Error('no Sentinel answers there');
  const [code = ''] = error.message.split(' ', 1);
  return new Error(ADVICE.get(code) ?? `a Sentinel refused with ${code}`);
}

const ADVICE = new Map([
  ['NOAUTH', 'the Sentinels want a password: end REDIS_URL with ?sentinel-password=…'],
  ['WRONGPASS', 'the Sentinels refuse sentinel-user or sentinel-password of REDIS_URL'],
]);
