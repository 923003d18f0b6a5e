/**
 * What the gateway is compared with: Node's own HTTP server, which makes a hold and a booking in one transaction of two statements
 * each, through the same driver, with nothing checked, shown or passed on.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { serveParent } from '../child.ts';

interface Input {
  eventType?: string;
  start?: string;
  hold?: string;
  name?: string;
  email?: string;
}

const TABLES = `
  create schema bare;
  create table bare.host (id text primary key);
  create table bare.hold (token text primary key, host text not null, starts_at timestamptz not null);
  create table bare.booking (token text primary key, hold text unique not null, name text not null, email text not null);
`;

let pool: pg.Pool | null = null;

async function transact(statements: [sql: string, values: unknown[]][]): Promise<void> {
  const client = await pool?.connect();
  if (!client) throw new Error('the bare server is not serving yet');
  try {
    await client.query('begin');
    for (const [text, values] of statements) await client.query(text, values);
    await client.query('commit');
  } finally {
    client.release();
  }
}

async function answer({ eventType, start, hold, name, email }: Input): Promise<object> {
  const token = randomBytes(32).toString('base64url');
  if (hold === undefined) {
    await pool?.query('insert into bare.host values ($1) on conflict do nothing', [eventType]);
    await transact([
      ['select 1 from bare.host where id = $1 for update', [eventType]],
      ['insert into bare.hold values ($1, $2, $3)', [token, eventType, start]],
    ]);
  } else {
    await transact([
      ['select 1 from bare.hold where token = $1 for update', [hold]],
      ['insert into bare.booking values ($1, $2, $3, $4)', [token, hold, name, email]],
    ]);
  }
  return { data: { token } };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as { variables: { input: Input } };
    const body = JSON.stringify(await answer(variables.input).catch(({ message }: Error) => ({ message })));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const answers = {
  /** Microseconds used so far. */
  cpu(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** @param databaseUrl where it makes tables of its own. @returns where it answers */
  async serve(databaseUrl: string): Promise<string> {
    pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
    await pool.query(TABLES);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  },
};

export type BareBookings = typeof answers;

serveParent(answers);
