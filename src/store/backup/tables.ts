/** The tables of a database as a backup copies them: by name and columns, parents before their children. */
import type pg from 'pg';

export interface CopiedTable {
  table: string;
  /** Without those that PostgreSQL computes itself. */
  columns: string[];
}

/** Prisma's own: a restored database has it from its migrations. */
const MIGRATIONS = '_prisma_migrations';

const TABLES = `
  select c.relname::text as "table", array_agg(a.attname::text order by a.attnum) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relname <> '${MIGRATIONS}'
  group by c.relname order by c.relname`;

const PARENTS = `
  select child.relname::text as child, parent.relname::text as parent
  from pg_constraint f join pg_class child on child.oid = f.conrelid join pg_class parent on parent.oid = f.confrelid
  where f.contype = 'f' and child.oid <> parent.oid and child.relnamespace = current_schema()::regnamespace`;

export async function readTables(client: pg.Client): Promise<CopiedTable[]> {
  const { rows: tables } = await client.query<CopiedTable>(TABLES);
  const { rows: references } = await client.query<{ child: string; parent: string }>(PARENTS);
  const sorted: CopiedTable[] = [];
  let rest = tables;
  while (rest.length > 0) {
    const waiting = new Set(rest.map(({ table }) => table));
    const hasParent = new Set(
      references.flatMap(({ child, parent }) => (waiting.has(parent) ? [child] : [])),
    );
    const next = rest.filter(({ table }) => !hasParent.has(table));
    if (next.length === 0)
      throw new Error(`tables refer to each other in a circle: ${[...waiting].join(', ')}`);
    sorted.push(...next);
    rest = rest.filter(({ table }) => hasParent.has(table));
  }
  return sorted;
}

/** Names of the migrations that a database has; none where there is no Slotwire. */
export async function readAppliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('${MIGRATIONS}') is not null as there`,
  );
  if (!found[0]?.there) return [];
  const { rows } = await client.query<{ name: string }>(
    `select migration_name as name from ${MIGRATIONS} where finished_at is not null and rolled_back_at is null order by 1`,
  );
  return rows.map(({ name }) => name);
}

export const copyTarget = (client: pg.Client, { table, columns }: CopiedTable): string =>
  `${client.escapeIdentifier(table)} (${columns.map((name) => client.escapeIdentifier(name)).join(', ')})`;
