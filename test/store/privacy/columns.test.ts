/** The list of whose data each column is, against the database itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnection } from '../../../src/store/connection.ts';
import { COLUMNS, columnsOf, OTHER_SCHEMAS, type TableName } from '../../../src/store/privacy/columns.ts';
import { ROW_TABLES } from '../../../src/store/privacy/rows.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';

let database: FreshDatabase;
/** All columns of all tables, as `schema`, `table` and `column`. */
let columns: { schema: string; table: string; column: string }[];

beforeAll(async () => {
  database = await freshDatabase();
  const client = await openConnection(database.url);
  const { rows } = await client
    .query(
      `select c.table_schema as schema, c.table_name as table, c.column_name as column
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
       where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema')`,
    )
    .finally(() => client.end());
  columns = rows;
});
afterAll(() => database.drop());

const CLASSES = ['none', 'host', 'attendee', 'secret', 'operator'] as const;
const HOW =
  'Say in src/store/privacy/columns.ts whose data it is: none, host, attendee, secret or operator. Of an attendee or a host, say in src/store/privacy/rows.ts which rows are whose, and of an attendee what takes its place.';

const listed = Object.keys(COLUMNS).flatMap((table) =>
  CLASSES.flatMap((one) =>
    columnsOf(table as TableName, [one]).map((column) => ({ name: `${table}.${column}`, one })),
  ),
);

describe('each column of the database', () => {
  it('has a class that says whose data it is', () => {
    const names = new Set(listed.map(({ name }) => name));
    const missing = columns
      .filter(({ schema }) => !(schema in OTHER_SCHEMAS))
      .map(({ schema, table, column }) => (schema === 'public' ? `${table}.${column}` : `schema ${schema}`))
      .filter((name) => !names.has(name));
    expect([...new Set(missing)].map((name) => `${name} is in no class. ${HOW}`)).toEqual([]);
  });

  it('has one class alone, and is in the list only while it is in the database', () => {
    const names = listed.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    const there = new Set(columns.map(({ table, column }) => `${table}.${column}`));
    expect(names.filter((name) => !there.has(name))).toEqual([]);
  });

  it('that is an attendee’s is found, exported and blanked; one that is a host’s is found and exported', () => {
    const rows = new Map(ROW_TABLES);
    const faults = listed.flatMap(({ name, one }) => {
      const [table = '', column = ''] = name.split('.');
      const found = rows.get(table as TableName);
      const isHosts = one === 'host' || one === 'attendee';
      if (isHosts && !found?.ofHost)
        return [`${name}: rows.ts does not say which rows of ${table} are a host's`];
      if (one === 'attendee' && !found?.ofAttendee)
        return [`${name}: rows.ts does not say which rows of ${table} are an attendee's`];
      if (one === 'attendee' && !found?.blanks?.[column])
        return [`${name}: rows.ts does not say what takes its place`];
      return [];
    });
    expect(faults).toEqual([]);
  });
});
