/**
 * One WebSocket and its client: the credentials, the backpressure, the heartbeat, and the subscriptions whose events it
 * gets.
 */
import type { Duplex } from 'node:stream';
import { type WebSocket as Channel, CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Metrics } from '../../metrics.ts';
import type { CallerCredentials } from '../admission.ts';
import { bytesFlushedBy, createBackpressure } from './backpressure.ts';
import { isNestedDeeper } from './json-nesting.ts';
import { createMessageCount, TOO_MANY } from './message-count.ts';
import type { OpenStream } from './registry.ts';
import { textFrame } from './socket-frame.ts';
import type { SocketSubscription } from './socket-subscription.ts';

/** The client left too much unread. Clients of graphql-ws reconnect after this code. */
export const TOO_SLOW = 4413;
/** The IANA code for a server that stops. */
const GOING_AWAY = 1001;
/** How long a close may take, as its code waits behind unread bytes. Milliseconds. */
const CLOSE_TIMEOUT = 10_000;
/** The same when the process stops. Milliseconds. */
const DEPART_TIMEOUT = 1_500;
/** What a close frame may hold beside the code (RFC 6455 §5.5). Bytes. */
const REASON_MAX = 123;
/** Brackets that a message may have open at once. No operation needs as many. */
const LEVELS_MAX = 100;
const headOf = (id: string) => Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
const TAIL = Buffer.from('}');

export interface SocketConnection extends OpenStream {
  credentials: CallerCredentials;
  address: string;
  /** Gives back the socket's place in its address's quota. Idempotent. */
  releaseQuota(): void;
  /** The caller has a key that lifts limits: its messages count no more. */
  lift(): void;
  /** Registers a callback for the socket's end; called at once when it has closed already. */
  onClose(callback: () => void): void;
  close(code: number, reason: string): void;
  isClosed(): boolean;
  /** The interface that graphql-ws reads and writes through. */
  channel: Channel;
  /** Sends the events of a subscription under this operation id. */
  forward(subscription: SocketSubscription, id: string): void;
  /** Sends a result that is JSON already under this operation id. */
  sendResult(id: string, result: Buffer): void;
  /**
   * Takes a place among the socket's subscriptions. @returns a function that releases it; null when there are `max`
   * already.
   */
  acquireSubscription(max: number): (() => void) | null;
  /** To be called when the socket has closed. */
  handleClose(): void;
}

export interface SocketConnectionDeps {
  socket: WebSocket;
  wire: Duplex;
  credentials: CallerCredentials;
  address: string;
  releaseQuota(): void;
  /** Counts one operation of the address. Rejects when there are too many. */
  countOperation(): Promise<void>;
  metrics: Metrics;
  /** A message was not handled, by a fault of the gateway. */
  onError(error: unknown): void;
}

export function openSocketConnection({
  socket,
  wire,
  credentials,
  address,
  releaseQuota,
  countOperation,
  metrics,
  onError,
}: SocketConnectionDeps): SocketConnection {
  const forwarded = new Map<string, SocketSubscription>();
  const closeCallbacks: (() => void)[] = [];
  let awaitingPong = false;
  let isClosed = false;
  let subscriptions = 0;
  let isLifted = false;
  // Counted beside the work, so that messages are handled in the order in which they came.
  const messages = createMessageCount(() => {
    if (!isLifted) countOperation().catch(() => close(TOO_MANY, 'Too many requests'));
  });
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
    if (!awaitingPong) messages.onControlFrame();
    awaitingPong = false;
  });
  const answerPing = createPongs(socket);
  socket.on('ping', (data) => {
    messages.onControlFrame();
    answerPing(data);
  });
  // ws itself closes a socket that breaks the protocol, with the fitting code.
  socket.on('error', () => {});

  return {
    credentials,
    address,
    releaseQuota,
    lift() {
      isLifted = true;
      releaseQuota();
    },
    close,
    isClosed: () => isClosed,
    onClose(callback) {
      // The socket may have closed while its credentials were checked.
      if (isClosed) callback();
      else closeCallbacks.push(callback);
    },
    channel: {
      protocol: socket.protocol,
      send,
      close: (code = CloseCode.InternalServerError, reason = '') => close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data) => {
          // A message after the fault that closes the socket is ignored.
          if (socket.readyState !== socket.OPEN) return;
          const text = String(data);
          if (isNestedDeeper(text, LEVELS_MAX)) return close(CloseCode.BadRequest, 'Nested too deeply');
          messages.onMessage(text);
          handle(text).catch((error) => {
            onError(error);
            close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
    },
    forward(subscription, id) {
      // The client completed the operation while it was prepared, and used its id again: graphql-ws doesn't know it any
      // more.
      void forwarded.get(id)?.return();
      const head = headOf(id);
      const onEnd = () => {
        if (forwarded.get(id) === subscription) forwarded.delete(id);
      };
      forwarded.set(id, subscription);
      subscription.attach(
        {
          ready: backpressure.ready,
          send: ({ result }) => {
            // Past ws, which would write head and message apart. Without compression, ws queues nothing that this could
            // overtake.
            if (socket.readyState === socket.OPEN) wire.write(textFrame(head, result, TAIL));
          },
        },
        onEnd,
      );
    },
    sendResult(id, result) {
      if (socket.readyState !== socket.OPEN) return;
      if (backpressure.isFull()) close(TOO_SLOW, 'Too slow');
      else wire.write(textFrame(headOf(id), result, TAIL));
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
      // A client that still takes waiting bytes is slow, not gone: the ping waits behind them.
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

/**
 * Answers pings with one pong at a time: of those that come while it waits to be sent, the last is answered next (RFC 6455
 * §5.5.3), so that a flood of pings leaves no pongs behind.
 */
function createPongs(socket: WebSocket): (data: Buffer) => void {
  let isSending = false;
  let next: Buffer | null = null;
  return function answer(data) {
    if (socket.readyState !== socket.OPEN) return;
    if (isSending) {
      next = data;
      return;
    }
    isSending = true;
    socket.pong(data, false, () => {
      isSending = false;
      const waiting = next;
      next = null;
      if (waiting) answer(waiting);
    });
  };
}

/** Reasons of the metric, by close code; any other code is a breach of the protocol. */
const REASONS: Record<number, string> = {
  [TOO_SLOW]: 'too slow',
  [TOO_MANY]: 'too many requests',
  [GOING_AWAY]: 'going away',
  [CloseCode.Forbidden]: 'forbidden',
  [CloseCode.InternalServerError]: 'failed',
};
