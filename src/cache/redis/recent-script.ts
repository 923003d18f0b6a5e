/** The script that saves a slot set in Redis and removes the oldest ones of its query. */
import { type CommandParser, defineScript } from 'redis';
import { RECENT_SLOT_SETS } from '../port.ts';

/**
 * KEYS[1]: a hash of slot sets, and of their order under "order"; ARGV: the set's field, its bytes, most, ttl.
 * One key, so that an eviction can't part the sets from their order. A set that is there already has the same bytes.
 */
const SCRIPT = `
local sets, set = KEYS[1], ARGV[1]
local order = cjson.decode(redis.call('HGET', sets, 'order') or '[]')
if redis.call('HEXISTS', sets, set) == 1 then
  for i, known in ipairs(order) do
    if known == set then table.remove(order, i) break end
  end
else
  redis.call('HSET', sets, set, ARGV[2])
end
table.insert(order, set)
while #order > tonumber(ARGV[3]) do redis.call('HDEL', sets, table.remove(order, 1)) end
redis.call('HSET', sets, 'order', cjson.encode(order))
redis.call('PEXPIRE', sets, ARGV[4])`;

export const saveRecent = defineScript({
  SCRIPT,
  parseCommand(parser: CommandParser, key: string, field: string, bytes: Buffer) {
    parser.pushKeysLength([key]);
    parser.push(field, bytes, String(RECENT_SLOT_SETS.most), String(RECENT_SLOT_SETS.ttl));
  },
  transformReply: () => undefined,
});
