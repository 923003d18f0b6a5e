import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/time/clock.ts';
import { eventType, host, NOW, openDesk, source, sources, unread } from './world.fixture.ts';

const STRICT = { consistency: 'STRICT' as const };
const proven = (provenAsOf: number) => source({ provenAsOf });

describe('what is asked to be fresh', () => {
  it('is not asked for by default', async () => {
    const { desk, ask } = openDesk(eventType(), sources(host(), proven(NOW - HOUR), unread()));
    await ask();
    expect(desk).toMatchObject({ refreshed: [], reads: 1 });
  });

  it('STRICT reads again what no pull has read that began after the request, whatever the instants say', async () => {
    const read = source({ provenAsOf: NOW - 1, provenPull: 101 });
    const { desk, ask } = openDesk(eventType(), sources(host(), proven(NOW + 1), unread(), read));
    desk.onRefresh = () => {
      desk.now += 500;
      const again = source({ provenAsOf: NOW + 100, provenPull: 102 });
      desk.hosts = [sources(host(), again, again, read)];
    };
    const answer = await ask(STRICT);
    expect(desk.refreshed).toEqual([{ calendars: ['cal_1', 'cal_2'], after: 100, within: 8_000 }]);
    expect(answer).toMatchObject({ complete: true, computedAt: NOW + 500, issues: [] });
    expect(answer.freshness.provenAsOf).toBe(NOW - 1);
    expect(answer.slots.starts.length).toBeGreaterThan(0);
  });

  it('STRICT counts as stale what could not be proven in time', async () => {
    const { desk, ask } = openDesk(eventType(), sources(host(), proven(NOW - MINUTE), proven(NOW - MINUTE)));
    desk.onRefresh = () => {
      desk.now += 8_000;
      desk.hosts = [
        sources(host(), source({ provenAsOf: NOW + 1, provenPull: 101 }), source({ provenAsOf: NOW + 1 })),
      ];
    };
    const answer = await ask(STRICT);
    expect(answer.issues.map(({ code, calendar }) => `${code} ${calendar}`)).toEqual(['SOURCE_STALE cal_2']);
    expect(answer.complete).toBe(false);
    expect(answer.slots.starts).toHaveLength(0);
  });

  it('STRICT asks the provider although a clock that stepped back has left a proof from the future', async () => {
    const { desk, ask } = openDesk(eventType(), sources(host(), proven(NOW + HOUR)));
    const answer = await ask(STRICT);
    expect(desk.refreshed.map(({ calendars }) => calendars)).toEqual([['cal_1']]);
    expect(answer).toMatchObject({ complete: false, issues: [{ code: 'SOURCE_STALE' }] });
  });

  it('maxAge reads again only what is older, and exactly that old is not', async () => {
    const { desk, ask } = openDesk(
      eventType(),
      sources(host(), proven(NOW - MINUTE), proven(NOW - MINUTE - 1), proven(NOW + HOUR)),
    );
    desk.onRefresh = () => {
      desk.hosts = [sources(host(), proven(NOW - MINUTE), proven(NOW + 1), proven(NOW + 1))];
    };
    const answer = await ask({ maxAge: MINUTE });
    expect(desk.refreshed).toEqual([{ calendars: ['cal_2', 'cal_3'], after: 100, within: 8_000 }]);
    expect(answer.complete).toBe(true);
    await ask({ maxAge: HOUR });
    expect(desk.refreshed).toHaveLength(1);
  });

  it('maxAge of nothing is STRICT', async () => {
    const { desk, ask } = openDesk(eventType(), sources(host(), proven(NOW - 1)));
    await ask({ maxAge: 0 });
    expect(desk.refreshed[0]?.calendars).toEqual(['cal_1']);
  });

  it('needs no calendars to be there', async () => {
    const { desk, ask } = openDesk(eventType(), sources(host()));
    expect(await ask(STRICT)).toMatchObject({ complete: true });
    expect(desk).toMatchObject({ refreshed: [], reads: 1 });
  });
});
