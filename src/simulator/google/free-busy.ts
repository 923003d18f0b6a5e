/** freebusy.query: merged busy periods, without free, cancelled and declined events. */

import { z } from 'zod';
import { DAY } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import type { Faults } from '../faults.ts';
import { parseJsonBody, type SimulatedRequest } from '../http.ts';
import type { Person, World } from '../world.ts';
import { apiError, badRequest } from './errors.ts';

const MAX_CALENDARS = 50;

const requestSchema = z.object({
  timeMin: z.iso.datetime({ offset: true }),
  timeMax: z.iso.datetime({ offset: true }),
  items: z.array(z.object({ id: z.string() })),
});

/** A failure of one calendar is an error within the response. @throws HttpError for the request as a whole. */
export function freeBusy(
  { world, faults }: { world: World; faults: Faults },
  person: Person,
  request: SimulatedRequest,
) {
  const body = parseJsonBody(request, requestSchema);
  if (!body) throw badRequest('Bad Request');
  const [from, to] = [Date.parse(body.timeMin), Date.parse(body.timeMax)];
  if (to <= from)
    throw apiError(400, 'timeRangeEmpty', 'The specified time range is empty.', { domain: 'calendar' });
  if (to - from > 90 * DAY) {
    throw apiError(400, 'timeRangeTooLong', 'The requested time range is too long.', { domain: 'calendar' });
  }
  const calendars = body.items.map(({ id }) => {
    const calendar = world
      .calendars(person.email)
      .find((each) => (id === 'primary' ? each.primary : each.id === id));
    const failing = faults.lasting('free-busy').find((each) => each.of === calendar?.id);
    const reason = !calendar
      ? 'notFound'
      : body.items.length > MAX_CALENDARS
        ? 'tooManyCalendarsRequested'
        : failing?.reason;
    if (!calendar || reason) return [id, { errors: [{ domain: 'global', reason }], busy: [] }];
    return [id, { busy: merged(world.busy(calendar.id, from, to)) }];
  });
  return {
    kind: 'calendar#freeBusy',
    timeMin: formatInstant(from),
    timeMax: formatInstant(to),
    groups: {},
    calendars: Object.fromEntries(calendars),
  };
}

/** Merges blocks that overlap or touch. */
function merged(blocks: readonly { start: number; end: number }[]) {
  const mergedBlocks: { start: number; end: number }[] = [];
  for (const { start, end } of blocks) {
    const last = mergedBlocks.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else mergedBlocks.push({ start, end });
  }
  const text = (at: number) => formatInstant(at).replace('.000Z', 'Z');
  return mergedBlocks.map(({ start, end }) => ({ start: text(start), end: text(end) }));
}
