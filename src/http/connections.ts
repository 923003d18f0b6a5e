/**
 * The connections of the HTTP server: how many an address may have, one request at a time on each, what their readers may leave
 * unread, and the answers to what isn't HTTP.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Metrics } from '../metrics.ts';
import { type Clock, SECOND } from '../time/clock.ts';
import type { Peers } from './address.ts';
import type { AnswerHeaders } from './answer-headers.ts';
import { createPlaces } from './limits.ts';
import { acceptsEventStream } from './streams/event-params.ts';
import { createUnreadBudget } from './unread-budget.ts';

/** How long a whole request may take to come, its body included. Milliseconds. */
const REQUEST_TIMEOUT = 30 * SECOND;
/** How long a connection may be idle. Proxies that keep connections must give up earlier. Milliseconds. */
const IDLE_TIMEOUT = 55 * SECOND;
/** Requests that may wait on one connection for the answer before them. */
const PIPELINED_MAX = 16;

/** Options of Node's server. */
export const SERVER_TIMEOUTS = {
  requestTimeout: REQUEST_TIMEOUT,
  headersTimeout: REQUEST_TIMEOUT,
  keepAliveTimeout: IDLE_TIMEOUT,
  /** How often Node looks for requests that took too long. */
  connectionsCheckingInterval: SECOND,
};

export interface PeerConnections {
  /**
   * Waits until all earlier requests of the connection are answered, so that a connection holds one answer; a request that may
   * become a stream of events doesn't wait. Behind a proxy the request takes a place of its address.
   * @returns false when the address has no place left, or the connection is gone; at once where nothing has to be waited for.
   */
  enter(request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean>;
  /** The caller has a key that lifts limits, or the connection counts as a stream by now: it takes no place any more. */
  release(socket: Duplex): void;
}

interface ConnectionState {
  /** The answer to the request that came last; null before the first. */
  last: ServerResponse | null;
  /** The answer to the request that is at work. */
  current: ServerResponse | null;
  /** Requests that are not answered. */
  open: number;
  release(): void;
}

export interface PeerConnectionsDeps {
  peers: Peers;
  /** CONNECTIONS_PER_ADDRESS */
  perAddress: number;
  headers: AnswerHeaders;
  metrics: Metrics;
  clock: Clock;
}

/** Watches every connection of `server`. */
export function watchConnections(
  server: Server,
  { peers, perAddress, headers, metrics, clock }: PeerConnectionsDeps,
): PeerConnections {
  const places = createPlaces(perAddress);
  const unread = createUnreadBudget({ metrics, clock });
  const states = new WeakMap<Duplex, ConnectionState>();

  function refuse() {
    metrics.rateLimited.inc({ limit: 'connections' });
  }

  server.on('connection', (socket: Socket) => {
    const address = peers.peerOf(socket);
    // A trusted proxy's connections carry those of many callers, whose requests take the places.
    const release = peers.isProxy(address) ? () => {} : places.acquire(address);
    if (!release) {
      refuse();
      socket.destroy();
      return;
    }
    states.set(socket, { last: null, current: null, open: 0, release });
    unread.watch(socket, address, release);
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const isAnswering = states.get(socket)?.current?.headersSent ?? false;
    if (!socket.writable || isAnswering || error.code === 'ECONNRESET') return socket.destroy();
    const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request';
    const lines = [...headers.lines, 'Connection: close', 'Content-Length: 0'];
    socket.end(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n`, () => socket.destroy());
  });

  return {
    enter(request, response) {
      const { socket } = request;
      const state = states.get(socket);
      if (!state) return false;
      state.open += 1;
      if (state.open > PIPELINED_MAX) {
        socket.destroy();
        return false;
      }
      const earlier = state.last;
      state.last = response;
      response.once('close', () => {
        state.open -= 1;
        if (state.current === response) state.current = null;
      });
      if (acceptsEventStream(request)) unread.watchQueued(socket, response);
      else if (earlier && !earlier.closed)
        return new Promise((resolve, reject) => {
          earlier.once('close', () => {
            try {
              resolve(take(request, response, state));
            } catch (error) {
              reject(error);
            }
          });
        });
      return take(request, response, state);
    },
    release: (socket) => states.get(socket)?.release(),
  };

  /** @returns false when the connection is gone, or its address has no place left. */
  function take(request: IncomingMessage, response: ServerResponse, state: ConnectionState): boolean {
    const { socket } = request;
    if (socket.destroyed) return false;
    state.current = response;
    return !peers.isProxy(peers.peerOf(socket)) || enterByProxy(request, response, state);
  }

  /** @returns false when the request was refused. */
  function enterByProxy(request: IncomingMessage, response: ServerResponse, state: ConnectionState): boolean {
    const address = peers.addressOf(request);
    unread.rename(request.socket, address);
    const release = places.acquire(address);
    if (release) {
      response.once('close', release);
      state.release = release;
      return true;
    }
    refuse();
    response.writeHead(429, { 'retry-after': '1', 'content-length': '0' }).end();
    return false;
  }
}

/** What Node couldn't read, by its error's code; else 400. */
const CLIENT_ERRORS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
