/** Prisma's schema engine as WebAssembly: tells how a database differs from schema.prisma. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/** PostgreSQL's one-byte "char", in which its catalogue speaks and which the adapter does not know. */
const CHAR = 18;
/** An array of it the adapter knows; no table of ours has one. */
const CHAR_ARRAY = 1002;

let loading: Promise<void> | undefined;

/** Once per process: the glue remembers the memory of the module that it was given first. */
const loaded = (): Promise<void> => {
  loading ??= load();
  return loading;
};

async function load(): Promise<void> {
  const panic = (message: string): never => {
    throw new Error(`The schema engine panicked: ${message}`);
  };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: panic } });
  const file = import.meta.resolve('@prisma/schema-engine-wasm').replace(/\.js$/, '_bg.wasm');
  const compiled = await WebAssembly.compile(await readFile(new URL(file)));
  const { exports } = await WebAssembly.instantiate(compiled, { './schema_engine_bg.js': { ...glue } });
  glue.__wbg_set_wasm(exports);
  (exports.__wbindgen_start as () => void)();
}

/** SQL that would bring the database to the schema: "-- This is an empty migration." when there is nothing to do. */
export async function differenceTo(url: string, schemaFile: string): Promise<string | null> {
  await loaded();
  const files = [{ path: schemaFile, content: await readFile(schemaFile, 'utf8') }];
  const pool = catalogPool(url);
  try {
    const engine = await glue.SchemaEngine.new(
      { datamodels: [[schemaFile, files[0]?.content ?? '']] },
      () => {},
      bindMigrationAwareSqlAdapterFactory(withChar(new PrismaPg(pool))),
    );
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: dirname(schemaFile) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return stdout;
  } finally {
    await pool.end();
  }
}

function catalogPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url });
  const query = pool.query.bind(pool);
  Object.defineProperty(pool, 'query', {
    value: async (request: pg.QueryArrayConfig) => {
      const result = await query(request);
      for (const field of result.fields) if (field.dataTypeID === CHAR) field.dataTypeID = CHAR_ARRAY;
      return result;
    },
  });
  return pool;
}

function withChar(factory: PrismaPg): SqlMigrationAwareDriverAdapterFactory {
  const wrap = (adapter: SqlDriverAdapter): SqlDriverAdapter => {
    const query = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (request) => {
      const result = await query(request);
      const columnTypes = result.columnTypes.map((type) =>
        type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
      );
      return { ...result, columnTypes };
    };
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => wrap(await factory.connect()),
    connectToShadowDb: async () => wrap(await factory.connectToShadowDb()),
  };
}
