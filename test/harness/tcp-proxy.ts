/** A wire that a test can break: connections through it are reset, fall silent, stand still or come late. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /** Connections that are open now. */
  connections(): number;
  /** Bytes of the servers that got through so far. */
  bytesFromServer(): number;
  /** Ends open connections with a reset. New ones are served. @returns how many */
  reset(): number;
  /** Open connections never hear another byte, and are never closed. New ones are served. @returns how many */
  silence(): number;
  /** Nothing gets through and no connection ends, new ones neither, until `resume`. */
  hold(): void;
  resume(): void;
  /** Bytes of new and open connections come later by so many milliseconds, each way. */
  delay(ms: number): void;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket | null;
  isSilent: boolean;
}

/** @param targets ports of 127.0.0.1, read for each connection: the first that accepts one gets it; none: it is reset */
export async function startTcpProxy(targets: () => readonly number[]): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let isHeld = false;
  let late = 0;
  let fromServer = 0;

  function pass(from: Socket, to: Socket) {
    from.on('data', (bytes) => {
      // real time: the wire is as slow as the test says
      if (late > 0) setTimeout(() => to.write(bytes), late);
      else to.write(bytes);
    });
    from.on('end', () => {
      // real time: the end comes after the bytes before it
      setTimeout(() => to.end(), late);
    });
  }

  function end(pair: Pair) {
    if (!pairs.delete(pair)) return;
    pair.client.resetAndDestroy();
    pair.server?.resetAndDestroy();
  }

  async function join(pair: Pair) {
    for (const port of targets()) {
      const server = connect({ port, host: '127.0.0.1', noDelay: true });
      const isOpen = await once(server, 'connect').then(
        () => true,
        () => false,
      );
      if (!isOpen) continue;
      pair.server = server;
      server.on('error', () => {});
      server.on('close', () => end(pair));
      server.on('data', (bytes) => {
        fromServer += bytes.length;
      });
      pass(server, pair.client);
      pass(pair.client, server);
      // It was reset, or all stood still, while the connection was made.
      if (!pairs.has(pair)) server.resetAndDestroy();
      else if (isHeld || pair.isSilent) stop(pair);
      else pair.client.resume();
      return;
    }
    end(pair);
  }

  const stop = ({ client, server }: Pair) => {
    client.pause();
    server?.pause();
  };

  const listener = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    const pair: Pair = { client, server: null, isSilent: false };
    pairs.add(pair);
    client.on('error', () => {});
    client.on('close', () => end(pair));
    if (!isHeld) void join(pair);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    connections: () => pairs.size,
    bytesFromServer: () => fromServer,
    reset() {
      const open = [...pairs];
      for (const pair of open) end(pair);
      return open.length;
    },
    silence() {
      const open = [...pairs].filter(({ isSilent }) => !isSilent);
      for (const pair of open) {
        pair.isSilent = true;
        stop(pair);
      }
      return open.length;
    },
    hold() {
      isHeld = true;
      for (const pair of pairs) stop(pair);
    },
    resume() {
      isHeld = false;
      for (const pair of pairs) {
        if (pair.isSilent) continue;
        if (!pair.server) void join(pair);
        else {
          pair.client.resume();
          pair.server.resume();
        }
      }
    },
    delay(ms) {
      late = ms;
    },
    async close() {
      for (const pair of [...pairs]) end(pair);
      listener.close();
      await once(listener, 'close');
    },
  };
}
