import { describe, expect, it } from 'vitest';
import {
  CURSOR,
  changesFrom,
  deltaPages,
  master,
  pullFrom,
  refusal,
  removal,
  server,
  stub,
} from './scripted.fixture.ts';

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

  it('of a master that is not found take their time, and all is read anew', async () => {
    const pages = await pullFrom(deltaPages([stub('o1', '2026-12-02')]), { cursor: CURSOR });
    expect(pages.flatMap(({ changes }) => changes)).toMatchObject([
      { type: 'upsert', event: { externalId: 'o1', kind: 'BUSY' } },
    ]);
    expect(pages.at(-1)).toHaveProperty('cursor', null);
  });

  it('without a readable time keep what is known of them, say so, and are read anew', async () => {
    const broken = { ...stub('o1', '2026-12-02'), start: { dateTime: 'soon', timeZone: 'UTC' } };
    const single = { id: 'e1', type: 'singleInstance', showAs: 'busy', start: {}, end: {} };
    const pages = await pullFrom(
      deltaPages([master(), broken, single, { ...single, id: 'e2', showAs: 'free' }]),
    );
    const changes = pages.flatMap((page) => page.changes);
    expect(changes).toContainEqual({ type: 'keep', id: 'o1' });
    expect(changes).toContainEqual({ type: 'keep', id: 'e1' });
    expect(changes).toContainEqual({ type: 'remove', externalId: 'e2' });
    expect(pages.at(-1)).toMatchObject({ cursor: null, partial: true });
  });

  it('of a master that may not be read take their time', async () => {
    const pages = deltaPages([stub('o1', '2026-12-02')]);
    const changes = await changesFrom((asked, url) =>
      asked.path === '/v1.0/me/events/m' ? refusal(403, 'ErrorAccessDenied') : pages(asked, url),
    );
    expect(changes).toMatchObject([{ type: 'upsert', event: { externalId: 'o1', kind: 'BUSY' } }]);
  });
});
