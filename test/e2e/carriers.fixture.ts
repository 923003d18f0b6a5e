/** One subscription over one connection, that is cut without a word: by WebSocket or as Server-Sent Events. */
import { WebSocket } from 'ws';
import { createEventStreamParser } from '../../src/web/live/event-stream-parser.ts';
import type { MirrorEvent } from './mirror.fixture.ts';

export interface Carried {
  query: string;
  variables: { input: object; resumeAfter: string | null };
}

export interface Carrier {
  /** Once there will be no more, with the reason. */
  ended: Promise<string>;
  /** No event comes after it. */
  cut(): void;
}

export type Carry = (url: string, asked: Carried, received: (event: MirrorEvent) => void) => Carrier;

interface Result {
  data?: { availability: MirrorEvent } | null;
  errors?: unknown;
}

function eventOf({ data, errors }: Result): MirrorEvent {
  if (!data) throw new Error(JSON.stringify(errors));
  return data.availability;
}

export const bySocket: Carry = (url, payload, received) => {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  let isCut = false;
  const ended = new Promise<string>((resolve) => {
    ws.once('close', (code, reason) => resolve(`${code} ${reason}`));
    ws.on('error', () => {});
    ws.on('message', (data) => {
      const message: { type: string; payload?: Result } = JSON.parse(String(data));
      if (isCut) return;
      if (message.type === 'connection_ack') ws.send(JSON.stringify({ id: 'a', type: 'subscribe', payload }));
      else if (message.payload?.data) received(message.payload.data.availability);
      else resolve(JSON.stringify(message));
    });
  });
  ws.once('open', () => ws.send('{"type":"connection_init"}'));
  return {
    ended,
    cut() {
      isCut = true;
      ws.terminate();
    },
  };
};

export const byStream: Carry = (url, asked, received) => {
  const cutting = new AbortController();
  const run = async () => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify(asked),
      signal: cutting.signal,
    });
    if (!response.ok || !response.body) return `answered ${response.status}`;
    const read = createEventStreamParser({
      event: ({ type, data }) => void (type === 'next' && received(eventOf(JSON.parse(data)))),
    });
    for await (const bytes of response.body) {
      if (cutting.signal.aborted) break;
      read(bytes);
    }
    return 'the stream ended';
  };
  return { ended: run().catch((error) => String(error)), cut: () => cutting.abort() };
};
