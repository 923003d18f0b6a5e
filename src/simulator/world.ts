/** The simulated world: people, their calendars and events. Every change increments its calendar's revision. */
import { randomUUID } from 'node:crypto';
import type { BusyKind } from '../availability/period.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { startOfDate } from '../time/local-time.ts';
import {
  busyKind,
  type EventInput,
  type Instance,
  type InstanceChange,
  instancesOf,
  overlaps,
  type WorldEvent,
} from './event.ts';
import { calendarId, eventId, personId } from './remote-ids.ts';

export type SimulatedProvider = 'google' | 'microsoft';

export interface Person {
  /** The provider's own id of the person. */
  id: string;
  email: string;
  name: string;
  provider: SimulatedProvider;
  /** IANA. */
  timeZone: string;
  /** A Microsoft account outside of any organisation. */
  personal?: boolean | undefined;
}

export interface WorldCalendar {
  /** In the form of its provider. */
  id: string;
  /** Address of its owner. */
  owner: string;
  name: string;
  timeZone: string;
  primary: boolean;
  writable: boolean;
  /** False: generated, like public holidays. */
  watchable: boolean;
  /** Grows with each change of an event. */
  revision: number;
  /** Cursors of an older generation have expired. */
  generation: string;
}

export interface WorldChange {
  type: 'created' | 'updated' | 'deleted';
  calendar: WorldCalendar;
  event: WorldEvent;
}

/** Methods throw a RangeError for a person, calendar or event that does not exist. */
export interface World {
  people(): Person[];
  person(email: string): Person;
  /** Comes with a primary calendar. */
  addPerson(input: Omit<Person, 'id'>): Person;
  /** All calendars, or those of one person, in the order of their creation. */
  calendars(owner?: string): WorldCalendar[];
  calendar(id: string): WorldCalendar;
  addCalendar(
    input: { owner: string; name: string } & Partial<Omit<WorldCalendar, 'revision'>>,
  ): WorldCalendar;
  createEvent(calendar: string, input: EventInput): WorldEvent;
  updateEvent(calendar: string, event: string, changes: EventInput): WorldEvent;
  /** In epoch milliseconds; of a series, the first instance. */
  moveEvent(calendar: string, event: string, start: Instant, end: Instant): WorldEvent;
  /** Moves or cancels one instance of a series, known by its original start. */
  changeInstance(calendar: string, event: string, originalStart: Instant, change: InstanceChange): WorldEvent;
  deleteEvent(calendar: string, event: string): void;
  /** Restores a deleted event, with these changes. */
  restoreEvent(calendar: string, event: string, changes: EventInput): WorldEvent;
  /** The event, also when it is deleted. */
  event(calendar: string, event: string): WorldEvent | undefined;
  /** Events that changed after the revision, the oldest change first, deleted ones among them. From 0: all events. */
  changesSince(calendar: string, revision: number): WorldEvent[];
  /** Instances that overlap [from, to) and are not cancelled, by start. */
  events(calendar: string, from: Instant, to: Instant): Instance[];
  /** The busy time of these instances, neither clipped nor merged. */
  busy(calendar: string, from: Instant, to: Instant): { start: Instant; end: Instant; kind: BusyKind }[];
  /** Older sync cursors of the calendar are answered with 410 from now on. */
  expireCursors(calendar: string): void;
  /** @returns a function that removes the listener. */
  onChange(listener: (change: WorldChange) => void): () => void;
}

export function createWorld({ clock }: { clock: Clock }): World {
  const people = new Map<string, Person>();
  const calendars = new Map<string, { calendar: WorldCalendar; events: Map<string, WorldEvent> }>();
  const listeners = new Set<(change: WorldChange) => void>();
  let eventsMade = 0;

  const entryOf = (id: string) => required(calendars.get(id), 'calendar', id);
  const liveEvent = (calendar: string, id: string) => {
    const event = entryOf(calendar).events.get(id);
    return required(event?.deleted ? undefined : event, 'event', id);
  };

  function saveEvent(
    type: WorldChange['type'],
    event: Omit<WorldEvent, 'revision' | 'updated' | 'previous'>,
  ): WorldEvent {
    const { calendar, events } = entryOf(event.calendar);
    calendar.revision += 1;
    const previousEvent = events.get(event.id);
    const stored = withRetiredInstances(previousEvent, {
      ...event,
      previous: previousEvent ? { ...previousEvent, previous: null } : null,
      updated: clock.now(),
      revision: calendar.revision,
    });
    events.set(event.id, stored);
    for (const listener of listeners) listener({ type, calendar, event: stored });
    return stored;
  }

  function applyChanges(previousEvent: WorldEvent, changes: EventInput): WorldEvent {
    const { calendar } = entryOf(previousEvent.calendar);
    const moves = changes.start !== undefined || changes.end !== undefined || changes.allDay !== undefined;
    return saveEvent('updated', {
      ...previousEvent,
      ...(moves
        ? timesOf({ start: previousEvent.start, end: previousEvent.end, ...defined(changes) }, calendar)
        : {}),
      title: changes.title ?? previousEvent.title,
      timeZone: changes.allDay ? calendar.timeZone : (changes.timeZone ?? previousEvent.timeZone),
      showAs: changes.showAs ?? previousEvent.showAs,
      status: changes.status ?? previousEvent.status,
      response: changes.response ?? previousEvent.response,
      series: changes.series === undefined ? previousEvent.series : changes.series,
      exceptions: moves || changes.series !== undefined ? new Map() : previousEvent.exceptions,
      extra: { ...previousEvent.extra, ...changes.extra },
    });
  }

  const world: World = {
    people: () => [...people.values()],
    person: (email) => required(people.get(email), 'person', email),
    addPerson(input) {
      const person = { ...input, id: personId(input.provider, input.email) };
      people.set(person.email, person);
      const name = input.provider === 'google' ? input.email : 'Calendar';
      world.addCalendar({ owner: input.email, name, primary: true });
      return person;
    },
    calendars: (owner) =>
      [...calendars.values()].map((entry) => entry.calendar).filter((each) => !owner || each.owner === owner),
    calendar: (id) => entryOf(id).calendar,
    addCalendar(input) {
      const owner = world.person(input.owner);
      const primary = input.primary ?? false;
      const calendar: WorldCalendar = {
        id: calendarId(owner.provider, owner.email, input.name, primary),
        timeZone: owner.timeZone,
        writable: true,
        watchable: true,
        ...input,
        primary,
        revision: 0,
        generation: randomUUID(),
      };
      calendars.set(calendar.id, { calendar, events: new Map() });
      return calendar;
    },
    createEvent(id, input) {
      const { calendar, events } = entryOf(id);
      eventsMade += 1;
      const eventKey = input.id ?? eventId(world.person(calendar.owner).provider, id, eventsMade);
      if (events.has(eventKey)) throw new RangeError(`There is an event ${eventKey} already.`);
      // The days of an all-day event are those of its calendar.
      const timeZone = (input.allDay ? undefined : input.timeZone) ?? calendar.timeZone;
      return saveEvent('created', {
        id: eventKey,
        calendar: id,
        title: input.title ?? '',
        ...timesOf(input, calendar),
        timeZone,
        showAs: input.showAs ?? 'busy',
        status: input.status ?? 'confirmed',
        response: input.response ?? 'organizer',
        series: input.series ?? null,
        exceptions: new Map(),
        retired: new Map(),
        extra: input.extra ?? {},
        deleted: false,
        created: clock.now(),
      });
    },
    updateEvent: (id, event, changes) => applyChanges(liveEvent(id, event), changes),
    restoreEvent: (id, event, changes) =>
      applyChanges({ ...required(entryOf(id).events.get(event), 'event', event), deleted: false }, changes),
    moveEvent: (id, event, start, end) => world.updateEvent(id, event, { start, end, allDay: null }),
    changeInstance(id, eventKey, originalStart, change) {
      const previousEvent = liveEvent(id, eventKey);
      const known = instancesOf(previousEvent).some((each) => each.originalStart === originalStart);
      if (!previousEvent.series || !known)
        throw new RangeError(`${eventKey} has no instance at ${originalStart}.`);
      if (previousEvent.allDay && change.start !== undefined)
        throw new RangeError('All-day instances stay where they are.');
      const exceptions = new Map(previousEvent.exceptions);
      exceptions.set(originalStart, { ...exceptions.get(originalStart), ...defined(change) });
      return saveEvent('updated', { ...previousEvent, exceptions });
    },
    deleteEvent(id, event) {
      saveEvent('deleted', { ...liveEvent(id, event), deleted: true });
    },
    event: (id, event) => entryOf(id).events.get(event),
    changesSince: (id, revision) =>
      [...entryOf(id).events.values()]
        .filter((event) => event.revision > revision)
        .sort((a, b) => a.revision - b.revision),
    events: (id, from, to) =>
      [...entryOf(id).events.values()]
        .flatMap(instancesOf)
        .filter((instance) => !instance.cancelled && overlaps(instance, from, to))
        .sort((a, b) => a.start - b.start || a.end - b.end),
    busy: (id, from, to) =>
      world.events(id, from, to).flatMap((instance) => {
        const kind = instance.end > instance.start ? busyKind(instance) : null;
        return kind ? [{ start: instance.start, end: instance.end, kind }] : [];
      }),
    expireCursors(id) {
      entryOf(id).calendar.generation = randomUUID();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return world;
}

function required<T>(value: T | undefined, what: string, id: string): T {
  if (value === undefined) throw new RangeError(`There is no ${what} ${id}.`);
  return value;
}

/** Without the keys that are set to undefined. */
function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}

/** All-day events span the local days of their calendar. */
function timesOf(input: EventInput, calendar: WorldCalendar): Pick<WorldEvent, 'start' | 'end' | 'allDay'> {
  const { allDay } = input;
  if (allDay) {
    const start = startOfDate(calendar.timeZone, allDay.start);
    return {
      start,
      end: startOfDate(calendar.timeZone, allDay.end),
      allDay: { start: allDay.start, end: allDay.end },
    };
  }
  const { start, end } = input;
  if (start === undefined || end === undefined) throw new RangeError('An event needs a start and an end.');
  if (end < start) throw new RangeError('An event can not end before it starts.');
  return { start, end, allDay: null };
}

/** Adds the instances that a changed series no longer has. */
function withRetiredInstances(previousEvent: WorldEvent | undefined, after: WorldEvent): WorldEvent {
  if (!previousEvent?.series) return after;
  const present = new Set(after.series ? instancesOf(after).map((each) => each.originalStart) : []);
  const retired = new Map(previousEvent.retired);
  for (const { originalStart } of instancesOf(previousEvent)) {
    if (!present.has(originalStart)) retired.set(originalStart, after.revision);
  }
  for (const start of present) retired.delete(start);
  return { ...after, retired };
}
