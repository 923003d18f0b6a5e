/** What a socket's end means (RFC 6455 §7.4, graphql-transport-ws, and the gateway's own 4413). */
import { type Fault, NETWORK } from './operation.ts';

/**
 * Close codes that a retry would meet again: 1009 a message that is too big, 4400 a malformed one, 4401 and 4429 a handshake
 * out of order, 4409 an operation's id used twice. All others are transient: 1001, 1012 and 1013 say that a gateway shuts
 * down, 1006 that the connection broke, 4413 that this client was too slow, 4406 that a proxy dropped the subprotocol.
 */
const PROTOCOL_ERRORS = new Set([1009, 4400, 4401, 4409, 4429]);
const FORBIDDEN = 4403;

/** @param cause The close event, or the error that came instead of one. */
export function faultFromClose(cause: unknown): Fault {
  const { code, reason } = readClose(cause);
  const message = reason || 'The connection ended.';
  if (code === FORBIDDEN) return { code: 'FORBIDDEN', message };
  return { code: PROTOCOL_ERRORS.has(code) ? 'PROTOCOL' : NETWORK, message };
}

function readClose(cause: unknown): { code: number; reason: string } {
  const { code, reason, message } = (cause ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  const text = typeof reason === 'string' ? reason : message;
  return {
    code: typeof code === 'number' ? code : 0,
    reason: typeof text === 'string' ? text : '',
  };
}
