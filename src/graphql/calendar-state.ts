/** What state a calendar is in, by which lists of calendars are filtered and counted. */
import type { CalendarHealthState, StateTime } from '../store/calendars/health-states.ts';
import { builder, type EnumValues } from './builder.ts';
import type { Context } from './context.ts';

export const CalendarStateEnum = builder.enumType('CalendarState', {
  description: 'What a selected calendar is: the first of these that holds.',
  values: {
    REVOKED: { description: 'Access to it was withdrawn: it has to be connected again.' },
    FAILING: { description: 'Its last read failed.' },
    NEVER_READ: { description: 'No read of it has succeeded yet.' },
    STALE: { description: 'Its last proof is older than three poll intervals.' },
    UNWATCHED: {
      description: 'It is up to date, but polled: no watch channel is open, though its provider has them.',
    },
    FRESH: { description: 'It is up to date, and watched where its provider has watch channels.' },
  } as const satisfies EnumValues<CalendarHealthState>,
});

export function stateTime({ services }: Pick<Context, 'services'>): StateTime {
  const now = services.clock.now();
  return { now, staleBefore: now - services.offers.defaultStaleAfter };
}
