/** Counts the statements that a gateway sends to its database: it stands between the two and reads what passes. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface StatementCounter {
  /** The database's, through the counter. */
  url: string;
  /** What was sent since the last call, in its order. */
  take(): string[];
  close(): Promise<void>;
}

/** Bytes of a message's kind and of its length. */
const HEAD = 5;

export async function startStatementCounter(databaseUrl: string): Promise<StatementCounter> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let sent: string[] = [];
  const server = createServer({ noDelay: true }, (client) => {
    const database = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    const read = createReader((statement) => sent.push(statement));
    client.on('data', read);
    client.pipe(database).pipe(client);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        database.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    take() {
      const taken = sent;
      sent = [];
      return taken;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Reads the messages of one connection (PostgreSQL's protocol, version 3), whose first has no kind. */
function createReader(onStatement: (text: string) => void): (chunk: Buffer) => void {
  const prepared = new Map<string, string>();
  let [rest, begun, bound] = [Buffer.alloc(0), false, ''];
  const texts = (body: Buffer) => body.toString('utf8').split('\0');

  function onMessage(kind: string, body: Buffer) {
    const [first = '', second = ''] = texts(body);
    // Parse names a statement and has its text, Bind names a portal and its statement, Execute runs the portal.
    if (kind === 'P') prepared.set(first, second);
    else if (kind === 'B') bound = prepared.get(second) ?? second;
    else if (kind === 'E') onStatement(bound);
    else if (kind === 'Q') onStatement(first);
  }

  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!begun && rest.length >= 4) {
      const length = rest.readInt32BE(0);
      if (rest.length < length) return;
      rest = rest.subarray(length);
      begun = true;
    }
    while (begun && rest.length >= HEAD) {
      const end = 1 + rest.readInt32BE(1);
      if (rest.length < end) return;
      onMessage(rest.toString('latin1', 0, 1), rest.subarray(HEAD, end));
      rest = rest.subarray(end);
    }
  };
}
