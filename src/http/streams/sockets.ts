/**
 * GraphQL over WebSocket: graphql-ws speaks the protocol, and live events are written to the socket as one text for
 * all.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { rateLimited, SlotwireError } from '../../errors.ts';
import type { Authenticate } from '../../graphql/authenticate.ts';
import { ANONYMOUS, type Viewer } from '../../graphql/context.ts';
import { answerText, isWritten } from '../../graphql/cost/answer-text.ts';
import type { KeyRevocations } from '../../graphql/key-revocations.ts';
import { isLimited } from '../../graphql/limits.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { SECOND } from '../../time/clock.ts';
import type { AddressOf } from '../address.ts';
import { type AdmitOperation, callerCredentials, chargeTo, optionalText } from '../admission.ts';
import type { AnswerHeaders } from '../answer-headers.ts';
import type { PeerConnections } from '../connections.ts';
import type { AddressLimits } from '../limits.ts';
import { TOO_MANY } from './message-count.ts';
import type { Operations, Prepared } from './operations.ts';
import type { StreamRegistry } from './registry.ts';
import { openSocketConnection, type SocketConnection } from './socket-connection.ts';
import { SocketSubscription } from './socket-subscription.ts';

export interface SocketsDeps {
  operations: Operations;
  authenticate: Authenticate;
  admit: AdmitOperation;
  addressOf: AddressOf;
  limits: AddressLimits;
  keys: KeyRevocations;
  streams: StreamRegistry;
  connections: Pick<PeerConnections, 'release'>;
  headers: AnswerHeaders;
  /** SUBSCRIPTIONS_PER_SOCKET: at the same time, without a key. */
  subscriptions: number;
  /** Largest message. Bytes. */
  maxBytes: number;
  metrics: Metrics;
  log: Log;
}

export interface Sockets {
  /** Accepts upgrades of `server` at this path. */
  accept(server: Server, path: string): void;
}

/** Of an operation whose result was sent. */
const NO_MORE_RESULTS: AsyncIterableIterator<never, void> = {
  next: async () => ({ done: true, value: undefined }),
  [Symbol.asyncIterator]: () => NO_MORE_RESULTS,
};

export function createSockets(deps: SocketsDeps): Sockets {
  const { operations, authenticate, admit, addressOf, limits, keys, streams, metrics, log } = deps;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: deps.maxBytes,
    handleProtocols: (offered) => handleProtocols(offered),
    // ws answers each ping, and ends a socket with sixty pongs unsent without a code: ours counts its pings instead.
    autoPong: false,
    // The stream registry has every socket already.
    clientTracking: false,
  });
  sockets.on('headers', (lines) => void lines.push(...deps.headers.lines));

  /** By the arguments that were returned to graphql-ws, which passes the same object on. */
  const preparedByArgs = new WeakMap<
    object,
    { prepared: Prepared; connection: SocketConnection; leave: () => void }
  >();
  const preparedFor = (args: object) => {
    const found = preparedByArgs.get(args);
    if (!found) throw new Error('an operation that was not prepared');
    return found;
  };

  /** @throws SlotwireError RATE_LIMITED */
  function acquireSubscription(connection: SocketConnection, viewer: Viewer): () => void {
    const leave = isLimited(viewer) ? connection.acquireSubscription(deps.subscriptions) : () => {};
    if (leave) return leave;
    metrics.rateLimited.inc({ limit: 'subscriptions' });
    throw rateLimited(SECOND);
  }

  const protocol = makeServer<{ authorization?: unknown }, SocketConnection>({
    async onConnect({ connectionParams, extra: connection }) {
      connection.credentials.authorization = optionalText(connectionParams?.authorization);
      try {
        const viewer = await authenticate(
          connection.credentials.authorization,
          connection.credentials.organisation,
        );
        // A browser can send its key only after the socket was opened.
        if (!isLimited(viewer)) connection.lift();
        connection.onClose(keys.onEnd(viewer, () => connection.close(CloseCode.Forbidden, 'Forbidden')));
        return true;
      } catch (error) {
        if (!(error instanceof SlotwireError)) throw error;
        await limits
          .countOperation(connection.address)
          .catch(() => connection.close(TOO_MANY, 'Too many requests'));
        // graphql-ws closes the socket as forbidden.
        return false;
      }
    },
    async onSubscribe({ extra: connection }, _id, payload) {
      try {
        // Checked for each operation, as keys are revoked while sockets are open.
        const viewer = await admit(connection.credentials, connection.address);
        const prepared = operations.prepare(payload, {
          viewer,
          charge: chargeTo(limits, viewer, connection.address),
        });
        if ('errors' in prepared) return prepared.errors;
        const refusal = await operations.admit(prepared.args);
        if (refusal.length > 0) return refusal;
        const leave = prepared.kind === 'subscription' ? acquireSubscription(connection, viewer) : () => {};
        preparedByArgs.set(prepared.args, { prepared, connection, leave });
        return prepared.args;
      } catch (error) {
        return [operations.maskForStream(error)];
      }
    },
    execute: (args) => preparedFor(args).prepared.execute(args),
    async subscribe(args) {
      const { prepared, connection, leave } = preparedFor(args);
      // It may have closed while the operation was weighed.
      if (connection.isClosed()) return { errors: [] };
      const subscribed = await operations.subscribe(prepared.args);
      if ('subscribe' in subscribed) return new SocketSubscription(subscribed, leave);
      leave();
      return { errors: subscribed };
    },
    onOperation({ extra: connection, subscriptions }, id, _payload, _args, result) {
      // The client may have completed the operation while it was prepared: graphql-ws returns it then.
      if (!(id in subscriptions)) return;
      if (result instanceof SocketSubscription) connection.forward(result, id);
      if (!('data' in result) || !isWritten(result)) return;
      // Past graphql-ws, which would write a large answer anew, as one piece.
      const { errors, ...rest } = result;
      connection.sendResult(id, answerText({ ...rest, ...(errors ? { errors } : {}) }));
      return NO_MORE_RESULTS;
    },
  });

  /** A browser can send its key only after the socket was opened; other clients may lift the limit by a header. */
  async function acquireSocket(request: IncomingMessage): Promise<(() => void) | null> {
    const leave = limits.acquireStream(addressOf(request));
    if (leave) return leave;
    const { authorization = null } = request.headers;
    if (authorization === null) return null;
    const viewer = await authenticate(authorization, null).catch(async () => {
      // Its socket is refused in any case.
      await limits.countOperation(addressOf(request)).catch(() => {});
      return ANONYMOUS;
    });
    return isLimited(viewer) ? null : () => {};
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const releaseQuota = await acquireSocket(request);
    if (!releaseQuota) return refuse(socket, '429 Too Many Requests', 'Retry-After: 10');
    socket.once('close', releaseQuota);
    // It counts as a stream from here on.
    deps.connections.release(socket);
    if (streams.isClosing()) return refuse(socket, '503 Service Unavailable', 'Retry-After: 1');
    const credentials = { ...callerCredentials(request), authorization: null };
    const address = addressOf(request);
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const onError = (error: unknown) => log.error({ err: error }, 'socket message not handled');
      const connection = openSocketConnection({
        socket: accepted,
        wire: socket,
        credentials,
        address,
        releaseQuota,
        countOperation: () => limits.countOperation(address),
        metrics,
        onError,
      });
      const unregister = streams.add('websocket', connection);
      const closed = protocol.opened(connection.channel, connection);
      accepted.once('close', (code, reason) => {
        unregister();
        connection.handleClose();
        void closed(code, String(reason));
      });
    });
  }

  /** Node no longer tracks a socket that asked for an upgrade: a client that keeps it open must not delay a stop. */
  function refuse(socket: Duplex, status: string, ...more: string[]) {
    const lines = [...more, 'Connection: close', 'Content-Length: 0', ...deps.headers.lines];
    socket.once('finish', () => socket.destroy()).end(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  sockets.on('wsClientError', (_error, socket) =>
    refuse(socket, '400 Bad Request', 'Sec-WebSocket-Version: 13'),
  );

  return {
    accept(server, path) {
      server.on('upgrade', (request, socket, head) => {
        socket.on('error', () => socket.destroy());
        if (request.url?.split('?')[0] !== path) return refuse(socket, '404 Not Found');
        upgrade(request, socket, head).catch((error) => {
          log.error({ err: error }, 'socket upgrade failed');
          socket.destroy();
        });
      });
    },
  };
}
