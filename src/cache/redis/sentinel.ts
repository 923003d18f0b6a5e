/**
 * Who is the master, as the Sentinels have it. node-redis has a client for this, but it lets every command wait while it
 * looks for a Sentinel, also when the master is well; here they are asked only when the connection was lost, and now and then.
 */
import { ErrorReply } from 'redis';
import { withDeadline } from '../../async/deadline.ts';
import type { RedisNode, RedisPlace } from '../../redis-url.ts';
import { newSentinelClient } from './client.ts';
import { PATIENCE } from './command-timeout.ts';
import { AtNode } from './errors.ts';

interface Opinion {
  node: RedisNode;
  /** Grows with each failover. */
  epoch: number;
}

/** @throws when no Sentinel tells, within about a second. */
export async function findMaster(place: RedisPlace): Promise<RedisNode> {
  const asked = await Promise.allSettled(place.nodes.map((sentinel) => ask(place, sentinel)));
  const opinions = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  // A Sentinel that was cut off during the last failover still names the master before it.
  const [newest] = opinions.sort((a, b) => b.epoch - a.epoch);
  if (newest) return newest.node;
  throw asked.find((answer) => answer.status === 'rejected')?.reason;
}

async function ask(place: RedisPlace, sentinel: RedisNode): Promise<Opinion> {
  const client = newSentinelClient(place, sentinel);
  client.on('error', () => {});
  try {
    return await withDeadline(PATIENCE, undefined, async () => {
      await client.connect();
      return opinionOf(await client.sendCommand(['SENTINEL', 'MASTER', place.master]));
    });
  } catch (error) {
    throw new AtNode(sentinel, error instanceof ErrorReply ? refusal(place, error) : error);
  } finally {
    client.destroy();
  }
}

function opinionOf(answer: unknown): Opinion {
  const told = new Map<string, unknown>(Object.entries(answer ?? {}));
  return {
    node: { host: String(told.get('ip')), port: Number(told.get('port')) },
    epoch: Number(told.get('config-epoch')),
  };
}

/** Advice for servers would mislead: Sentinels have credentials of their own. */
function refusal({ master }: RedisPlace, error: ErrorReply): Error {
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
