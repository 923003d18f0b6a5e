/** The client at the other end of one socket: its credentials, what it reads, whether it is alive. */
import type { Duplex } from 'node:stream';
import { type WebSocket as Channel, CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Metrics } from '../../metrics.ts';
import type { CallerCredentials } from '../admission.ts';
import { bytesFlushedBy, createBackpressure } from './backpressure.ts';
import type { OpenStream } from './registry.ts';
import type { SocketSubscription } from './socket-subscription.ts';
import { textFrame } from './text-frame.ts';

/** It left too much unread. Beside the codes of graphql-ws, whose clients come back after this one. */
export const TOO_SLOW = 4413;
/** IANA's: the process stops. */
const GOING_AWAY = 1001;
/** How long a socket may take to close: the code waits behind what is unread. Milliseconds. */
const CLOSE_TIMEOUT = 10_000;
/** The same when the process stops. */
const DEPART_TIMEOUT = 1_500;
/** RFC 6455 §5.5: what a close frame holds beside the code. Bytes. */
const REASON_MAX = 123;
const TAIL = Buffer.from('}');

export interface SocketConnection extends OpenStream {
  credentials: CallerCredentials;
  address: string;
  /** Gives back the place among its address's sockets. Idempotent. */
  releaseQuota(): void;
  /** To be called when the socket has closed. */
  onClose(callback: () => void): void;
  close(code: number, reason: string): void;
  /** How graphql-ws hears and speaks. */
  channel: Channel;
  /** Sends the events of a subscription under this id. */
  forward(subscription: SocketSubscription, id: string): void;
  /** A place among the subscriptions of this socket. @returns gives it back; null when there are `most` already */
  acquireSubscription(max: number): (() => void) | null;
  /** The socket has closed. */
  handleClose(): void;
}

export interface SocketConnectionDeps {
  socket: WebSocket;
  wire: Duplex;
  credentials: CallerCredentials;
  address: string;
  releaseQuota(): void;
  metrics: Metrics;
  /** A message could not be handled, by a fault of ours. */
  onError(error: unknown): void;
}

export function openSocketConnection({
  socket,
  wire,
  credentials,
  address,
  releaseQuota,
  metrics,
  onError,
}: SocketConnectionDeps): SocketConnection {
  const forwarded = new Map<string, SocketSubscription>();
  const closeCallbacks: (() => void)[] = [];
  let awaitingPong = false;
  let isClosed = false;
  let subscriptions = 0;
  const backpressure = createBackpressure({
    wire,
    bytesFlushed: () => bytesFlushedBy(wire),
    onDrain() {
      for (const subscription of forwarded.values()) subscription.resume();
    },
  });

  function close(code: number, reason: string, timeout = CLOSE_TIMEOUT) {
    if (socket.readyState !== socket.OPEN) return;
    metrics.streamsEnded.inc({ reason: REASONS[code] ?? 'protocol' });
    socket.close(code, Buffer.byteLength(reason) > REASON_MAX ? '' : reason);
    setTimeout(() => socket.terminate(), timeout).unref();
  }

  function send(text: string) {
    if (socket.readyState !== socket.OPEN) return;
    if (backpressure.isFull()) close(TOO_SLOW, 'Too slow');
    else socket.send(text);
  }

  socket.on('pong', () => {
    awaitingPong = false;
  });
  // ws closes by itself what breaks its protocol, with a code that says how.
  socket.on('error', () => {});

  return {
    credentials,
    address,
    releaseQuota,
    close,
    onClose(callback) {
      // It may have closed while it was asked who it is.
      if (isClosed) callback();
      else closeCallbacks.push(callback);
    },
    channel: {
      protocol: socket.protocol,
      send,
      close: (code = CloseCode.InternalServerError, reason = '') => close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data) => {
          // What comes after the fault that closes it is not done any more.
          if (socket.readyState !== socket.OPEN) return;
          handle(String(data)).catch((error) => {
            onError(error);
            close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
    },
    forward(subscription, id) {
      // It was completed while it was begun, and its id was used again: graphql-ws has lost sight of it.
      void forwarded.get(id)?.return();
      const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
      const onEnd = () => {
        if (forwarded.get(id) === subscription) forwarded.delete(id);
      };
      forwarded.set(id, subscription);
      subscription.attach(
        {
          ready: backpressure.ready,
          send: ({ result }) => {
            // Past ws, which would write head and message apart; without compression it keeps nothing back to overtake.
            if (socket.readyState === socket.OPEN) wire.write(textFrame(head, result, TAIL));
          },
        },
        onEnd,
      );
    },
    acquireSubscription(max) {
      if (subscriptions >= max) return null;
      subscriptions++;
      let released = false;
      return () => {
        if (!released) subscriptions--;
        released = true;
      };
    },
    beat() {
      // A client that still takes what waits for it is slow, not gone: the ping waits behind that.
      if (awaitingPong && !backpressure.madeProgress()) {
        metrics.streamsEnded.inc({ reason: 'silent' });
        socket.terminate();
        return;
      }
      awaitingPong = true;
      socket.ping();
    },
    goAway: () => close(GOING_AWAY, 'Going away', DEPART_TIMEOUT),
    handleClose() {
      isClosed = true;
      for (const callback of closeCallbacks) callback();
      for (const subscription of forwarded.values()) void subscription.return();
    },
  };
}

/** Of the metric; whatever else is closed breaks the protocol. */
const REASONS: Record<number, string> = {
  [TOO_SLOW]: 'too slow',
  [GOING_AWAY]: 'going away',
  [CloseCode.Forbidden]: 'forbidden',
  [CloseCode.InternalServerError]: 'failed',
};
