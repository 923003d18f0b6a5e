/**
 * Values with their own key in front, checked when they are read. A connection that mixes up its answers (one that belongs to
 * another command) would otherwise give a reader another calendar's time, and the reader would keep it: values are compared
 * by version, and another key's version may be higher than all that are to come.
 *
 *     offset  bytes  what
 *          0      1  format, FORMAT
 *          1      2  length of the key, big-endian
 *          3         the key, UTF-8, then the value
 *
 * Versions of the code without this header begin a value with another byte, so they and this one miss each other's values.
 */
import { createHash } from 'node:crypto';
import { type RecentSlotSets, SEVERAL_FACTS } from './port.ts';

/** Differs from the first byte of every value without this header. */
const FORMAT = 0xf1;
const HEADER = 3;

/** @param key up to 65,535 bytes of UTF-8. @throws RangeError for a longer one. */
export function withOwnKey(key: string, bytes: Buffer): Buffer {
  const length = Buffer.byteLength(key);
  const value = Buffer.allocUnsafe(HEADER + length + bytes.length);
  value[0] = FORMAT;
  value.writeUInt16BE(length, 1);
  value.write(key, HEADER);
  bytes.copy(value, HEADER + length);
  return value;
}

/** A value as read from a cache; `mixed up` is another key's. */
export type OwnValue = { bytes: Buffer } | 'other format' | 'mixed up';

/** The value that `withOwnKey` wrote for this key. The bytes are not copied. */
export function readOwnValue(key: string, value: Buffer): OwnValue {
  if (value.length < HEADER || value[0] !== FORMAT) return 'other format';
  const start = HEADER + value.readUInt16BE(1);
  if (value.length < start) return 'other format';
  return value.toString('utf8', HEADER, start) === key ? { bytes: value.subarray(start) } : 'mixed up';
}

/** Slot sets and their facts with their query and etag in front: a set of another query counts as lost, its facts as any. */
export function keyedSlotSets(recent: RecentSlotSets): RecentSlotSets {
  return {
    async save(queryKey, etag, bytes, facts) {
      const key = slotSetKey(queryKey, etag);
      const before = await recent.save(queryKey, etag, withOwnKey(key, bytes), `${key} ${facts}`);
      if (before === null) return null;
      return before.startsWith(`${key} `) ? before.slice(key.length + 1) : SEVERAL_FACTS;
    },
    async find(queryKey, etag) {
      const value = await recent.find(queryKey, etag);
      const own = value && readOwnValue(slotSetKey(queryKey, etag), value);
      return own && typeof own === 'object' ? own.bytes : null;
    },
  };
}

/** Queries may be long. */
const slotSetKey = (queryKey: string, etag: string) =>
  createHash('sha256')
    .update(JSON.stringify([queryKey, etag]))
    .digest('base64url');
