/** The gateway's hosts and how their slots change: blocks in their native calendars, made through its API. */
import { changeOf, HOST_NAME, LENGTH, SLOTS, startOf, WEEK, type Window, windowOf } from './changes.ts';

export type Ask = <T>(query: string, variables: object) => Promise<T>;

export interface Hosts {
  /** Of their event types. */
  windows: Window[];
  /** The next change of an event type, by its place in `windows`. */
  change(type: number): Promise<void>;
}

/** Asks a GraphQL server over HTTP. The caller says what is answered. */
export function asker(url: string, token?: string): Ask {
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  return async <T>(query: string, variables: object) => {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}

const AVAILABILITY =
  'query ($input: AvailabilityInput!) { availability(input: $input) { etag slots { start } } }';

export async function availabilityOf(ask: Ask, input: Window) {
  const { availability } = await ask<{ availability: { etag: string; slots: object[] } }>(AVAILABILITY, {
    input,
  });
  return availability;
}

const WEEKLY = [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }];

export async function createHosts(ask: Ask, count: number): Promise<Hosts> {
  const hosts: { id: string; window: Window; changes: number; block: string }[] = [];
  for (let i = 0; i < count; i++)
    hosts.push({ ...(await createHost(ask, `host-${i}`)), changes: 0, block: '' });

  return {
    windows: hosts.map(({ window }) => window),
    async change(type) {
      const host = hosts[type];
      if (!host) throw new RangeError(`There is no event type ${type}.`);
      const { taken, given } = changeOf(host.changes++);
      if (taken === null) {
        await ask('mutation ($id: ID!) { deleteBlock(id: $id) }', { id: host.block });
        return;
      }
      const start = startOf(WEEK, taken);
      const input = {
        host: host.id,
        start: new Date(start).toISOString(),
        end: new Date(start + LENGTH).toISOString(),
      };
      const { block } = await ask<{ block: { id: string } }>(given === null ? CREATE : UPDATE, {
        ...(given === null ? {} : { id: host.block }),
        input,
      });
      host.block = block.id;
    },
  };
}

const CREATE = 'mutation ($input: BlockInput!) { block: createBlock(input: $input) { id } }';
const UPDATE =
  'mutation ($id: ID!, $input: BlockInput!) { block: updateBlock(id: $id, input: $input) { id } }';

async function createHost(ask: Ask, slug: string) {
  const { createHost: host } = await ask<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    {
      input: {
        name: HOST_NAME,
        slug,
        timeZone: 'UTC',
        workingHours: { timeZone: 'UTC', weekly: WEEKLY },
      },
    },
  );
  const { createEventType } = await ask<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: slug, slug: 'intro', title: 'Intro', length: 'PT30M', hosts: [host.id] } },
  );
  const window = windowOf(createEventType.id);
  const { slots } = await availabilityOf(ask, window);
  if (slots.length !== SLOTS) throw new Error(`${slug} has ${slots.length} slots instead of ${SLOTS}`);
  return { id: host.id, window };
}
