/** Random edits of a calendar at its provider. Each is plain data, so that a failing run shrinks and can be read. */
import fc from 'fast-check';
import type { World } from '../../src/simulator/world.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { START } from './world.fixture.ts';

/** Where edits happen and where both sides are compared. */
export const FROM = START - 2 * DAY;
export const TO = START + 50 * DAY;

const start = fc
  .integer({ min: 0, max: (TO - FROM) / (30 * MINUTE) })
  .map((step) => FROM + step * 30 * MINUTE);
const length = fc.constantFrom(0, 30 * MINUTE, HOUR, 3 * HOUR, 2 * DAY, 20 * DAY);
const day = fc.integer({ min: 0, max: 48 });
const showAs = fc.constantFrom('busy', 'busy', 'free', 'tentative', 'oof', 'workingElsewhere' as const);
/** Google knows no whole days out of office. */
const showAsOfDays = fc.constantFrom('busy', 'free', 'tentative' as const);
const response = fc.constantFrom('organizer', 'accepted', 'declined', 'tentative' as const);
/** Which of the events there are, whatever their number. */
const which = fc.nat(1000);

export const edit = fc.oneof(
  fc.record({ edit: fc.constant('create' as const), start, length, showAs, response }),
  fc.record({
    edit: fc.constant('create-all-day' as const),
    day,
    days: fc.integer({ min: 1, max: 3 }),
    showAs: showAsOfDays,
  }),
  fc.record({
    edit: fc.constant('create-series' as const),
    start,
    length: fc.constantFrom(30 * MINUTE, HOUR),
    every: fc.constantFrom('day', 'week' as const),
    count: fc.integer({ min: 2, max: 8 }),
    showAs,
  }),
  fc.record({ edit: fc.constant('move' as const), which, start, length }),
  fc.record({ edit: fc.constant('change' as const), which, showAs, response }),
  fc.record({ edit: fc.constant('move-instance' as const), which, instance: which, start, length }),
  fc.record({ edit: fc.constant('cancel-instance' as const), which, instance: which }),
  fc.record({ edit: fc.constant('delete' as const), which }),
);

export type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

/** An edit of an event that isn't there does nothing. */
export function perform(world: World, calendar: string, made: string[], change: Edit): void {
  const pick = (which: number) => {
    const alive = made.map((id) => world.event(calendar, id)).filter((event) => event && !event.deleted);
    return alive[which % Math.max(1, alive.length)];
  };
  const create = (input: Parameters<World['createEvent']>[1]) =>
    void made.push(world.createEvent(calendar, { title: 'Event', ...input }).id);
  switch (change.edit) {
    case 'create': {
      const { start, length, showAs, response } = change;
      create({ start, end: start + length, showAs, response });
      break;
    }
    case 'create-all-day':
      create({
        allDay: {
          start: dateOf(FROM + change.day * DAY),
          end: dateOf(FROM + (change.day + change.days) * DAY),
        },
        showAs: change.showAs,
      });
      break;
    case 'create-series': {
      const { start, length, every, count, showAs } = change;
      create({ start, end: start + length, showAs, series: { every, count, interval: 1 } });
      break;
    }
    case 'delete': {
      const event = pick(change.which);
      if (event) world.deleteEvent(calendar, event.id);
      return;
    }
    case 'move': {
      const event = pick(change.which);
      if (event && !event.allDay)
        world.moveEvent(calendar, event.id, change.start, change.start + change.length);
      return;
    }
    case 'change': {
      const event = pick(change.which);
      const { showAs, response } = change;
      if (event && !event.allDay) world.updateEvent(calendar, event.id, { showAs, response });
      return;
    }
    default: {
      const event = pick(change.which);
      if (!event?.series || event.allDay) return;
      const instances = world
        .events(calendar, FROM - 30 * DAY, TO + 90 * DAY)
        .filter((one) => one.event.id === event.id);
      const instance = instances[change.instance % Math.max(1, instances.length)];
      if (!instance) return;
      const moved =
        change.edit === 'cancel-instance'
          ? { cancelled: true }
          : { start: change.start, end: change.start + change.length };
      world.changeInstance(calendar, event.id, instance.originalStart, moved);
    }
  }
}

const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);
