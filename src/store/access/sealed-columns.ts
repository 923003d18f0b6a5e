/** Sealed columns as the database has them: what each key still seals, and sealing anew with the current key. */
import type { Log } from '../../log.ts';
import { type KeyRing, type SealedColumn, SealedTextError } from '../../secrets.ts';
import type { Store, Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { FEED_HASH } from '../outbound/feeds.ts';

interface SealedRows {
  /** The column that identifies a row. Its value is what the row's text is bound to. */
  row: string;
  /** A column with a signature of the secret by the same key, and what it is signed for. */
  signed?: { column: string; context: string };
}

const ROWS: Readonly<Record<SealedColumn, SealedRows>> = {
  'account.tokens': { row: 'id' },
  'organisation_connection.secret': { row: 'id' },
  'connect_attempt.verifier': { row: 'state_hash' },
  'webhook_endpoint.secret': { row: 'id' },
  'feed.secret': { row: 'id', signed: { column: 'secret_hash', context: FEED_HASH } },
  'signing_key.secret': { row: 'id' },
};

/** Every sealed column: the compiler holds the keys above to be all of them. */
export const SEALED_COLUMNS = Object.keys(ROWS) as SealedColumn[];

/** Rows of one batch: each is decrypted and written by itself. */
const BATCH = 200;

/** Secrets of one column that are sealed with one key. */
export interface SealedCount {
  column: SealedColumn;
  /** Id of the key, as KeyRing.ids names it. */
  key: string;
  count: number;
}

const partsOf = (column: SealedColumn) => {
  const [table = '', name = ''] = column.split('.');
  return {
    table: Prisma.raw(table),
    text: Prisma.raw(name),
    row: Prisma.raw(ROWS[column].row),
  };
};

/** The second part of a sealed text is its key's id. @returns counts by column and key, those of many secrets first */
export async function countSealed(
  tx: Tx,
  columns: readonly SealedColumn[] = SEALED_COLUMNS,
): Promise<SealedCount[]> {
  const counts: SealedCount[] = [];
  for (const column of columns) {
    const { table, text } = partsOf(column);
    const rows = await tx.$queryRaw<Omit<SealedCount, 'column'>[]>`
      select split_part(${text}, '.', 2) as key, count(*)::int as count from ${table}
      where ${text} is not null group by 1 order by 2 desc, 1`;
    counts.push(...rows.map((row) => ({ column, ...row })));
  }
  return counts;
}

/** Secrets of a column that these keys have sealed, at most `limit` of them, in the order of their rows. */
export function readSealed(
  tx: Tx,
  column: SealedColumn,
  keys: readonly string[],
  limit: number,
): Promise<{ id: string; sealed: string }[]> {
  const { table, text, row } = partsOf(column);
  return tx.$queryRaw`
    select ${row} as id, ${text} as sealed from ${table}
    where ${text} is not null and split_part(${text}, '.', 2) = any(${[...keys]})
    order by ${row} limit ${limit}`;
}

/** What sealing a column anew has come to. */
export interface ResealProgress {
  column: SealedColumn;
  /** Secrets sealed anew so far. */
  sealed: number;
  /** Rows whose secret no key of the ring opens; they stay as they are. */
  unopened: string[];
}

/**
 * Seals what other keys have sealed in a column with the current key, in the order of its rows. What was sealed stays so, so that a run
 * that was broken off goes on where it was when it is begun again; a secret that changes meanwhile is left alone.
 * @yields after each batch of at most 200 rows
 */
export async function* resealColumn(
  store: Store,
  keyRing: KeyRing,
  column: SealedColumn,
): AsyncGenerator<ResealProgress> {
  const { table, text, row } = partsOf(column);
  const { signed } = ROWS[column];
  const [current = ''] = keyRing.ids;
  const progress: ResealProgress = { column, sealed: 0, unopened: [] };
  for (let after = '', full = true; full; ) {
    const rows = await store.$queryRaw<{ id: string; sealed: string }[]>`
      select ${row} as id, ${text} as sealed from ${table}
      where ${text} is not null and split_part(${text}, '.', 2) <> ${current} and ${row} > ${after}
      order by ${row} limit ${BATCH}`;
    for (const { id, sealed } of rows) {
      try {
        const plain = keyRing.decrypt(sealed, column, id);
        const signature = signed
          ? Prisma.sql`, ${Prisma.raw(signed.column)} = ${keyRing.sign(plain, signed.context)}`
          : Prisma.empty;
        progress.sealed += await store.$executeRaw`
          update ${table} set ${text} = ${keyRing.encrypt(plain, column, id)}${signature}
          where ${row} = ${id} and ${text} = ${sealed}`;
      } catch (error) {
        if (!(error instanceof SealedTextError)) throw error;
        progress.unopened.push(id);
      }
    }
    after = rows.at(-1)?.id ?? '';
    full = rows.length === BATCH;
    yield progress;
  }
}

/** Rows that a log message names. */
const NAMED = 10;

/**
 * Seals everything with the current key, so that the previous key can be removed. Keys change at a start only, so that once is
 * enough.
 * @returns a task of the sweep: one batch a pass, until all is done
 */
export function createReseal(deps: { store: Store; keyRing: KeyRing; log: Log }): () => Promise<void> {
  const { store, keyRing, log } = deps;

  async function* resealAll() {
    for (const column of SEALED_COLUMNS) {
      let unopened: string[] = [];
      for await (const progress of resealColumn(store, keyRing, column)) {
        ({ unopened } = progress);
        yield;
      }
      if (unopened.length === 0) continue;
      log.error(
        { column, count: unopened.length, rows: unopened.slice(0, NAMED) },
        'stored secrets not sealed anew, no key of ENCRYPTION_KEYS opens them',
      );
    }
  }

  let batches = resealAll();
  let done = false;
  return async () => {
    if (done) return;
    try {
      done = (await batches.next()).done ?? false;
    } catch (error) {
      // A generator is over once the database has refused it a batch: what is sealed by then is not done again.
      batches = resealAll();
      throw error;
    }
  };
}
