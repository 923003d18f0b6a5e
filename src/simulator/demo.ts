/** The demo's world: five people with two plausible weeks, the same for the same day. */

import { addDays, dayFromDate, weekdayOf } from '../time/civil-date.ts';
import type { Instant } from '../time/clock.ts';
import { instantOfWall, localDate } from '../time/local-time.ts';
import type { EventInput } from './event.ts';
import type { Person, World } from './world.ts';

/** Title, day counted in weekdays from the first, start, end, and what differs from a plain busy event. */
type Line = readonly [title: string, weekday: number, start: string, end: string, more?: EventInput];

const ADA: Line[] = [
  ['Analytical Engine stand-up', 0, '09:30', '09:45', { series: { every: 'week', count: 8 } }],
  ['Design review', 0, '11:00', '12:00'],
  ['Lunch with Charles', 1, '12:30', '13:30'],
  ['Interview: programmer', 1, '15:00', '16:00'],
  ['Translation notes', 2, '10:00', '11:30', { showAs: 'free' }],
  ['Royal Society talk', 2, '14:00', '16:00', { status: 'tentative' }],
  ['Vendor pitch', 3, '09:00', '10:00', { response: 'declined' }],
  ['One-to-one: Mary', 3, '13:00', '13:45', { response: 'accepted' }],
  ['Planning', 5, '10:00', '11:00'],
  ['Dentist', 6, '16:00', '17:00', { showAs: 'oof' }],
  ['Paper club', 7, '14:00', '15:00', { response: 'tentative' }],
  ['Punch card audit', 8, '11:00', '12:30'],
  ['Quarterly review', 9, '15:00', '16:30'],
];

const ADA_PRIVATE: Line[] = [
  ['Riding lesson', 1, '09:00', '10:00'],
  ['School play', 4, '16:00', '17:00'],
  ['Piano tuner', 7, '09:30', '10:30'],
];

const GRACE: Line[] = [
  ['Morning watch', 0, '09:00', '09:30', { series: { every: 'week', count: 8 } }],
  ['Compiler working group', 0, '13:00', '14:30'],
  ['Nanosecond lecture', 1, '10:00', '11:00', { response: 'accepted' }],
  ['Lunch: standards board', 2, '12:00', '13:00'],
  ['COBOL committee', 2, '15:00', '16:30', { status: 'tentative', showAs: 'tentative' }],
  ['Optional demo', 3, '11:00', '12:00', { response: 'declined' }],
  ['Writing', 3, '14:00', '16:00', { showAs: 'free' }],
  ['Budget', 5, '09:30', '10:30'],
  ['Dry dock visit', 6, '13:00', '17:00', { showAs: 'oof' }],
  ['Office hours', 7, '10:00', '12:00', { showAs: 'workingElsewhere' }],
  ['Moth post-mortem', 8, '15:00', '16:00'],
  ['Retrospective', 9, '13:00', '14:00'],
];

const GRACE_TEAM: Line[] = [
  ['Team sync', 1, '14:00', '14:30', { series: { every: 'week', count: 8 } }],
  ['Release rehearsal', 4, '10:00', '11:30'],
  ['Team lunch', 6, '12:00', '13:00'],
];

const KATHERINE: Line[] = [
  ['Trajectory check', 0, '09:00', '10:30', { series: { every: 'week', count: 8 } }],
  ['Flight readiness', 1, '13:00', '15:00'],
  ['Re-entry numbers', 3, '10:00', '12:00'],
  ['School visit', 4, '14:00', '16:00', { showAs: 'oof' }],
  ['Orbit review', 7, '09:30', '11:00'],
];

const ALAN: Line[] = [
  ['Hut 8 stand-up', 0, '10:00', '10:30', { series: { every: 'week', count: 8 } }],
  ['Morphogenesis seminar', 0, '15:00', '17:00'],
  ['Chess with Jack', 2, '12:00', '13:30', { status: 'tentative', showAs: 'tentative' }],
  ['Long run', 3, '16:00', '17:00'],
  ['Imitation games', 5, '11:00', '13:00'],
];

const KONRAD: Line[] = [
  ['Relay soldering', 0, '13:00', '16:00'],
  ['Plankalkül reading group', 1, '10:00', '11:30', { series: { every: 'week', count: 8 } }],
  ['Visit to the archive', 2, '09:00', '12:00', { showAs: 'oof' }],
  ['Patent lawyer', 4, '15:00', '16:00'],
  ['Painting', 6, '14:00', '17:00', { showAs: 'free' }],
];

/** Whose primary calendar is all they have. */
const COLLEAGUES: [Omit<Person, 'id'>, Line[]][] = [
  [
    {
      email: 'katherine@example.com',
      name: 'Katherine Johnson',
      provider: 'google',
      timeZone: 'America/New_York',
    },
    KATHERINE,
  ],
  [
    { email: 'alan@example.com', name: 'Alan Turing', provider: 'microsoft', timeZone: 'Europe/London' },
    ALAN,
  ],
  [
    { email: 'konrad@example.com', name: 'Konrad Zuse', provider: 'google', timeZone: 'Europe/Berlin' },
    KONRAD,
  ],
];

/**
 * Fills the world with Ada (Google), Grace (Microsoft) and three colleagues; events begin on the weekday of `now`, or the
 * next one.
 */
export function seedDemo(world: World, now: Instant): void {
  const ada = world.addPerson({
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    provider: 'google',
    timeZone: 'Europe/London',
  });
  const grace = world.addPerson({
    email: 'grace@example.com',
    name: 'Grace Hopper',
    provider: 'microsoft',
    timeZone: 'America/New_York',
  });
  const [adaPrimary] = world.calendars(ada.email);
  const [gracePrimary] = world.calendars(grace.email);
  if (!adaPrimary || !gracePrimary) throw new Error('A person comes with a primary calendar.');
  const adaPrivate = world.addCalendar({ owner: ada.email, name: 'Private' });
  const holidays = world.addCalendar({
    id: 'en.uk#holiday@group.v.calendar.google.com',
    owner: ada.email,
    name: 'Holidays in the United Kingdom',
    writable: false,
    watchable: false,
  });
  const graceTeam = world.addCalendar({ owner: grace.email, name: 'Team' });

  const fill = (calendar: string, zone: string, lines: readonly Line[]) => {
    const days = weekdays(localDate(zone, now), 10);
    for (const [title, weekday, start, end, more] of lines) {
      const at = (time: string) => instantOfWall(zone, Date.parse(`${days[weekday]}T${time}Z`));
      world.createEvent(calendar, { title, start: at(start), end: at(end), ...more });
    }
    return days;
  };
  const adaDays = fill(adaPrimary.id, ada.timeZone, ADA);
  fill(adaPrivate.id, ada.timeZone, ADA_PRIVATE);
  const graceDays = fill(gracePrimary.id, grace.timeZone, GRACE);
  fill(graceTeam.id, grace.timeZone, GRACE_TEAM);
  wholeDay(world, adaPrimary.id, 'Offsite', adaDays[4]);
  wholeDay(world, gracePrimary.id, 'Day off', graceDays[9], { showAs: 'oof' });
  wholeDay(world, holidays.id, 'Bank holiday', adaDays[8], { showAs: 'free' });
  for (const [person, lines] of COLLEAGUES) {
    const [primary] = world.calendars(world.addPerson(person).email);
    if (primary) fill(primary.id, person.timeZone, lines);
  }
}

function wholeDay(world: World, calendar: string, title: string, date = '', more: EventInput = {}) {
  world.createEvent(calendar, { title, allDay: { start: date, end: addDays(date, 1) }, ...more });
}

/** Mondays to Fridays from the date on. */
function weekdays(from: string, count: number): string[] {
  const days: string[] = [];
  for (let date = from; days.length < count; date = addDays(date, 1)) {
    if (weekdayOf(dayFromDate(date)) < 5) days.push(date);
  }
  return days;
}
