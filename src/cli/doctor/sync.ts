/** What keeps calendars right: workers that take jobs, and the calendars as they left them. */
import type { Config } from '../../config.ts';
import { type CalendarCondition, countConditions, lateAfter } from '../../store/calendars/conditions.ts';
import type { Store } from '../../store/client.ts';
import { countWorkers } from '../../store/workers.ts';
import { NO_WORKER_SEEN, WORKER_SEEN_WITHIN } from '../../sync/worker-presence.ts';
import { SECOND } from '../../time/clock.ts';
import { type Finding, findingsOf } from './finding.ts';

export async function diagnoseWorkers(store: Store): Promise<Finding[]> {
  const { ok, failed } = findingsOf('workers');
  const { count, age } = await countWorkers(store, WORKER_SEEN_WITHIN);
  if (count > 0) return [ok(`${count} seen within the last ${WORKER_SEEN_WITHIN / SECOND} s`)];
  const last = age === null ? '' : ` (the last one was seen ${Math.round(age / SECOND)} s ago)`;
  return [failed(`${NO_WORKER_SEEN}${last}`, 'Start slotwire worker, or slotwire serve without --no-sync.')];
}

/** What a condition is called, and what to do about it; no advice: it is as it should be. */
const CONDITIONS: Readonly<Record<CalendarCondition, { name: string; advice?: string }>> = {
  fresh: { name: 'fresh' },
  unread: { name: 'not read yet', advice: 'see that a worker runs' },
  late: { name: 'read too long ago', advice: 'see that enough workers run' },
  partial: { name: 'read in part', advice: 'look at their sync.error' },
  unreachable: { name: 'not reachable', advice: 'look at their sync.error' },
  revoked: {
    name: 'with access withdrawn',
    advice: 'give their hosts a link to connect again (startConnect)',
  },
};

export async function diagnoseCalendars(
  store: Store,
  config: Pick<Config, 'POLL_INTERVAL' | 'POLL_INTERVAL_WATCHED'>,
): Promise<Finding[]> {
  const { ok, warning } = findingsOf('calendars');
  const counts = await countConditions(store, lateAfter(config));
  if (counts.length === 0) return [ok('none is selected')];
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const parts = counts.map(({ condition, count }) => `${count} ${CONDITIONS[condition].name}`);
  const finding = `${total} selected: ${parts.join(', ')}`;
  const advice = new Set(counts.flatMap(({ condition }) => CONDITIONS[condition].advice ?? []));
  if (advice.size === 0) return [ok(finding)];
  return [warning(finding, `The query calendars of the API names them: ${[...advice].join('; ')}.`)];
}
