/** The bytes of a message on a WebSocket. */

/** FIN, and the opcode of text. */
const TEXT_OPCODE = 0x81;
/** The largest lengths that fit into the second byte, and into the two bytes after it. */
const SHORT_LENGTH = 125;
const MIDDLE_LENGTH = 0xffff;

/**
 * A text message of a WebSocket as bytes on the wire (RFC 6455 §5.2), so that it costs a single write.
 * @param parts UTF-8, together one message. A server's frames are not masked.
 */
export function textFrame(...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const begin = length <= SHORT_LENGTH ? 2 : length <= MIDDLE_LENGTH ? 4 : 10;
  const frame = Buffer.allocUnsafe(begin + length);
  frame[0] = TEXT_OPCODE;
  if (length <= SHORT_LENGTH) frame[1] = length;
  else if (length <= MIDDLE_LENGTH) {
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
