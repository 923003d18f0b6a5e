import { describe, expect, it } from 'vitest';
import { failureOf } from '../server.fixture.ts';
import {
  CURSOR,
  changesFrom,
  DELTA,
  deltaPages,
  master,
  pullFrom,
  refusal,
  removal,
  server,
  stub,
  times,
  VIEW,
} from './scripted.fixture.ts';

describe('an incremental round', () => {
  it('removes ids that nobody may know, as events and as series', async () => {
    expect(await changesFrom(deltaPages([removal('x')]), { cursor: CURSOR })).toEqual([
      { type: 'remove', externalId: 'x' },
      { type: 'series', seriesId: 'x', events: [] },
    ]);
  });

  it('reads the instances of a changed master anew, over all their pages', async () => {
    const pages = deltaPages([master()]);
    const instance = (id: string, day: string) => ({ ...stub(id, day), showAs: 'busy', isAllDay: false });
    const changes = await changesFrom(
      (asked, url) => {
        if (asked.path !== '/v1.0/me/events/m/instances') return pages(asked, url);
        return asked.query.get('$skip')
          ? { body: { value: [instance('o2', '2026-12-03'), instance('o9', '2027-02-01')] } }
          : {
              body: {
                value: [instance('o1', '2026-12-02')],
                '@odata.nextLink': `${url}/v1.0/me/events/m/instances?$skip=1`,
              },
            };
      },
      { cursor: CURSOR },
    );
    expect(changes).toMatchObject([
      { type: 'remove', externalId: 'm' },
      { type: 'series', seriesId: 'm', events: [{ externalId: 'o1' }, { externalId: 'o2' }] },
    ]);
  });

  it('looks for them in the window when they can not be read by the series', async () => {
    const pages = deltaPages([master()]);
    const changes = await changesFrom(
      (asked, url) =>
        asked.path === VIEW
          ? {
              body: {
                value: [
                  { ...stub('o1', '2026-12-02'), showAs: 'busy' },
                  { id: 'e', ...times('2026-12-02') },
                ],
              },
            }
          : pages(asked, url),
      { cursor: CURSOR },
    );
    expect(changes.at(-1)).toMatchObject({ type: 'series', seriesId: 'm', events: [{ externalId: 'o1' }] });
  });

  it('reads the window once when many series changed', async () => {
    const masters = Array.from({ length: 6 }, (_, index) => master({ id: `m${index}` }));
    const pages = deltaPages(masters);
    const changes = await changesFrom(
      (asked, url) => (asked.path === VIEW ? { body: { value: [] } } : pages(asked, url)),
      { cursor: CURSOR },
    );
    expect(changes.filter(({ type }) => type === 'series')).toHaveLength(6);
    expect(server.asked.map(({ path }) => path)).toEqual([DELTA, VIEW]);
  });

  it('empties a series that became a single event', async () => {
    const event = { id: 'm', type: 'singleInstance', showAs: 'busy', ...times('2026-12-02') };
    expect(await changesFrom(deltaPages([event]), { cursor: CURSOR })).toMatchObject([
      { type: 'series', seriesId: 'm', events: [] },
      { type: 'upsert', event: { externalId: 'm' } },
    ]);
  });

  it.each([
    [410, 'resyncRequired'],
    [410, ''],
    [400, 'SyncStateNotFound'],
    [404, 'syncstatenotfound'],
    [409, 'syncStateInvalid'],
    [400, 'BadRequest'],
  ])('loses its cursor by %i %s', async (status, code) => {
    const failure = await failureOf(pullFrom(() => refusal(status, code), { cursor: CURSOR }));
    expect(failure).toMatchObject({ reason: 'cursor-expired', status });
  });
});

it('ends a round whose links lead in a circle', async () => {
  const failure = await failureOf(
    pullFrom((_, url) => ({ body: { value: [], '@odata.nextLink': `${url}${DELTA}?$skiptoken=1` } })),
  );
  expect(failure.reason).toBe('transient');
});

describe('a full round', () => {
  it.each([400, 404, 501])('goes by the window when change tracking is refused with %i', async (status) => {
    const value = [{ id: 'e1', showAs: 'busy', ...times('2026-12-02') }];
    const pages = await pullFrom(({ path }) =>
      path === VIEW ? { body: { value } } : refusal(status, 'ErrorInvalidRequest'),
    );
    expect(pages).toMatchObject([
      { changes: [{ type: 'upsert', event: { externalId: 'e1' } }], cursor: null },
    ]);
  });

  it('is rejected when the calendar is gone', async () => {
    const failure = await failureOf(pullFrom(() => refusal(404, 'ErrorItemNotFound')));
    expect(failure).toMatchObject({ reason: 'rejected', status: 404 });
  });

  it('asks in the mailbox’s zone and tells it', async () => {
    const pages = deltaPages([]);
    const [page] = await pullFrom(
      (asked, url) =>
        asked.path === '/v1.0/me/mailboxSettings/timeZone'
          ? { body: { value: 'Tokyo Standard Time' } }
          : pages(asked, url),
      { timeZone: null },
    );
    expect(page?.timeZone).toBe('Asia/Tokyo');
    expect(server.asked.at(-1)?.headers.prefer).toContain('outlook.timezone="Asia/Tokyo"');
  });

  it('asks in UTC when Graph does not know the zone', async () => {
    const pages = deltaPages([
      {
        id: 'd',
        isAllDay: true,
        showAs: 'busy',
        start: { dateTime: '2026-12-01T23:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-12-02T23:00:00', timeZone: 'UTC' },
      },
    ]);
    const changes = await changesFrom((asked, url) =>
      asked.headers.prefer?.includes('Europe/Berlin')
        ? refusal(400, 'TimeZoneNotSupportedException')
        : pages(asked, url),
    );
    expect(changes).toMatchObject([{ event: { start: Date.parse('2026-12-01T23:00:00Z'), allDay: true } }]);
  });

  it('does not take an odd answer for an empty calendar', async () => {
    for (const body of ['<html>Sign in</html>', '', {}]) {
      expect(
        await failureOf(pullFrom(({ path }) => (path === DELTA ? { body } : refusal(404, '')))),
      ).toMatchObject({
        reason: 'transient',
      });
      await server.close();
    }
  });
});
