/** A process that starts an embedded PostgreSQL, tells its URL, and lives on until it is killed. */
import { createLog } from '../../../src/log.ts';
import { startEmbeddedPostgres } from '../../../src/store/embedded/postgres.ts';

const [, , dataDir = '', idleLimit = '600000'] = process.argv;
const { url, attached } = await startEmbeddedPostgres({
  dataDir,
  log: createLog('silent'),
  throwaway: true,
  idleLimit: Number(idleLimit),
});
process.stdout.write(`${JSON.stringify({ url, attached })}\n`);
setInterval(() => {}, 60_000);
