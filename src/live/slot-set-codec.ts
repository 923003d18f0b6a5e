/** Slots as bytes, for viewers that come back to another gateway: columns, then teams, deflated. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SlotList } from '../offers/slot-list.ts';

/** Begins each value; another one whenever its form or PublicHost's changes. */
const FORMAT = 1;

export function encodeSlotSet({ starts, length, seats, teamOf, teams }: SlotList): Buffer {
  const head = Buffer.from(JSON.stringify({ length, count: starts.length, teams }));
  const size = Buffer.alloc(5);
  size[0] = FORMAT;
  size.writeUInt32LE(head.length, 1);
  const columns = [starts, seats, teamOf].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return deflateRawSync(Buffer.concat([size, head, ...columns]), { level: 1 });
}

/** Null for what another version wrote, or nobody of ours. */
export function decodeSlotSet(bytes: Buffer): SlotList | null {
  try {
    const raw = inflateRawSync(bytes, { maxOutputLength: 16 * 1024 * 1024 });
    if (raw[0] !== FORMAT) return null;
    const columns = 5 + raw.readUInt32LE(1);
    const { length, count, teams } = JSON.parse(raw.subarray(5, columns).toString());
    if (raw.length !== columns + 16 * count) return null;
    // Copies: a column must begin where its numbers may.
    const column = (from: number, to: number) =>
      new Uint8Array(raw.subarray(columns + from, columns + to)).buffer;
    return {
      length,
      teams,
      starts: new Float64Array(column(0, 8 * count)),
      seats: new Uint32Array(column(8 * count, 12 * count)),
      teamOf: new Uint32Array(column(12 * count, 16 * count)),
    };
  } catch {
    return null;
  }
}
