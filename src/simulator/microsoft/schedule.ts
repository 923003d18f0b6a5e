/** getSchedule: free and busy times of several mailboxes; a failure of one of them is an error within the response. */
import { z } from 'zod';
import { DAY, MINUTE } from '../../time/clock.ts';
import { instantOfLocalText } from '../../time/local-time.ts';
import { windowsName } from '../../time/zone-names.ts';
import { type Instance, overlaps } from '../event.ts';
import type { Faults } from '../faults.ts';
import { jsonResponse, parseJsonBody, type SimulatedRequest, type SimulatedResponse } from '../http.ts';
import type { Person, World } from '../world.ts';
import { accessDenied, apiError, badRequest } from './errors.ts';
import type { View } from './event-resource.ts';
import { graphTime, parseZone } from './zones.ts';

const MAX_MAILBOXES = 20;
const MAX_RANGE = 62 * DAY;
const MAX_ENTRIES_PER_SLOT = 1000;

const timeSchema = z.object({ dateTime: z.string(), timeZone: z.string() });
const requestSchema = z.object({
  schedules: z.array(z.string()).min(1),
  startTime: timeSchema,
  endTime: timeSchema,
  availabilityViewInterval: z.int().min(5).max(1440).default(30),
});

/** The highest rank in a slot wins; working elsewhere counts as free. */
const BUSY_RANK = { free: 0, workingElsewhere: 0, tentative: 1, busy: 2, oof: 3 } as const;

interface Range {
  from: number;
  to: number;
  /** Milliseconds. */
  slot: number;
}

/** Covers default calendars only. @throws HttpError for the request as a whole. */
export function getSchedule(
  { world, faults }: { world: World; faults: Faults },
  request: SimulatedRequest,
  view: View,
): SimulatedResponse {
  if (view.person.personal) throw accessDenied();
  const body = parseJsonBody(request, requestSchema);
  if (!body) throw badRequest('The request is not valid.');
  const { schedules, availabilityViewInterval } = body;
  const range = {
    from: instantIn(body.startTime),
    to: instantIn(body.endTime),
    slot: availabilityViewInterval * MINUTE,
  };
  if (schedules.length > MAX_MAILBOXES) {
    throw apiError(
      400,
      'ErrorMailboxDataArrayTooBig',
      `No more than ${MAX_MAILBOXES} mailboxes can be asked for at once.`,
    );
  }
  if (range.to - range.from > MAX_RANGE) {
    throw apiError(400, 'ErrorTimeIntervalTooBig', 'The requested time interval is larger than 62 days.');
  }
  if (range.to - range.from < range.slot) throw badRequest('The window is shorter than one interval.');
  return jsonResponse(200, {
    value: schedules.map((mailbox) => scheduleOf(mailbox, world, faults, range, view)),
  });
}

function scheduleOf(mailbox: string, world: World, faults: Faults, range: Range, view: View) {
  const failed = (responseCode: string, message: string) => ({
    scheduleId: mailbox,
    availabilityView: '',
    error: { responseCode, message },
  });
  const person = world
    .people()
    .find(
      ({ email, provider, personal }) =>
        provider === 'microsoft' && !personal && email === mailbox.toLowerCase(),
    );
  if (!person) return failed('ErrorMailRecipientNotFound', 'Unable to resolve e-mail address.');
  const fault = faults.lasting('free-busy').find((each) => each.of === person.email);
  if (fault) return failed(fault.reason, 'The free and busy times could not be read.');
  const entries = world
    .calendars(person.email)
    .filter(({ primary }) => primary)
    .flatMap(({ id }) => world.events(id, range.from, range.to))
    .filter(({ event }) => event.response !== 'declined');
  const slots = slotsOf(entries, range);
  if (slots.some((inSlot) => inSlot.length > MAX_ENTRIES_PER_SLOT))
    return failed('5006', 'The result set contains too many calendar entries.');
  return {
    scheduleId: mailbox,
    availabilityView: slots.map((inSlot) => Math.max(0, ...inSlot.map(busyRank))).join(''),
    scheduleItems: entries.map((each) => ({
      isPrivate: false,
      status: statusOf(each),
      subject: each.event.title,
      start: graphTime(each.start, view.zone),
      end: graphTime(each.end, view.zone),
    })),
    workingHours: workingHoursOf(person),
  };
}

function slotsOf(entries: Instance[], { from, to, slot }: Range): Instance[][] {
  return Array.from({ length: Math.ceil((to - from) / slot) }, (_, index) => {
    const start = from + index * slot;
    return entries.filter((each) => overlaps(each, start, Math.min(start + slot, to)));
  });
}

const statusOf = ({ event }: Instance) =>
  event.status === 'tentative' && event.showAs === 'busy' ? 'tentative' : event.showAs;
const busyRank = (instance: Instance) => BUSY_RANK[statusOf(instance)];

const workingHoursOf = ({ timeZone }: Person) => ({
  daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
  startTime: '08:00:00.0000000',
  endTime: '17:00:00.0000000',
  timeZone: { name: windowsName(timeZone) },
});

/** @throws Refusal */
function instantIn({ dateTime, timeZone }: z.infer<typeof timeSchema>): number {
  const { iana } = parseZone(timeZone);
  const local = dateTime.replace(/\.\d+$|Z$/, '');
  const at = /T\d\d:\d\d:\d\d$/.test(local) ? instantOfLocalText(iana, local, 'rfc5545') : null;
  if (at === null) throw badRequest(`'${dateTime}' is no date and time.`);
  return at;
}
