import { describe, expect, it } from 'vitest';
import {
  completeFromMaster,
  type GraphEvent,
  isPartialOccurrence,
  kindOf,
  mapEvent,
} from '../../../src/providers/microsoft/map-event.ts';

describe('kindOf', () => {
  it.each<[string, GraphEvent, string]>([
    ['busy', { showAs: 'busy', responseStatus: { response: 'organizer' } }, 'BUSY'],
    ['free', { showAs: 'free' }, 'FREE'],
    ['tentative', { showAs: 'tentative' }, 'BUSY_TENTATIVE'],
    ['out of office', { showAs: 'oof' }, 'BUSY_UNAVAILABLE'],
    ['working elsewhere', { showAs: 'workingElsewhere' }, 'FREE'],
    ['unknown', { showAs: 'unknown' }, 'BUSY'],
    ['nothing said', {}, 'BUSY'],
    ['cancelled by its organiser', { showAs: 'busy', isCancelled: true }, 'FREE'],
    ['declined and kept', { showAs: 'busy', responseStatus: { response: 'declined' } }, 'FREE'],
    [
      'not answered yet',
      { showAs: 'tentative', responseStatus: { response: 'notResponded' } },
      'BUSY_TENTATIVE',
    ],
  ])('%s', (_, event, kind) => {
    expect(kindOf(event)).toBe(kind);
  });
});

describe('stubs', () => {
  const stub: GraphEvent = { id: 'o1', seriesMasterId: 'm', type: 'occurrence' };

  it('are occurrences that do not tell what they show as', () => {
    expect(isPartialOccurrence(stub)).toBe(true);
    expect(isPartialOccurrence({ ...stub, showAs: 'busy' })).toBe(false);
    expect(isPartialOccurrence({ id: 'e1', type: 'singleInstance' })).toBe(false);
  });

  it('take from the master what they lack, not its time nor its id', () => {
    const start = { dateTime: '2026-12-08T09:00:00.0000000', timeZone: 'UTC' };
    const master: GraphEvent = {
      id: 'm',
      type: 'seriesMaster',
      showAs: 'oof',
      subject: 'Away',
      isAllDay: false,
    };
    expect(completeFromMaster({ ...stub, start }, master)).toMatchObject({
      id: 'o1',
      seriesMasterId: 'm',
      showAs: 'oof',
      subject: 'Away',
      start,
    });
  });
});

describe('remoteEventOf', () => {
  const time = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });

  it.each<[GraphEvent, string | null]>([
    [{ transactionId: 'slotwire:bk_1' }, 'bk_1'],
    [{ transactionId: 'slotwire:bk_1', seriesMasterId: 'm' }, null],
    [{ transactionId: 'slotwire:' }, null],
    [{ transactionId: 'bk_1' }, null],
    [{ transactionId: null }, null],
    [{}, null],
  ])('knows our own events by their transaction: %j', (event, ownId) => {
    const start = time('2026-12-01T09:00:00.0000000');
    expect(mapEvent({ id: 'e1', start, ...event }, null)).toMatchObject({ ownId });
  });
  const read = (event: GraphEvent, zone: string | null = 'Europe/Berlin') => {
    const made = mapEvent({ id: 'e1', showAs: 'busy', ...event }, zone);
    return made && [new Date(made.start).toISOString(), new Date(made.end).toISOString()];
  };

  it.each(['UTC', 'tzone://Microsoft/Utc', 'Etc/UTC'])('reads times without offset in %s', (zone) => {
    const event = {
      start: time('2026-12-01T09:00:00.0000000', zone),
      end: time('2026-12-01T10:00:00.0000000', zone),
    };
    expect(read(event)).toEqual(['2026-12-01T09:00:00.000Z', '2026-12-01T10:00:00.000Z']);
  });

  it.each(['W. Europe Standard Time', 'Europe/Berlin', 'tzone://Microsoft/Custom', 'Nowhere'])(
    'reads %s, or by the calendar when there is no such zone',
    (zone) => {
      const event = { start: time('2026-12-01T09:00:00', zone), end: time('2026-12-01T10:00:00', zone) };
      expect(read(event)).toEqual(['2026-12-01T08:00:00.000Z', '2026-12-01T09:00:00.000Z']);
    },
  );

  it('lets a time that a clock change repeats take all that it may', () => {
    const zone = 'Europe/Berlin';
    const event = { start: time('2026-10-25T02:00:00', zone), end: time('2026-10-25T02:30:00', zone) };
    expect(read(event)).toEqual(['2026-10-25T00:00:00.000Z', '2026-10-25T01:30:00.000Z']);
  });

  const berlinDay = ['2026-11-30T23:00:00.000Z', '2026-12-01T23:00:00.000Z'];

  it.each<[string, string | null, GraphEvent]>([
    [
      'in the zone that was asked for',
      'Europe/Berlin',
      {
        start: time('2026-12-01T00:00:00', 'Europe/Berlin'),
        end: time('2026-12-02T00:00:00', 'Europe/Berlin'),
      },
    ],
    [
      'as dates in UTC',
      'Europe/Berlin',
      { start: time('2026-12-01T00:00:00.0000000'), end: time('2026-12-02T00:00:00.0000000') },
    ],
    [
      'shifted into UTC',
      'Europe/Berlin',
      { start: time('2026-11-30T23:00:00.0000000'), end: time('2026-12-01T23:00:00.0000000') },
    ],
    [
      'as dates of the event’s own zone when the calendar’s is unknown',
      null,
      {
        start: time('2026-12-01T00:00:00'),
        end: time('2026-12-02T00:00:00'),
        originalStartTimeZone: 'W. Europe Standard Time',
      },
    ],
  ])('reads all-day events given %s', (_, zone, event) => {
    expect(read({ isAllDay: true, ...event }, zone)).toEqual(berlinDay);
  });

  it('gives an event that ends before it starts no length', () => {
    const event = { start: time('2026-12-01T09:00:00'), end: time('2026-12-01T08:00:00') };
    expect(read(event)).toEqual(['2026-12-01T09:00:00.000Z', '2026-12-01T09:00:00.000Z']);
  });

  it('makes nothing of an event without a readable start', () => {
    expect(read({ start: time('soon') })).toBeNull();
    expect(read({})).toBeNull();
  });
});
