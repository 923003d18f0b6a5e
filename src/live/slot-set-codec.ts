/** Slots as bytes, for clients that resume at another gateway: a header with the teams, then the columns, deflated. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SlotList } from '../offers/slot-list.ts';

/** The first byte of each value. It changes with the form of the value, and of PublicHost. */
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

/** @returns null for bytes of another version of the code, and for foreign ones. */
export function decodeSlotSet(bytes: Buffer): SlotList | null {
  try {
    const raw = inflateRawSync(bytes, { maxOutputLength: 16 * 1024 * 1024 });
    if (raw[0] !== FORMAT) return null;
    const columns = 5 + raw.readUInt32LE(1);
    const { length, count, teams } = JSON.parse(raw.subarray(5, columns).toString());
    if (raw.length !== columns + 16 * count) return null;
    // Copied, as typed arrays need aligned memory.
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
