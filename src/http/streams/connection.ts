/** Whoever is at the other end of one socket: what it said of itself, what it reads, whether it lives. */
import type { Duplex } from 'node:stream';
import { type WebSocket as Channel, CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Metrics } from '../../metrics.ts';
import type { Introduction } from '../admission.ts';
import { createOutlet, takenBy } from './backpressure.ts';
import type { Following } from './following.ts';
import type { Stream } from './streams.ts';
import { textFrame } from './text-frame.ts';

/** It left too much unread. Beside the codes of graphql-ws, whose clients come back after this one. */
export const TOO_SLOW = 4413;
/** IANA's: the process stops. */
const GOING_AWAY = 1001;
/** How long a socket that was told to close may take: the code waits behind what is unread. Milliseconds. */
const CLOSE_WITHIN = 10_000;
/** The same when the process stops. */
const LEAVE_WITHIN = 1_500;
/** RFC 6455 §5.5: what a close frame holds beside the code. Bytes. */
const REASON_MOST = 123;
const TAIL = Buffer.from('}');

export interface Peer extends Stream {
  said: Introduction;
  address: string;
  /** Gives back the place among its address's sockets. Idempotent. */
  leavePlace(): void;
  /** To be called when the socket has closed. */
  hold(release: () => void): void;
  close(code: number, reason: string): void;
  /** How graphql-ws hears and speaks. */
  channel: Channel;
  /** Sends the events of a subscription under this id. */
  follow(following: Following, id: string): void;
  /** A place among the subscriptions of this socket. @returns gives it back; null when there are `most` already */
  subscribe(most: number): (() => void) | null;
  /** The socket has closed. */
  closed(): void;
}

export interface PeerDeps {
  socket: WebSocket;
  wire: Duplex;
  said: Introduction;
  address: string;
  leavePlace(): void;
  metrics: Metrics;
  /** A message could not be handled, by a fault of ours. */
  failed(error: unknown): void;
}

export function openPeer({ socket, wire, said, address, leavePlace, metrics, failed }: PeerDeps): Peer {
  const followed = new Map<string, Following>();
  const releases: (() => void)[] = [];
  let isSilent = false;
  let isClosed = false;
  let subscriptions = 0;
  const outlet = createOutlet({
    wire,
    taken: () => takenBy(wire),
    drained() {
      for (const following of followed.values()) following.resume();
    },
  });

  function close(code: number, reason: string, within = CLOSE_WITHIN) {
    if (socket.readyState !== socket.OPEN) return;
    metrics.streamsEnded.inc({ reason: REASONS[code] ?? 'protocol' });
    socket.close(code, Buffer.byteLength(reason) > REASON_MOST ? '' : reason);
    setTimeout(() => socket.terminate(), within).unref();
  }

  function send(text: string) {
    if (socket.readyState !== socket.OPEN) return;
    if (outlet.full()) close(TOO_SLOW, 'Too slow');
    else socket.send(text);
  }

  socket.on('pong', () => {
    isSilent = false;
  });
  // ws closes by itself what breaks its protocol, with a code that says how.
  socket.on('error', () => {});

  return {
    said,
    address,
    leavePlace,
    close,
    hold(release) {
      // It may have closed while it was asked who it is.
      if (isClosed) release();
      else releases.push(release);
    },
    channel: {
      protocol: socket.protocol,
      send,
      close: (code = CloseCode.InternalServerError, reason = '') => close(code, reason),
      onMessage: (hear) =>
        socket.on('message', (data) => {
          // What comes after the fault that closes it is not done any more.
          if (socket.readyState !== socket.OPEN) return;
          hear(String(data)).catch((error) => {
            failed(error);
            close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
    },
    follow(following, id) {
      // It was completed while it was begun, and its id was used again: graphql-ws has lost sight of it.
      void followed.get(id)?.return();
      const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
      const left = () => {
        if (followed.get(id) === following) followed.delete(id);
      };
      followed.set(id, following);
      following.begin(
        {
          ready: outlet.ready,
          send: ({ result }) => {
            // Past ws, which would write head and message apart; without compression it keeps nothing back to overtake.
            if (socket.readyState === socket.OPEN) wire.write(textFrame(head, result, TAIL));
          },
        },
        left,
      );
    },
    subscribe(most) {
      if (subscriptions >= most) return null;
      subscriptions++;
      let left = false;
      return () => {
        if (!left) subscriptions--;
        left = true;
      };
    },
    beat() {
      // Whoever still takes what waits for it is slow, not gone: the ping waits behind that.
      if (isSilent && !outlet.moves()) {
        metrics.streamsEnded.inc({ reason: 'silent' });
        socket.terminate();
        return;
      }
      isSilent = true;
      socket.ping();
    },
    depart: () => close(GOING_AWAY, 'Going away', LEAVE_WITHIN),
    closed() {
      isClosed = true;
      for (const release of releases) release();
      for (const following of followed.values()) void following.return();
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
