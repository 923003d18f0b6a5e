/**
 * What the gateway is compared with: Node's own HTTP server, which reads notifications. At first it stores nothing; given a
 * database, it stores each in a transaction of one statement, and then sends a line to every reader.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { serveParent, usage } from '../child.ts';

let pool: pg.Pool | null = null;
const readers = new Set<ServerResponse>();

async function store(): Promise<void> {
  const client = await pool?.connect();
  if (!client) return;
  try {
    await client.query('begin');
    await client.query('insert into bare_notifications.received default values');
    await client.query('commit');
  } finally {
    client.release();
  }
}

const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
    readers.add(response);
    response.once('close', () => readers.delete(response));
    return;
  }
  request.once('end', async () => {
    if (pool) {
      try {
        await store();
      } catch {
        response.writeHead(503).end();
        return;
      }
      for (const reader of readers) reader.write('changed\n');
    }
    response.writeHead(200).end();
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const answers = {
  usage,
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  /** From now on it stores what comes. @param databaseUrl where it makes a table of its own */
  async storeIn(databaseUrl: string): Promise<void> {
    const made = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    await made.query(
      'create schema if not exists bare_notifications; create table if not exists bare_notifications.received (id bigserial primary key)',
    );
    pool = made;
  },
};

export type BareReceiver = typeof answers;

serveParent(answers);
