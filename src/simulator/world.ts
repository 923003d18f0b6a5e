/** The truth: people, their calendars and events. Every change moves its calendar's revision by one. */
import { randomUUID } from 'node:crypto';
import type { Clock, Instant } from '../time/clock.ts';
import { startOfDate } from '../time/local-time.ts';
import {
  type BusyKind,
  busyKind,
  type EventInput,
  type Instance,
  type InstanceChange,
  instancesOf,
  overlaps,
  type WorldEvent,
} from './event.ts';
import { calendarId, eventId, personId } from './remote-ids.ts';

export type ProviderName = 'google' | 'microsoft';

export interface Person {
  /** The provider's own id of the person. */
  id: string;
  email: string;
  name: string;
  provider: ProviderName;
  /** IANA. */
  timeZone: string;
  /** A Microsoft account of nobody's organisation. */
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

/** Methods throw a RangeError for a person, calendar or event that isn't there. */
export interface World {
  people(): Person[];
  person(email: string): Person;
  /** Comes with a primary calendar. */
  addPerson(input: Omit<Person, 'id'>): Person;
  /** All, or those of one person, in the order of their making. */
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
  /** Brings a deleted event back, with these changes. */
  restoreEvent(calendar: string, event: string, changes: EventInput): WorldEvent;
  /** Also a deleted one. */
  event(calendar: string, event: string): WorldEvent | undefined;
  /** What changed after the revision, oldest change first, deleted events among them. Since 0: everything. */
  changesSince(calendar: string, revision: number): WorldEvent[];
  /** Instances that overlap [from, to), by start; none that is cancelled. */
  events(calendar: string, from: Instant, to: Instant): Instance[];
  /** Those of them that take time, neither clipped nor merged. */
  busy(calendar: string, from: Instant, to: Instant): { start: Instant; end: Instant; kind: BusyKind }[];
  /** From here on older sync cursors of the calendar are answered with 410. */
  expireCursors(calendar: string): void;
  /** @returns what ends the listening. */
  onChange(listener: (change: WorldChange) => void): () => void;
}

export function createWorld({ clock }: { clock: Clock }): World {
  const people = new Map<string, Person>();
  const calendars = new Map<string, { calendar: WorldCalendar; events: Map<string, WorldEvent> }>();
  const listeners = new Set<(change: WorldChange) => void>();
  let eventsMade = 0;

  const kept = (id: string) => found(calendars.get(id), 'calendar', id);
  const live = (calendar: string, id: string) => {
    const event = kept(calendar).events.get(id);
    return found(event?.deleted ? undefined : event, 'event', id);
  };

  function store(
    type: WorldChange['type'],
    event: Omit<WorldEvent, 'revision' | 'updated' | 'previous'>,
  ): WorldEvent {
    const { calendar, events } = kept(event.calendar);
    calendar.revision += 1;
    const before = events.get(event.id);
    const stored = retire(before, {
      ...event,
      previous: before ? { ...before, previous: null } : null,
      updated: clock.now(),
      revision: calendar.revision,
    });
    events.set(event.id, stored);
    for (const listener of listeners) listener({ type, calendar, event: stored });
    return stored;
  }

  function changed(before: WorldEvent, changes: EventInput): WorldEvent {
    const { calendar } = kept(before.calendar);
    const moves = changes.start !== undefined || changes.end !== undefined || changes.allDay !== undefined;
    return store('updated', {
      ...before,
      ...(moves ? timesOf({ start: before.start, end: before.end, ...defined(changes) }, calendar) : {}),
      title: changes.title ?? before.title,
      timeZone: changes.allDay ? calendar.timeZone : (changes.timeZone ?? before.timeZone),
      showAs: changes.showAs ?? before.showAs,
      status: changes.status ?? before.status,
      response: changes.response ?? before.response,
      series: changes.series === undefined ? before.series : changes.series,
      exceptions: moves || changes.series !== undefined ? new Map() : before.exceptions,
      extra: { ...before.extra, ...changes.extra },
    });
  }

  const world: World = {
    people: () => [...people.values()],
    person: (email) => found(people.get(email), 'person', email),
    addPerson(input) {
      const person = { ...input, id: personId(input.provider, input.email) };
      people.set(person.email, person);
      const name = input.provider === 'google' ? input.email : 'Calendar';
      world.addCalendar({ owner: input.email, name, primary: true });
      return person;
    },
    calendars: (owner) =>
      [...calendars.values()].map((entry) => entry.calendar).filter((each) => !owner || each.owner === owner),
    calendar: (id) => kept(id).calendar,
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
      const { calendar, events } = kept(id);
      eventsMade += 1;
      const eventKey = input.id ?? eventId(world.person(calendar.owner).provider, id, eventsMade);
      if (events.has(eventKey)) throw new RangeError(`There is an event ${eventKey} already.`);
      // The days of an all-day event are those of its calendar.
      const timeZone = (input.allDay ? undefined : input.timeZone) ?? calendar.timeZone;
      return store('created', {
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
    updateEvent: (id, event, changes) => changed(live(id, event), changes),
    restoreEvent: (id, event, changes) =>
      changed({ ...found(kept(id).events.get(event), 'event', event), deleted: false }, changes),
    moveEvent: (id, event, start, end) => world.updateEvent(id, event, { start, end, allDay: null }),
    changeInstance(id, eventKey, originalStart, change) {
      const before = live(id, eventKey);
      const known = instancesOf(before).some((each) => each.originalStart === originalStart);
      if (!before.series || !known) throw new RangeError(`${eventKey} has no instance at ${originalStart}.`);
      if (before.allDay && change.start !== undefined)
        throw new RangeError('All-day instances stay where they are.');
      const exceptions = new Map(before.exceptions);
      exceptions.set(originalStart, { ...exceptions.get(originalStart), ...defined(change) });
      return store('updated', { ...before, exceptions });
    },
    deleteEvent(id, event) {
      store('deleted', { ...live(id, event), deleted: true });
    },
    event: (id, event) => kept(id).events.get(event),
    changesSince: (id, revision) =>
      [...kept(id).events.values()]
        .filter((event) => event.revision > revision)
        .sort((a, b) => a.revision - b.revision),
    events: (id, from, to) =>
      [...kept(id).events.values()]
        .flatMap(instancesOf)
        .filter((instance) => !instance.cancelled && overlaps(instance, from, to))
        .sort((a, b) => a.start - b.start || a.end - b.end),
    busy: (id, from, to) =>
      world.events(id, from, to).flatMap((instance) => {
        const kind = instance.end > instance.start ? busyKind(instance) : null;
        return kind ? [{ start: instance.start, end: instance.end, kind }] : [];
      }),
    expireCursors(id) {
      kept(id).calendar.generation = randomUUID();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return world;
}

function found<T>(value: T | undefined, what: string, id: string): T {
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

/** Remembers the instances that a changed series no longer has. */
function retire(before: WorldEvent | undefined, after: WorldEvent): WorldEvent {
  if (!before?.series) return after;
  const present = new Set(after.series ? instancesOf(after).map((each) => each.originalStart) : []);
  const retired = new Map(before.retired);
  for (const { originalStart } of instancesOf(before)) {
    if (!present.has(originalStart)) retired.set(originalStart, after.revision);
  }
  for (const start of present) retired.delete(start);
  return { ...after, retired };
}
