/** Event types that visitors race for: each kind of team, with and without seats, over the same few hosts. */
import type { Ask } from '../e2e/client.fixture.ts';
import { makeEventType } from '../graphql/world.fixture.ts';
import { CELL, type RaceType } from './history.fixture.ts';

export interface RaceHost {
  id: string;
  slug: string;
  /** The primary calendar at the provider; null: the host has none. */
  remoteCalendar: string | null;
}

/** @param hosts five, the first three with calendars */
export function makeRaceTypes(ask: Ask, hosts: readonly RaceHost[]): Promise<RaceType[]> {
  async function make(
    slug: string,
    scheduling: RaceType['scheduling'],
    whose: readonly number[],
    more: Partial<RaceType> = {},
  ): Promise<RaceType> {
    const ids = whose.map((i) => hosts[i]?.id ?? '');
    const owner = hosts[whose[0] ?? 0] ?? { id: '', slug: '' };
    const model = { scheduling, hosts: ids, quorum: 0, length: CELL, seats: 1, ...more };
    const id = await makeEventType(ask, owner, slug, {
      scheduling,
      hosts: ids,
      seats: model.seats,
      length: `PT${model.length / 60_000}M`,
      interval: 'PT30M',
      onStale: slug === 'any' ? 'WARN' : 'FAIL_CLOSED',
      ...(scheduling === 'QUORUM' ? { quorum: model.quorum } : {}),
    });
    return { id, ...model };
  }

  return Promise.all([
    make('solo', 'SINGLE', [0]),
    make('long', 'SINGLE', [0], { length: 2 * CELL }),
    make('group', 'SINGLE', [1], { seats: 3 }),
    make('plain', 'SINGLE', [4]),
    make('all', 'COLLECTIVE', [0, 1, 2]),
    make('pair', 'COLLECTIVE', [3, 4], { seats: 2 }),
    make('any', 'ROUND_ROBIN', [0, 1, 2, 3, 4]),
    make('crowd', 'ROUND_ROBIN', [2, 3], { seats: 2 }),
    make('most', 'QUORUM', [1, 2, 3, 4], { quorum: 2 }),
  ]);
}
