/** The clock of this machine, compared with the database's as every process compares it. */
import { createLog } from '../../log.ts';
import { readDatabaseTime, type Store } from '../../store/client.ts';
import { type Clock, SECOND } from '../../time/clock.ts';
import { CLOCK_SKEW_MAX, startDatabaseClock } from '../../time/database-clock.ts';
import { type Finding, findingsOf } from './finding.ts';

/** @param wall the machine's clock */
export async function diagnoseClock(store: Store, wall: Clock): Promise<Finding[]> {
  const { ok, failed } = findingsOf('clock');
  const clock = await startDatabaseClock({
    askDatabase: () => readDatabaseTime(store),
    wall,
    log: createLog('silent'),
  });
  try {
    const seconds = Math.abs(clock.skew()) / SECOND;
    const finding = `${seconds.toFixed(1)} s ${clock.skew() > 0 ? 'ahead of' : 'behind'} the database's`;
    if (!clock.isUntrusted()) return [ok(finding)];
    return [
      failed(
        `${finding}, more than ${CLOCK_SKEW_MAX / SECOND} s: a process on this machine proves no calendar, and calls every calendar stale`,
        "Run NTP on this machine and on the database's (docs/operations.md, Clocks).",
      ),
    ];
  } finally {
    await clock.close();
  }
}
