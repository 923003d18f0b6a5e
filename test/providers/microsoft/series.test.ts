import { describe, expect, it } from 'vitest';
import { changesFrom, deltaPages, master, refusal, removal, server, stub } from './scripted.fixture.ts';

describe('stubs in a full round', () => {
  it('are completed by a master that comes later, on another page', async () => {
    const changes = await changesFrom(deltaPages([stub('o1', '2026-12-02')], [], [master()]));
    expect(changes.filter(({ type }) => type === 'upsert')).toMatchObject([
      { event: { externalId: 'o1', seriesId: 'm', kind: 'BUSY_UNAVAILABLE', title: 'Series' } },
    ]);
  });

  it('follow the last state of their master', async () => {
    const old = master({ showAs: 'free' });
    const changes = await changesFrom(deltaPages([old, stub('o1', '2026-12-02')], [master()]));
    expect(changes.at(-1)).toMatchObject({ event: { kind: 'BUSY_UNAVAILABLE' } });
  });

  it('that were removed further on stay away', async () => {
    const changes = await changesFrom(
      deltaPages([master(), stub('o1', '2026-12-02'), stub('o2', '2026-12-03')], [removal('o1')]),
    );
    const upserts = changes.filter(({ type }) => type === 'upsert');
    expect(upserts).toMatchObject([{ event: { externalId: 'o2' } }]);
  });

  it('of a master that nobody sent ask for it, once', async () => {
    const pages = deltaPages([stub('o1', '2026-12-02'), stub('o2', '2026-12-03')]);
    const changes = await changesFrom((asked, url) =>
      asked.path === '/v1.0/me/events/m' ? { body: master({ showAs: 'tentative' }) } : pages(asked, url),
    );
    expect(changes).toMatchObject([
      { event: { externalId: 'o1', kind: 'BUSY_TENTATIVE' } },
      { event: { externalId: 'o2', kind: 'BUSY_TENTATIVE' } },
    ]);
    expect(server.asked.filter(({ path }) => path === '/v1.0/me/events/m')).toHaveLength(1);
  });

  it('of a master that is gone go with it', async () => {
    const changes = await changesFrom(deltaPages([stub('o1', '2026-12-02')]));
    expect(changes).toEqual([{ type: 'series', seriesId: 'm', events: [] }]);
  });

  it('of a master that may not be read take their time', async () => {
    const pages = deltaPages([stub('o1', '2026-12-02')]);
    const changes = await changesFrom((asked, url) =>
      asked.path === '/v1.0/me/events/m' ? refusal(403, 'ErrorAccessDenied') : pages(asked, url),
    );
    expect(changes).toMatchObject([{ type: 'upsert', event: { externalId: 'o1', kind: 'BUSY' } }]);
  });
});
