/** The script that saves a slot set in Redis and removes the oldest ones of its query. */
import { type CommandParser, defineScript } from 'redis';
import { RECENT_SLOT_SETS, SEVERAL_FACTS } from '../port.ts';

/**
 * KEYS[1]: a hash of slot sets under "=etag", of their facts under "!etag", and of their order under "order"; ARGV: the set's
 * field, its bytes, most, ttl, its facts, their field, what stands for several facts. Returns the facts before, or nil.
 * One key, so that an eviction can't part the sets from their order. A set that is there already has the same bytes; one
 * without facts is of a gateway that knew of none, and may have been given with any.
 */
const SCRIPT = `
local sets, set, facts, several = KEYS[1], ARGV[1], ARGV[5], ARGV[7]
local order = cjson.decode(redis.call('HGET', sets, 'order') or '[]')
local before = false
if redis.call('HEXISTS', sets, set) == 1 then
  before = redis.call('HGET', sets, ARGV[6]) or several
  if before ~= facts then facts = several end
  for i, known in ipairs(order) do
    if known == set then table.remove(order, i) break end
  end
else
  redis.call('HSET', sets, set, ARGV[2])
end
table.insert(order, set)
while #order > tonumber(ARGV[3]) do
  local oldest = table.remove(order, 1)
  redis.call('HDEL', sets, oldest, '!' .. string.sub(oldest, 2))
end
redis.call('HSET', sets, 'order', cjson.encode(order), ARGV[6], facts)
redis.call('PEXPIRE', sets, ARGV[4])
return before`;

export interface RecentSet {
  field: string;
  bytes: Buffer;
  facts: string;
  factsField: string;
}

export const saveRecent = defineScript({
  SCRIPT,
  parseCommand(parser: CommandParser, key: string, { field, bytes, facts, factsField }: RecentSet) {
    parser.pushKeysLength([key]);
    const { most, ttl } = RECENT_SLOT_SETS;
    parser.push(field, bytes, String(most), String(ttl), facts, factsField, SEVERAL_FACTS);
  },
  transformReply: (before: Buffer | string | null) => (before === null ? null : String(before)),
});
