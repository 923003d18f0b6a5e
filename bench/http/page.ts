/** Hosts, their calendars and event types, and the questions of their booking pages. */
import { PAGE_DOCUMENTS } from '../../src/graphql/page-documents.ts';
import type { BenchGateway } from '../gateway.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Days of a page's window. */
const DAYS = 14;
const WEEKLY = [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }];

export interface Page {
  /** Nine hours before the first slot: from there on a window may begin without losing one. */
  first: number;
  /** The page's question. @param from RFC 3339 */
  body(from: string): string;
}

/** Days that events are on. */
const EVENT_DAYS = 125;

/**
 * A host who works from nine to five, and of whose calendars the first three take half an hour of each day.
 * @param events of each calendar, from the day before the first one on
 * @returns its id
 */
export async function createHost(
  gateway: BenchGateway,
  slug: string,
  calendars: number,
  events = DAYS + 2,
): Promise<string> {
  const { world } = gateway.simulator;
  const first = firstDay();
  const fill = (calendar: string, n: number) => {
    for (let event = 0; event < events; event++) {
      const hour = 9 + 2 * (n % 3) + Math.floor(event / EVENT_DAYS);
      const start = first + ((event % EVENT_DAYS) - 1) * DAY + hour * HOUR;
      world.createEvent(calendar, { title: 'Taken', start, end: start + HOUR / 2 });
    }
  };
  const host = await gateway.connect('google', slug, (calendar) => {
    fill(calendar, 0);
    for (let n = 1; n < calendars; n++)
      fill(world.addCalendar({ owner: `${slug}@example.com`, name: `Calendar ${n}` }).id, n);
  });
  if (calendars > 1) await gateway.selectAll(host.id);
  await gateway.ask(
    'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
    { host: host.id, input: { timeZone: 'UTC', weekly: WEEKLY } },
  );
  return host.id;
}

/** @param more of the event type's rules */
export async function createPage(
  gateway: BenchGateway,
  { slug, hosts, more = {} }: { slug: string; hosts: readonly string[]; more?: object },
): Promise<Page> {
  const first = firstDay();
  const { createEventType } = await gateway.ask<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: slug, slug: 'intro', title: 'Intro', length: 'PT30M', hosts, ...more } },
  );
  const query = PAGE_DOCUMENTS.find((text) => text.includes('query AvailabilityNow'));
  return {
    first,
    body: (from) =>
      JSON.stringify({
        query,
        variables: {
          input: { eventType: createEventType.id, from, to: new Date(first + DAYS * DAY).toISOString() },
        },
      }),
  };
}

const firstDay = () => Math.ceil(Date.now() / DAY) * DAY + DAY;
