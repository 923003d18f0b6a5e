/**
 * Logos, by their bytes: what is stored and served is a PNG or a JPEG of bounded size, whatever its sender calls it. No SVG, which can hold
 * scripts and point elsewhere; no WebP, which mail programs don't show.
 */
import { createHash } from 'node:crypto';

export type LogoType = 'png' | 'jpeg';

export interface Logo {
  type: LogoType;
  bytes: Buffer;
  /** Names the bytes. */
  hash: string;
  /** Pixels. */
  width: number;
  height: number;
}

/** Bytes: as base64 it fits into a request with all else of a host. */
export const LOGO_MAX = 150 * 1024;
/** Pixels of a side. What is drawn takes four bytes a pixel, however few a file may have for them. */
const SIDE_MAX = 2_000;
const SIDE_MIN = 16;

const LIMITS = `takes a PNG or JPEG image of at most ${LOGO_MAX / 1024} KB and of ${SIDE_MIN} to ${SIDE_MAX} pixels a side, in base64 or as a data: URL`;

/** @param text base64, alone or as a data: URL, whose type is not relied on. @returns the logo, or why it is none */
export function readLogo(text: string): Logo | { fault: string } {
  const base64 = /^(?:data:image\/[a-z+.-]{1,20};base64,)?([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (!base64 || base64.length > Math.ceil(LOGO_MAX / 3) * 4) return { fault: LIMITS };
  const bytes = Buffer.from(base64, 'base64');
  const found = bytes.length > LOGO_MAX ? null : (pngSize(bytes) ?? jpegSize(bytes));
  if (!found) return { fault: LIMITS };
  const { type, width, height } = found;
  if ([width, height].some((side) => side < SIDE_MIN || side > SIDE_MAX)) {
    return { fault: `${LIMITS}; this one has ${width} × ${height}` };
  }
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { type, bytes, hash, width, height };
}

/** The address of a logo at the gateway: what is in it never changes. */
export const logoPath = ({ hash, type }: Pick<Logo, 'hash' | 'type'>): string => `/logos/${hash}.${type}`;

type Size = Pick<Logo, 'type' | 'width' | 'height'>;

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Signature and first chunk: length, name, 13 bytes, checksum. */
const PNG_HEAD = 33;

/** PNG (RFC 2083): the first chunk has the size. @returns null for all else */
function pngSize(bytes: Buffer): Size | null {
  if (bytes.length < PNG_HEAD || !bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return null;
  if (bytes.readUInt32BE(8) !== 13 || bytes.toString('latin1', 12, 16) !== 'IHDR') return null;
  if (!bytes.includes('IEND', PNG_HEAD, 'latin1')) return null;
  return { type: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Segments without a length. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
/** Start of a frame (SOF): the segment with the size. C4, C8 and CC are others of that range. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** JPEG (ISO 10918-1, annex B): segments up to the frame's. @returns null for all else */
function jpegSize(bytes: Buffer): Size | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else if (isBare(marker)) at += 2;
    else if (isFrame(marker)) {
      return { type: 'jpeg', height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    } else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return null;
}
