/** Images made by hand: a PNG of one colour, and the head of a JPEG. */
import { crc32, deflateSync } from 'node:zlib';

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** @param colour of all pixels. @param padding bytes of a chunk that says nothing */
export function pngImage(
  width: number,
  height: number,
  colour: readonly [number, number, number] = [0, 90, 160],
  padding = 0,
): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits, red, green and blue.
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.alloc(1 + width * 3);
  for (let at = 1; at < row.length; at += 3) row.set(colour, at);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    ...(padding > 0 ? [chunk('tEXt', Buffer.alloc(padding, 0x41))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: Math.min(height, 4_000) }, () => row)))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** All of a JPEG up to its frame, with a comment and a table before it. */
export function jpegHead(width: number, height: number): Buffer {
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 4, 0x68, 0x69, 0xff, 0xff, 0xc4, 0, 3, 0]),
    frame,
    Buffer.from([0xff, 0xd9]),
  ]);
}
