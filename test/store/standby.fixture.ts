/** A real PostgreSQL in recovery, as a standby is: it answers queries and takes no writes until it is promoted. */
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.ts';
import { migrate } from '../../src/store/migrate.ts';

export interface Standby {
  /** Of its migrated database. */
  url: string;
  stop(): Promise<void>;
}

export async function startStandby(): Promise<Standby> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slotwire-standby-'));
  await chmod(dataDir, 0o711); // as root: PostgreSQL's user must get in
  const start = () => startEmbeddedPostgres({ dataDir, log: createLog('silent'), throwaway: true });
  const before = await start();
  await migrate(before.url);
  await installJobQueue(before.url);
  await before.stop();
  const data = join(dataDir, 'postgres', 'server', 'data');
  const { uid, gid } = await stat(data);
  await writeFile(join(data, 'standby.signal'), '', { mode: 0o600 });
  await chown(join(data, 'standby.signal'), uid, gid);
  const standby = await start();
  return {
    url: standby.url,
    async stop() {
      await standby.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}
