/** Looks through the whole database of a stack, whatever the tables are. */
import pg from 'pg';
import type { Stack } from './stack.fixture.ts';

/** Those of the texts that any row of any table mentions, whatever the column's type, with the tables. */
export async function mentions(
  stack: Pick<Stack, 'environment'>,
  texts: readonly string[],
): Promise<Map<string, string[]>> {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`);
    const found = new Map<string, string[]>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `select text from unnest($1::text[]) text where exists (select 1 from ${name} t where position(text in t::text) > 0)`,
        [texts],
      );
      for (const { text } of rows) found.set(text, [...(found.get(text) ?? []), name]);
    }
    return found;
  } finally {
    await client.end();
  }
}
