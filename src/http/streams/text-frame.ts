/** A text message of a WebSocket as it goes over the wire (RFC 6455 §5.2), in one piece: one write is all that it costs. */

/** FIN and the opcode of text. */
const TEXT = 0x81;
/** What the length may be to stand in the second byte, and in the two after it. */
const SHORT = 125;
const MIDDLE = 0xffff;

/** @param parts UTF-8, one message together. A server's frames are not masked. */
export function textFrame(...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const begin = length <= SHORT ? 2 : length <= MIDDLE ? 4 : 10;
  const frame = Buffer.allocUnsafe(begin + length);
  frame[0] = TEXT;
  if (length <= SHORT) frame[1] = length;
  else if (length <= MIDDLE) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  let at = begin;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}
