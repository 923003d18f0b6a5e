import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnoseLeftovers } from '../../../src/cli/doctor/leftovers.ts';
import { findDatabase, findKeyRing } from '../../../src/cli/doctor/sources.ts';
import { examineConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { recordOwner } from '../../../src/store/embedded/leftovers.ts';
import { startEmbeddedPostgres } from '../../../src/store/embedded/postgres.ts';

let folder: string;
let dataDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slotwire-doctor-'));
  await chmod(folder, 0o755); // as root: PostgreSQL's user must get in
  dataDir = join(folder, 'data');
});
afterEach(() => rm(folder, { recursive: true }));

const find = () => findDatabase(examineConfig({ DATA_DIR: dataDir }));

describe('the doctor on the embedded database', () => {
  it('fails one that was never started, and makes no folder for it', async () => {
    expect(await find()).toMatchObject({
      status: 'failed',
      finding: expect.stringContaining('there is none yet in'),
      advice: expect.stringContaining('slotwire serve'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('connects to one that runs, and fails it once it is stopped, without starting it', async () => {
    const server = await startEmbeddedPostgres({ dataDir, log: createLog('silent'), throwaway: true });
    const found = await find();
    if (!('url' in found)) throw new Error(found.finding);
    const client = await openConnection(found.url);
    expect((await client.query('select current_database() as name')).rows).toEqual([{ name: 'slotwire' }]);
    await client.end();
    await server.stop();
    const before = await readdir(dataDir, { recursive: true });
    expect(await find()).toMatchObject({
      status: 'failed',
      finding: expect.stringContaining('it does not run'),
    });
    expect(await readdir(dataDir, { recursive: true })).toEqual(before);
    await expect(openConnection(found.url)).rejects.toThrow('nothing listens there');
  }, 120_000);

  it('says that keys are missing instead of making some', async () => {
    expect(await findKeyRing(examineConfig({ DATA_DIR: dataDir }))).toMatch(/encryption-keys can't be read$/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the doctor on folders of deleted installations', () => {
  it('names those whose DATA_DIR is gone, and removes none', async () => {
    const addDatabase = async (name: string, dataFolder: string, throwaway: boolean) => {
      await mkdir(join(folder, name));
      await recordOwner(join(folder, name), { dataFolder, throwaway });
      return join(folder, name);
    };
    const gone = join(folder, 'gone', 'postgres');
    await addDatabase('slotwire-used', folder, false);
    expect(await diagnoseLeftovers([folder])).toMatchObject([{ status: 'ok' }]);
    const precious = await addDatabase('slotwire-precious', gone, false);
    expect(await diagnoseLeftovers([folder])).toEqual([
      {
        check: 'leftovers',
        status: 'warning',
        finding: `${precious} holds the database of ${gone}, which is gone`,
        advice: expect.stringContaining('Remove it by hand'),
      },
    ]);
    expect(await readFile(join(precious, 'owner.json'), 'utf8')).toContain(gone);
  });
});
