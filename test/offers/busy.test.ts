import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/availability/period.ts';
import { createBusyQuery } from '../../src/offers/busy.ts';
import { DAY, MINUTE } from '../../src/time/clock.ts';
import {
  at,
  block,
  booking,
  busy,
  DAY_ZERO,
  eventType,
  hold,
  host,
  NOW,
  openDesk,
  source,
  sources,
  taken,
} from './world.fixture.ts';

const WINDOW = { from: DAY_ZERO, to: DAY_ZERO + DAY, consistency: 'CACHED' as const, maxAge: null };

function room(...hosts: Parameters<typeof openDesk>[1][]) {
  const { desk, deps } = openDesk(eventType(), ...hosts);
  const ask = createBusyQuery(deps);
  return { desk, ask: (ids: string[], more = {}) => ask('org_1', { hosts: ids, ...WINDOW, ...more }) };
}

describe('busy time', () => {
  it('has holds that live, bookings, and blocks by their kind', async () => {
    const { ask } = room(
      taken(
        sources(host(), source({ busy: busy([at(9), at(10)]) })),
        booking(at(10), at(11)),
        hold(at(12), at(13), NOW + 1),
        hold(at(14), at(15), NOW),
        block(at(16), at(17), { busyKind: 'BUSY_UNAVAILABLE' }),
      ),
    );
    const [found] = await ask(['host_1']);
    expect([...(found?.busy.bounds ?? [])]).toEqual([at(9), at(11), at(12), at(13), at(16), at(17)]);
    expect([...(found?.busy.kinds ?? [])].map((kind) => KINDS[kind])).toEqual([
      'BUSY',
      'BUSY',
      'BUSY_UNAVAILABLE',
    ]);
  });

  it('is merged over calendars, clipped to the window, with its kinds', async () => {
    const { ask } = room(
      sources(
        host(),
        source({ busy: busy([DAY_ZERO - 5, at(1)], [at(9), at(11), 'BUSY_TENTATIVE']) }),
        source({ busy: busy([at(10), at(12)], [at(23), at(25)], [at(30), at(31)]) }),
      ),
    );
    const [found] = await ask(['host_1']);
    expect(found?.host).toEqual({ id: 'host_1', name: 'Ada', slug: 'host-1' });
    expect([...(found?.busy.bounds ?? [])]).toEqual([
      DAY_ZERO,
      at(1),
      at(9),
      at(10),
      at(10),
      at(12),
      at(23),
      at(24),
    ]);
    expect([...(found?.busy.kinds ?? [])].map((kind) => KINDS[kind])).toEqual([
      'BUSY',
      'BUSY_TENTATIVE',
      'BUSY',
      'BUSY',
    ]);
    expect(found).toMatchObject({ complete: true, computedAt: NOW, issues: [] });
  });

  it('comes host by host, each with its own freshness', async () => {
    const { ask } = room(
      sources(host('host_1'), source({ provenAsOf: NOW - 16 * MINUTE })),
      sources(host('host_2')),
    );
    const found = await ask(['host_2', 'host_1']);
    expect(found.map(({ host: of, complete, issues }) => [of.id, complete, issues[0]?.code])).toEqual([
      ['host_2', true, 'NO_CALENDARS'],
      ['host_1', false, 'SOURCE_STALE'],
    ]);
    expect(found[1]?.freshness.provenAsOf).toBe(NOW - 16 * MINUTE);
  });

  it('of another organisation is not there, and not even asked for anew', async () => {
    const theirs = sources({ ...host('host_2'), organisation: 'org_2' }, source());
    const { desk, ask } = room(sources(host('host_1'), source()), theirs);
    const found = await ask(['host_1', 'host_2', 'host_3'], { consistency: 'STRICT' });
    expect(found.map(({ host: of }) => of.id)).toEqual(['host_1']);
    expect(desk.refreshed.map(({ calendars }) => calendars)).toEqual([['cal_1']]);
  });
});
