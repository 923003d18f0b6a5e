/** A way to a database that is long: a TCP proxy on this machine, which holds all that passes for a time. */
import { connect, createServer, type Socket } from 'node:net';

export interface FarDatabase {
  /** Of the database, by way of the proxy. */
  url: string;
  /** From now on, milliseconds each way. */
  delay(ms: number): void;
  close(): Promise<void>;
}

/** @param port where the proxy listens; 0 for any that is free. */
export async function farDatabase(target: string, { delay = 0, port = 0 } = {}): Promise<FarDatabase> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let ms = delay;
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    const later = (work: () => void) => {
      if (ms === 0) work();
      else setTimeout(work, ms); // real time: the length of the way
    };
    from.on('data', (chunk) => later(() => !to.destroyed && to.write(chunk)));
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      later(() => to.destroy());
    });
  };
  const server = createServer((near) => {
    const far = connect(Number(targetPort), hostname);
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const address = server.address();
  const url = new URL(target);
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : port}`;
  return {
    url: url.href,
    delay(given) {
      ms = given;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
