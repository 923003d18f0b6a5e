/** Which messages of a socket count as operations: all but those that are counted elsewhere, or that the gateway asked for. */
import { CloseCode, MessageType } from 'graphql-ws';

/** Too many messages: the code that the protocol has for too many of its first one. */
export const TOO_MANY = CloseCode.TooManyInitialisationRequests;

export interface MessageCount {
  /** A message of the protocol came. @param text as it came */
  onMessage(text: string): void;
  /** A ping of the WebSocket itself came, or a pong that answers none of ours. */
  onControlFrame(): void;
}

/** @param count counts one operation of the socket's address */
export function createMessageCount(count: () => void): MessageCount {
  /** Operations that were begun and not completed by the client: each pays for its own end. */
  let begun = 0;
  return {
    onMessage(text) {
      switch (typeOf(text)) {
        // Counted with their credentials.
        case MessageType.ConnectionInit:
          return;
        case MessageType.Subscribe:
          begun += 1;
          return;
        case MessageType.Complete:
          if (begun === 0) count();
          else begun -= 1;
          return;
        default:
          count();
      }
    },
    onControlFrame: count,
  };
}

/** @returns null for what is no message; the socket is closed for that */
function typeOf(text: string): unknown {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && 'type' in message ? message.type : null;
  } catch {
    return null;
  }
}
