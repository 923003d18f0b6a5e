/**
 * A calendar's busy time as bytes, as the cache has it under `busy:…`. Little-endian, and no object per period.
 *
 *     offset  bytes  what
 *          0      1  format, 2
 *          1      1  basis, an index into BASES
 *          2      1  trouble, an index into TROUBLES
 *          3      1  unit of the bounds, an index into UNITS
 *          4      8  provenAsOf, a double; NaN: null
 *         12      8  coveredFrom, likewise
 *         20      8  coveredTo, likewise
 *         28      4  number of periods
 *         32      8  origin: the first start, a double
 *         40      8  provenPull, likewise; NaN: null
 *         48         periods in their order, each two varints (7 bits a byte, lowest first, high bit: more follow):
 *                      units from the end before (the first: from the origin) to its start
 *                      units from its start to its end × 4 + kind
 *
 * The unit is the largest in which every bound is whole, so most periods take three or four bytes. Lists that this can't
 * hold (bounds that go back or aren't whole milliseconds, a kind above 3) have unit 0: per period two doubles and a kind.
 */

import type { BusyList } from '../../availability/period.ts';
import type { Basis, CalendarBusy, Trouble } from '../../calendars/source.ts';
import { MINUTE, SECOND } from '../../time/clock.ts';

const FORMAT = 2;
const HEADER = 48;
/** Two doubles and a kind. */
const PLAIN_PERIOD = 17;
/** The most that two varints below 2^53 take. */
const PACKED_PERIOD = 16;
const KINDS = 4;

const BASES: readonly Basis[] = ['NEVER', 'POLL', 'NOTIFICATION', 'STRICT', 'NATIVE'];
const TROUBLES: readonly (Trouble | null)[] = [null, 'auth-revoked', 'unreachable', 'partial', 'approximate'];
/** In milliseconds; 0: bounds as they are. */
const UNITS = [0, 1, SECOND, MINUTE] as const;

export function encodeBusy(value: CalendarBusy): Buffer {
  const { bounds, kinds } = value.busy;
  const unit = unitOf(value.busy);
  const bytes = Buffer.allocUnsafe(HEADER + kinds.length * (unit === 0 ? PLAIN_PERIOD : PACKED_PERIOD));
  bytes[0] = FORMAT;
  bytes[1] = BASES.indexOf(value.basis);
  bytes[2] = TROUBLES.indexOf(value.trouble);
  bytes[3] = UNITS.indexOf(unit);
  bytes.writeDoubleLE(value.provenAsOf ?? Number.NaN, 4);
  bytes.writeDoubleLE(value.coveredFrom ?? Number.NaN, 12);
  bytes.writeDoubleLE(value.coveredTo ?? Number.NaN, 20);
  bytes.writeUInt32LE(kinds.length, 28);
  bytes.writeDoubleLE(bounds[0] ?? 0, 32);
  bytes.writeDoubleLE(value.provenPull ?? Number.NaN, 40);
  const end = unit === 0 ? writePlain(bytes, value.busy) : writePacked(bytes, value.busy, unit);
  return Buffer.from(bytes.subarray(0, end));
}

/** @returns null for bytes of another format and for damaged bytes: the store has the value then. */
export function decodeBusy(bytes: Buffer): CalendarBusy | null {
  if (!isBusyValue(bytes)) return null;
  const basis = BASES[bytes.readUInt8(1)];
  const trouble = TROUBLES[bytes.readUInt8(2)];
  const unit = UNITS[bytes.readUInt8(3)];
  if (basis === undefined || trouble === undefined || unit === undefined) return null;
  const busy = unit === 0 ? readPlain(bytes) : readPacked(bytes, unit);
  if (!busy) return null;
  return {
    provenAsOf: numberAt(bytes, 4),
    provenPull: numberAt(bytes, 40),
    basis,
    coveredFrom: numberAt(bytes, 12),
    coveredTo: numberAt(bytes, 20),
    trouble,
    busy,
  };
}

/** Whether the bytes have the format that this version of the code writes, by their first byte alone. */
export const isBusyValue = (bytes: Buffer): boolean => bytes.length >= HEADER && bytes[0] === FORMAT;

function numberAt(bytes: Buffer, offset: number): number | null {
  const number = bytes.readDoubleLE(offset);
  return Number.isNaN(number) ? null : number;
}

/** The largest unit in which the list can be packed. */
function unitOf({ bounds, kinds }: BusyList): (typeof UNITS)[number] {
  let index = UNITS.length - 1;
  let last = bounds[0] ?? 0;
  for (const bound of bounds) {
    // The factor leaves room for the kind below 2^53.
    if (!Number.isSafeInteger(bound * KINDS) || bound < last || (bound - last) * KINDS > LARGEST) return 0;
    while ((bound - last) % (UNITS[index] ?? 1) !== 0) index--;
    last = bound;
  }
  for (const kind of kinds) if (kind >= KINDS) return 0;
  return UNITS[index] ?? 0;
}

const LARGEST = Number.MAX_SAFE_INTEGER - KINDS;

function writePlain(bytes: Buffer, { bounds, kinds }: BusyList): number {
  let at = HEADER;
  for (const bound of bounds) at = bytes.writeDoubleLE(bound, at);
  bytes.set(kinds, at);
  return at + kinds.length;
}

function readPlain(bytes: Buffer): BusyList | null {
  const count = bytes.readUInt32LE(28);
  if (bytes.length !== HEADER + count * PLAIN_PERIOD) return null;
  const bounds = new Float64Array(count * 2);
  for (let i = 0; i < bounds.length; i++) bounds[i] = bytes.readDoubleLE(HEADER + i * 8);
  return { bounds, kinds: Uint8Array.from(bytes.subarray(HEADER + count * 16)) };
}

function writePacked(bytes: Buffer, { bounds, kinds }: BusyList, unit: number): number {
  let at = HEADER;
  let last = bounds[0] ?? 0;
  for (let i = 0; i < kinds.length; i++) {
    const start = bounds[2 * i] ?? 0;
    const end = bounds[2 * i + 1] ?? 0;
    at = writeVarint(bytes, at, (start - last) / unit);
    at = writeVarint(bytes, at, ((end - start) / unit) * KINDS + (kinds[i] ?? 0));
    last = end;
  }
  return at;
}

/** By division: shifts end at 32 bits. */
function writeVarint(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}

function readPacked(bytes: Buffer, unit: number): BusyList | null {
  const count = bytes.readUInt32LE(28);
  // Two bytes a period at least: damaged bytes must not ask for gigabytes.
  if (count * 2 > bytes.length - HEADER) return null;
  const bounds = new Float64Array(count * 2);
  const kinds = new Uint8Array(count);
  let at = HEADER;
  let last = bytes.readDoubleLE(32);
  for (let i = 0; i < bounds.length; i++) {
    let byte = bytes[at++] ?? 0;
    let value = byte & 0x7f;
    // Almost every number has two bytes at most: they are read as small integers.
    if (byte >= 0x80) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 0x7f) << 7;
    }
    for (let scale = 0x4000; byte >= 0x80; scale *= 0x80) {
      byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
    }
    if (i & 1) {
      const kind = value % KINDS;
      kinds[i >> 1] = kind;
      value = (value - kind) / KINDS;
    }
    last += value * unit;
    bounds[i] = last;
  }
  return at === bytes.length ? { bounds, kinds } : null;
}
