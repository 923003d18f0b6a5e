/** One viewer: a socket that speaks graphql-transport-ws by hand, as little of it as there must be. */
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { now } from '../child.ts';
import type { Window } from './changes.ts';

export interface Viewer {
  /** Once. @param resumeAfter the etag of what the viewer holds; absent: nothing */
  subscribe(query: string, input: Window, resumeAfter?: string): void;
}

export interface ViewerEvents {
  /** The bytes of a `next` message's payload, and when they came. */
  payload(bytes: Buffer, at: number): void;
  /** What must not happen. */
  fault(text: string): void;
  /** The socket failed or was closed, called once; absent: a fault. */
  closed?(): void;
}

const NEXT = Buffer.from('"type":"next"');
const PAYLOAD = Buffer.from('"payload":');

/** Resolves once the server has acknowledged the connection. `url`: of HTTP. */
export function openViewer(url: string, events: ViewerEvents): Promise<Viewer> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    const viewer: Viewer = {
      subscribe(query, input, resumeAfter) {
        // Its own, as a page's is: what is sent to all must still bear each one's id.
        const payload = { query, variables: { input, resumeAfter } };
        const message = { id: randomUUID(), type: 'subscribe', payload };
        socket.send(JSON.stringify(message));
      },
    };
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => {
      const at = now();
      if (!Buffer.isBuffer(data)) return;
      const begin = data.indexOf(PAYLOAD);
      if (begin >= 0 && data.indexOf(NEXT) >= 0) {
        // The message's own brace comes after the payload.
        return events.payload(data.subarray(begin + PAYLOAD.length, -1), at);
      }
      const text = data.toString();
      if (text.includes('"type":"connection_ack"')) resolve(viewer);
      else events.fault(`a viewer received ${text}`);
    });
    const { fault, closed } = events;
    // A socket that fails is closed, too.
    socket.on('error', closed ? () => {} : (error) => fault(`a socket failed: ${error.message}`));
    socket.on('close', closed ?? ((code, reason) => fault(`a socket was closed: ${code} ${reason}`)));
  });
}
