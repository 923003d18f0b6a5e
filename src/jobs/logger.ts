/** What the queue says of itself, in the house's log: its faults as they are, the rest only for those who debug. */
import { Logger } from 'graphile-worker';
import type { Log } from '../log.ts';

/** Without a log it is silent. */
export const queueLogger = (log?: Log): Logger =>
  new Logger(({ taskIdentifier, jobId }) => (level, message) => {
    const context = { task: taskIdentifier, job: jobId };
    if (level === 'error') log?.error(context, message);
    else if (level === 'warning') log?.warn(context, message);
    else log?.debug(context, message);
  });
