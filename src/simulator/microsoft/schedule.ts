/** getSchedule: free and busy times of several mailboxes; what is wrong with one of them stands inside the answer. */
import { z } from 'zod';
import { DAY, MINUTE } from '../../time/clock.ts';
import { instantOfLocalText } from '../../time/local-time.ts';
import { windowsName } from '../../time/zone-names.ts';
import { type Instance, overlaps } from '../event.ts';
import { type Answer, type Exchange, json, readBody } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { Person, World } from '../world.ts';
import { accessDenied, badRequest, refusal } from './errors.ts';
import type { View } from './event-form.ts';
import { graphTime, zoneNamed } from './zones.ts';

const MOST_MAILBOXES = 20;
const LONGEST = 62 * DAY;
const MOST_IN_SLOT = 1000;

const timeSchema = z.object({ dateTime: z.string(), timeZone: z.string() });
const requestSchema = z.object({
  schedules: z.array(z.string()).min(1),
  startTime: timeSchema,
  endTime: timeSchema,
  availabilityViewInterval: z.int().min(5).max(1440).default(30),
});

/** The strongest in a slot wins; working elsewhere looks free. */
const STRENGTH = { free: 0, workingElsewhere: 0, tentative: 1, busy: 2, oof: 3 } as const;

interface Range {
  from: number;
  to: number;
  /** Milliseconds. */
  slot: number;
}

/** Of default calendars only. @throws Refusal of the request as a whole. */
export function getSchedule(
  { world, faults }: { world: World; faults: Faults },
  exchange: Exchange,
  view: View,
): Answer {
  if (view.person.personal) throw accessDenied();
  const request = readBody(exchange, requestSchema);
  if (!request) throw badRequest('The request is not valid.');
  const { schedules, availabilityViewInterval } = request;
  const range = {
    from: instantIn(request.startTime),
    to: instantIn(request.endTime),
    slot: availabilityViewInterval * MINUTE,
  };
  if (schedules.length > MOST_MAILBOXES) {
    throw refusal(
      400,
      'ErrorMailboxDataArrayTooBig',
      `No more than ${MOST_MAILBOXES} mailboxes can be asked for at once.`,
    );
  }
  if (range.to - range.from > LONGEST) {
    throw refusal(400, 'ErrorTimeIntervalTooBig', 'The requested time interval is larger than 62 days.');
  }
  if (range.to - range.from < range.slot) throw badRequest('The window is shorter than one interval.');
  return json(200, { value: schedules.map((mailbox) => scheduleOf(mailbox, world, faults, range, view)) });
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
  const shown = world
    .calendars(person.email)
    .filter(({ primary }) => primary)
    .flatMap(({ id }) => world.events(id, range.from, range.to))
    .filter(({ event }) => event.response !== 'declined');
  const slots = slotsOf(shown, range);
  if (slots.some((inSlot) => inSlot.length > MOST_IN_SLOT))
    return failed('5006', 'The result set contains too many calendar entries.');
  return {
    scheduleId: mailbox,
    availabilityView: slots.map((inSlot) => Math.max(0, ...inSlot.map(strength))).join(''),
    scheduleItems: shown.map((each) => ({
      isPrivate: false,
      status: statusOf(each),
      subject: each.event.title,
      start: graphTime(each.start, view.zone),
      end: graphTime(each.end, view.zone),
    })),
    workingHours: hoursOf(person),
  };
}

function slotsOf(shown: Instance[], { from, to, slot }: Range): Instance[][] {
  return Array.from({ length: Math.ceil((to - from) / slot) }, (_, index) => {
    const start = from + index * slot;
    return shown.filter((each) => overlaps(each, start, Math.min(start + slot, to)));
  });
}

const statusOf = ({ event }: Instance) =>
  event.status === 'tentative' && event.showAs === 'busy' ? 'tentative' : event.showAs;
const strength = (instance: Instance) => STRENGTH[statusOf(instance)];

const hoursOf = ({ timeZone }: Person) => ({
  daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
  startTime: '08:00:00.0000000',
  endTime: '17:00:00.0000000',
  timeZone: { name: windowsName(timeZone) },
});

/** @throws Refusal */
function instantIn({ dateTime, timeZone }: z.infer<typeof timeSchema>): number {
  const { iana } = zoneNamed(timeZone);
  const local = dateTime.replace(/\.\d+$|Z$/, '');
  const at = /T\d\d:\d\d:\d\d$/.test(local) ? instantOfLocalText(iana, local, 'rfc5545') : null;
  if (at === null) throw badRequest(`'${dateTime}' is no date and time.`);
  return at;
}
