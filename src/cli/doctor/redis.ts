/** Redis: whether it answers, is what REDIS_URL says, and has room. Nothing in it must stay, so any eviction policy will do. */
import { type InspectedRedis, inspectRedis } from '../../cache/redis/inspect.ts';
import type { ExaminedConfig } from '../../config.ts';
import { isWrong } from './configuration.ts';
import { type Finding, findingsOf } from './finding.ts';

const { ok, warning, failed, skipped } = findingsOf('Redis');

/** A server that evicts nothing and is fuller than this soon refuses writes. */
const FULL_SHARE = 0.9;

/** @throws StartError when Redis can't be reached */
export async function diagnoseRedis(
  { config, faults }: ExaminedConfig,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (isWrong(faults, 'REDIS_URL')) return [skipped('REDIS_URL is not right')];
  if (config.REDIS_URL === undefined) {
    return [
      ok('not used: cache and limits are in the process, which must be the only one (REDIS_URL is for more)'),
    ];
  }
  const servers = await inspectRedis(config.REDIS_URL, signal);
  return servers.flatMap(diagnoseServer);
}

function diagnoseServer({ address, info }: InspectedRedis): Finding[] {
  if (info === null) {
    return [
      warning(
        `Redis at ${address} answers, and refuses INFO: values of an old dump would look like new ones`,
        'Grant its user INFO, or turn persistence off.',
      ),
    ];
  }
  const { product, role, maxMemory, usedMemory, evictionPolicy } = info;
  const server = `${product} at ${address}`;
  if (role === 'slave') {
    const advice = 'Let REDIS_URL name the master, or the Sentinels.';
    return [failed(`${server} is a replica, which takes no writes`, advice)];
  }
  const memory =
    maxMemory === 0 ? 'no limit of memory' : `${percent(usedMemory, maxMemory)} % of its memory is used`;
  const finding = `${server} answers; ${memory}, policy ${evictionPolicy || 'unknown'}`;
  if (maxMemory > 0 && evictionPolicy === 'noeviction' && usedMemory > maxMemory * FULL_SHARE) {
    return [
      warning(
        `${finding}: when it is full it refuses writes, and answers come from PostgreSQL`,
        'Raise maxmemory, or set maxmemory-policy to allkeys-lru: Slotwire keeps nothing there that must stay.',
      ),
    ];
  }
  return [ok(finding)];
}

const percent = (part: number, whole: number) => Math.round((part / whole) * 100);
