import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/log.ts';
import { createKeyRing } from '../../../src/secrets.ts';
import {
  countSealed,
  createReseal,
  resealColumn,
  SEALED_COLUMNS,
} from '../../../src/store/access/sealed-columns.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';

const [old, next, gone] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const [before, both] = [createKeyRing([old]), createKeyRing([next, old])];
const idOf = (key: Buffer) => createKeyRing([key]).ids[0];

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 2 });
  await store.$executeRaw`insert into organisation (id, name) values ('org', 'Org')`;
  await store.$executeRaw`
    insert into host (id, organisation_id, name, slug, time_zone, version) values ('host', 'org', 'Ada', 'ada', 'UTC', 1)`;
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

/** A row of each sealed column, sealed with the old key. */
const ROWS = {
  'account.tokens': `insert into account (id, organisation_id, host_id, provider, subject, status, tokens)
    values ('row', 'org', 'host', 'google', 's', 'CONNECTED', $1)`,
  'organisation_connection.secret': `insert into organisation_connection (id, organisation_id, provider, subject, name, secret)
    values ('row', 'org', 'google', 's', 'n', $1)`,
  'connect_attempt.verifier': `insert into connect_attempt (ticket_hash, organisation_id, host_id, provider, expires_at, state_hash, verifier)
    values ('t', 'org', 'host', 'google', now(), 'row', $1)`,
  'webhook_endpoint.secret': `insert into webhook_endpoint (id, organisation_id, url, events, secret, created_at)
    values ('row', 'org', 'https://a.example', '{}', $1, now())`,
  'feed.secret': `insert into feed (id, organisation_id, host_id, titles, secret, secret_hash, uid_key, created_at)
    values ('row', 'org', 'host', false, $1, 'hash', 'uid', now())`,
  'signing_key.secret': `insert into signing_key (id, purpose, secret) values ('row', 'booking', $1)`,
} satisfies Record<(typeof SEALED_COLUMNS)[number], string>;

const textOf = async (column: string) => {
  const [table, name] = column.split('.');
  const [found] = await store.$queryRawUnsafe<{ text: string }[]>(`select ${name} as text from ${table}`);
  return found?.text ?? '';
};

describe('sealed columns', () => {
  it('are those that the schema calls sealed', async () => {
    const { readFile } = await import('node:fs/promises');
    const schema = await readFile(new URL('../../../prisma/schema.prisma', import.meta.url), 'utf8');
    const named = [...schema.matchAll(/^model \w+ \{\n(.*?)@@map\("(\w+)"\)/gms)].flatMap(
      ([, body = '', table = '']) =>
        [...body.matchAll(/\/\/\/ [^\n]*\b[Ss]ealed\b[^\n]*\n\s+(\w+)[^\n]*/g)].map(
          ([line, field = '']) => `${table}.${/@map\("(\w+)"\)/.exec(line)?.[1] ?? field}`,
        ),
    );
    expect(named.sort()).toEqual([...SEALED_COLUMNS].sort());
  });

  it('are all sealed anew by the sweep, one batch a pass', async () => {
    for (const column of SEALED_COLUMNS)
      await store.$executeRawUnsafe(ROWS[column], before.encrypt(`plain ${column}`, column, 'row'));
    expect(await countSealed(store)).toEqual(
      SEALED_COLUMNS.map((column) => ({ column, key: idOf(old), count: 1 })),
    );
    const task = createReseal({ store, keyRing: both, log: createLog('silent') });
    for (let pass = 0; pass <= SEALED_COLUMNS.length; pass++) await task();
    expect(await countSealed(store)).toEqual(
      SEALED_COLUMNS.map((column) => ({ column, key: idOf(next), count: 1 })),
    );
    const after = createKeyRing([next]);
    for (const column of SEALED_COLUMNS)
      expect(after.decrypt(await textOf(column), column, 'row')).toBe(`plain ${column}`);
    expect((await store.feed.findFirst())?.secretHash).toBe(after.sign('plain feed.secret', 'feed'));
  });
});

describe('sealing anew', () => {
  it('goes on where it was broken off, leaves what no key opens, and says which', async () => {
    const column = 'account.tokens';
    await store.account.deleteMany();
    const lost = createKeyRing([gone]);
    const ids = Array.from({ length: 450 }, (_, at) => `acc_${String(at).padStart(3, '0')}`);
    await store.account.createMany({
      data: ids.map((id) => ({
        id,
        organisationId: 'org',
        hostId: 'host',
        provider: 'google' as const,
        subject: id,
        status: 'CONNECTED' as const,
        tokens: (id === 'acc_250' ? lost : before).encrypt(id, column, id),
      })),
    });
    for await (const progress of resealColumn(store, both, column)) {
      expect(progress.sealed).toBe(200);
      break;
    }
    const passes: number[] = [];
    let unopened: string[] = [];
    for await (const progress of resealColumn(store, both, column)) {
      passes.push(progress.sealed);
      unopened = progress.unopened;
    }
    expect(passes).toEqual([199, 249]);
    expect(unopened).toEqual(['acc_250']);
    expect(await countSealed(store, [column])).toEqual([
      { column, key: idOf(next), count: 449 },
      { column, key: idOf(gone), count: 1 },
    ]);
  });
});
