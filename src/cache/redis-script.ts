/** Replacing in Redis by newer versions only: compared and set where the value is, so writers can't cross. */
import { type CommandParser, defineScript } from 'redis';
import type { VersionedEntry } from './port.ts';

/** Values begin with their version: a double, big-endian. */
const VERSION_BYTES = 8;

/** KEYS: what to write; ARGV: the ttl in milliseconds, then the values, version first. */
const SCRIPT = `
for i, key in ipairs(KEYS) do
  local value = ARGV[i + 1]
  local known = redis.call('GETRANGE', key, 0, ${VERSION_BYTES - 1})
  if #known < ${VERSION_BYTES} or struct.unpack('>d', known) < struct.unpack('>d', value) then
    redis.call('SET', key, value, 'PX', ARGV[1])
  end
end`;

export const replaceIfNewer = defineScript({
  SCRIPT,
  parseCommand(parser: CommandParser, entries: readonly VersionedEntry[], ttl: number) {
    parser.pushKeysLength(entries.map(({ key }) => key));
    // PX takes whole milliseconds above 0.
    parser.push(String(Math.max(1, Math.round(ttl))));
    for (const { version, bytes } of entries) parser.push(pack(version, bytes));
  },
  transformReply: () => undefined,
});

function pack(version: number, bytes: Buffer): Buffer {
  const value = Buffer.allocUnsafe(VERSION_BYTES + bytes.length);
  value.writeDoubleBE(version);
  bytes.copy(value, VERSION_BYTES);
  return value;
}

/** @returns null for what no `replaceIfNewer` wrote. */
export const unpack = (value: Buffer) =>
  value.length < VERSION_BYTES
    ? null
    : { version: value.readDoubleBE(), bytes: value.subarray(VERSION_BYTES) };
