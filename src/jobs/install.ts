/** The queue's own tables, in a schema of their own beside the house's. */
import { runMigrations } from 'graphile-worker';
import type { Log } from '../log.ts';
import { queueLogger } from './logger.ts';

/** Makes the tables, or brings them to this version's form. Safe to run by several processes at once. */
export const installJobQueue = (url: string, log?: Log): Promise<void> =>
  runMigrations({ connectionString: url, logger: queueLogger(log), maxPoolSize: 1 });
