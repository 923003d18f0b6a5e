/** freebusy.query: merged periods, without what is free, cancelled or declined. */

import { z } from 'zod';
import { DAY } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { type Exchange, readBody } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { Person, World } from '../world.ts';
import { badRequest, refusal } from './errors.ts';

const MOST_CALENDARS = 50;

const requestSchema = z.object({
  timeMin: z.iso.datetime({ offset: true }),
  timeMax: z.iso.datetime({ offset: true }),
  items: z.array(z.object({ id: z.string() })),
});

/** @throws Refusal; what is wrong with one calendar is an error within the answer. */
export function freeBusy(
  { world, faults }: { world: World; faults: Faults },
  person: Person,
  exchange: Exchange,
) {
  const request = readBody(exchange, requestSchema);
  if (!request) throw badRequest('Bad Request');
  const [from, to] = [Date.parse(request.timeMin), Date.parse(request.timeMax)];
  if (to <= from)
    throw refusal(400, 'timeRangeEmpty', 'The specified time range is empty.', { domain: 'calendar' });
  if (to - from > 90 * DAY) {
    throw refusal(400, 'timeRangeTooLong', 'The requested time range is too long.', { domain: 'calendar' });
  }
  const calendars = request.items.map(({ id }) => {
    const calendar = world
      .calendars(person.email)
      .find((each) => (id === 'primary' ? each.primary : each.id === id));
    const failing = faults.lasting('free-busy').find((each) => each.of === calendar?.id);
    const reason = !calendar
      ? 'notFound'
      : request.items.length > MOST_CALENDARS
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

/** Blocks that overlap or touch are one. */
function merged(blocks: readonly { start: number; end: number }[]) {
  const done: { start: number; end: number }[] = [];
  for (const { start, end } of blocks) {
    const last = done.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else done.push({ start, end });
  }
  const text = (at: number) => formatInstant(at).replace('.000Z', 'Z');
  return done.map(({ start, end }) => ({ start: text(start), end: text(end) }));
}
