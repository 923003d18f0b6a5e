/** A real client that follows one window: graphql-ws, coming back by itself after what it holds, to the next gateway. */
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createMirror, liveDocument, type Mirror, type MirrorEvent, SELECTIONS } from './mirror.fixture.ts';

export interface Viewer {
  mirror: Mirror;
  /** How its sockets were closed, but for the last. */
  closes: { code: number; reason: string }[];
  /** Why there will be no more; null while it follows. */
  failure(): string | null;
  close(): Promise<void>;
}

export interface ViewerOptions {
  /** Gateways, asked for each connection; the first is `urls(0)`. */
  urls(connection: number): string;
  input: object;
  slots?: string;
  /** What it holds already: it goes on from there. */
  mirror?: Mirror;
  /** Holds the etag, without the slots. */
  resumeAfter?: string;
  authorization?: string;
  retries?: number;
}

/** The longest a client waits before it tries again; by chance less. Milliseconds. */
const WAIT = 200;

export function openViewer(options: ViewerOptions): Viewer {
  const {
    urls,
    input,
    slots = SELECTIONS[2],
    mirror = createMirror(),
    authorization,
    retries = 600,
  } = options;
  let connections = 0;
  let failure: string | null = null;
  const closes: Viewer['closes'] = [];
  const client = createClient({
    url: () => `${urls(connections++).replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: retries,
    retryWait: () => pause(WAIT * Math.random()), // real time: between two tries to connect
    ...(authorization ? { connectionParams: { authorization } } : {}),
    on: {
      closed(event) {
        const { code, reason } = event as { code: number; reason: string };
        closes.push({ code, reason });
      },
    },
  });
  // Each try sends them as they are then.
  const variables = { input, resumeAfter: options.resumeAfter ?? mirror.etag() };
  client.subscribe<{ availability: MirrorEvent }>(
    { query: liveDocument(slots), variables },
    {
      next({ data, errors }) {
        if (!data) {
          failure = JSON.stringify(errors);
          return;
        }
        mirror.apply(data.availability);
        variables.resumeAfter = mirror.etag();
      },
      error(error) {
        const { code, reason } = error as { code?: number; reason?: string };
        failure = code ? `closed with ${code} ${reason}` : `${error}`;
      },
      complete: () => {},
    },
  );
  return { mirror, closes, failure: () => failure, close: async () => client.dispose() };
}
