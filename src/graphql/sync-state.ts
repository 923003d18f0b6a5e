/** Sync state: how reading a calendar from its provider is going. */
import type { CalendarState } from '../store/calendars/health.ts';
import { builder } from './builder.ts';

const INSTANTS = ['provenAsOf', 'lastStartedAt', 'lastSucceededAt', 'coveredFrom', 'coveredTo'] as const;
type Sync = Pick<CalendarState, (typeof INSTANTS)[number] | 'failures' | 'error'>;

/** Of a native calendar: nothing that happens to it is ever unknown. */
export const nativeSyncState = (now: Date): Sync => ({
  ...{ provenAsOf: now, lastStartedAt: now, lastSucceededAt: now, coveredFrom: null, coveredTo: null },
  ...{ failures: 0, error: null },
});

export const SyncStateRef = builder.objectRef<Sync | null>('SyncState').implement({
  description: 'How reading a calendar from its provider is going.',
  fields: (t) => {
    const instant = (name: (typeof INSTANTS)[number], description: string) =>
      t.field({
        type: 'DateTime',
        nullable: true,
        description,
        resolve: (state) => state?.[name]?.getTime(),
      });
    return {
      provenAsOf: instant(
        'provenAsOf',
        'Every change made at the provider before this instant is known; null: it was never read.',
      ),
      lastStartedAt: instant('lastStartedAt', 'When the last read started; null: it was never read.'),
      lastSucceededAt: instant(
        'lastSucceededAt',
        'When the last read that succeeded was applied; null: none was.',
      ),
      consecutiveFailures: t.int({
        description: 'How many reads failed since the last that succeeded.',
        resolve: (state) => state?.failures ?? 0,
      }),
      error: t.string({
        nullable: true,
        description:
          "Why the last read failed; null: it didn't. In the answer of syncCalendar, also why that read has not ended.",
        resolve: (state) => state?.error,
      }),
      coveredFrom: instant(
        'coveredFrom',
        'Start of the time over which the calendar is known; null: of none, or native.',
      ),
      coveredTo: instant(
        'coveredTo',
        'End of the time over which the calendar is known; null: of none, or native.',
      ),
    };
  },
});
