/** Statements that are sent as parts of another one: all of them take one way to the database and back, and are committed together. */
import type { SqlRunner } from '../jobs/port.ts';
import { Prisma } from './generated/client.ts';

/** Statements that return rows, as parts of the one that they go with. */
export interface StatementParts {
  /** Follows the other statement's `with` clause: `, part0 as (…), part1 as (…)`, or nothing. */
  ctes: Prisma.Sql;
  /** An expression that executes all of them, one after the other, when it is evaluated. */
  executed: Prisma.Sql;
}

/** What `work` would execute, as parts of another statement. Only statements that begin with `with` or `select` can be such parts. */
export async function statementParts(work: (sql: SqlRunner) => Promise<void>): Promise<StatementParts> {
  const parts: Prisma.Sql[] = [];
  await work({
    async $executeRaw(strings, ...values) {
      parts.push(Prisma.sql(strings, ...values));
      return 0;
    },
  });
  const named = parts.map((part, i) => ({ part, name: Prisma.raw(`part${i}`) }));
  return {
    ctes: named.reduce(
      (all, { part, name }) => Prisma.sql`${all}, ${name} as materialized (${part})`,
      Prisma.empty,
    ),
    executed: named.reduce(
      (all, { name }) => Prisma.sql`${all} + (select count(*) from ${name})`,
      Prisma.sql`0`,
    ),
  };
}
