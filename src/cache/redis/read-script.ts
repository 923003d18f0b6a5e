/** The script by which values are read: the version first, and the value only for a reader who has none as new. */
import { type CommandParser, defineScript } from 'redis';
import { RUN_ID_BYTES } from './server-identity.ts';
import { HEADER_BYTES, VERSION_BYTES } from './value-header.ts';

/** A key, and the version that its reader has; undefined: none. */
export interface KeyToRead {
  key: string;
  known: number | undefined;
}

/** What came for the keys, in their order: bytes with their header, `known` for what is no newer, null for what isn't there. */
export interface NewerValues {
  /** The question that this is the answer to. */
  answered: string;
  values: (Buffer | 'known' | null)[];
}

/**
 * KEYS: the keys to read; ARGV: the question, the run id, then per key the version that the reader has, as in a header, or
 * nothing. Returns the question, then per key its value, 1 for one that is no newer, false for none of this run.
 */
const SCRIPT = `
local found = {ARGV[1]}
for i, key in ipairs(KEYS) do
  local known = ARGV[i + 2]
  local header = known == '' and '' or redis.call('GETRANGE', key, 0, ${HEADER_BYTES - 1})
  if known == '' then
    found[i + 1] = redis.call('GET', key)
  elseif #header < ${HEADER_BYTES} or string.sub(header, ${VERSION_BYTES + 1}) ~= ARGV[2] then
    found[i + 1] = false
  elseif struct.unpack('>d', header) <= struct.unpack('>d', known) then
    found[i + 1] = 1
  else
    found[i + 1] = redis.call('GET', key)
  end
end
return found`;

export const readNewer = defineScript({
  SCRIPT,
  parseCommand(parser: CommandParser, items: readonly KeyToRead[], runId: Buffer, question: string) {
    parser.pushKeysLength(items.map(({ key }) => key));
    parser.push(question, runId.subarray(0, RUN_ID_BYTES));
    for (const { known } of items) parser.push(known === undefined ? '' : packVersion(known));
  },
  transformReply(reply: unknown): NewerValues {
    const [answered, ...values]: unknown[] = Array.isArray(reply) ? reply : [];
    return {
      answered: Buffer.isBuffer(answered) ? answered.toString() : '',
      values: values.map((value) => (Buffer.isBuffer(value) ? value : value === 1 ? 'known' : null)),
    };
  },
});

function packVersion(version: number): Buffer {
  const bytes = Buffer.allocUnsafe(VERSION_BYTES);
  bytes.writeDoubleBE(version);
  return bytes;
}
