/** The script that replaces values by newer versions only. It compares and sets in Redis, so that writers can't cross. */
import { type CommandParser, defineScript } from 'redis';
import type { Versioned, VersionedEntry } from '../port.ts';
import { HEADER_BYTES, VERSION_BYTES } from './value-header.ts';

/** KEYS: the keys to write; ARGV: the ttl in milliseconds, the run id, then the values. */
const SCRIPT = `
for i, key in ipairs(KEYS) do
  local value = ARGV[i + 2]
  local known = redis.call('GETRANGE', key, 0, ${HEADER_BYTES - 1})
  if #known < ${HEADER_BYTES} or string.sub(known, ${VERSION_BYTES + 1}) ~= ARGV[2]
    or struct.unpack('>d', known) < struct.unpack('>d', value) then
    redis.call('SET', key, value, 'PX', ARGV[1])
  end
end`;

export const replaceIfNewer = defineScript({
  SCRIPT,
  parseCommand(parser: CommandParser, entries: readonly VersionedEntry[], runId: Buffer, ttl: number) {
    parser.pushKeysLength(entries.map(({ key }) => key));
    // PX takes whole milliseconds above 0.
    parser.push(String(Math.max(1, Math.round(ttl))), runId);
    for (const entry of entries) parser.push(pack(entry, runId));
  },
  transformReply: () => undefined,
});

function pack({ version, bytes }: Versioned, runId: Buffer): Buffer {
  const value = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  value.writeDoubleBE(version);
  runId.copy(value, VERSION_BYTES);
  bytes.copy(value, HEADER_BYTES);
  return value;
}

/** @returns null for a value that `replaceIfNewer` didn't write in this run. */
export function unpack(value: Buffer, runId: Buffer): Versioned | null {
  if (value.length < HEADER_BYTES || !value.subarray(VERSION_BYTES, HEADER_BYTES).equals(runId)) return null;
  return { version: value.readDoubleBE(), bytes: value.subarray(HEADER_BYTES) };
}
