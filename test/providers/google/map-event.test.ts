import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type GoogleEvent, kindOf, mapEvent } from '../../../src/providers/google/map-event.ts';

describe('kindOf', () => {
  const self = (responseStatus: string) => ({ attendees: [{ self: true, responseStatus }] });

  it.each<[string, GoogleEvent, string]>([
    ['no details at all, as a free-busy reader sees it', {}, 'BUSY'],
    ['confirmed and opaque', { status: 'confirmed', transparency: 'opaque' }, 'BUSY'],
    ['cancelled', { status: 'cancelled' }, 'FREE'],
    ['transparent', { status: 'confirmed', transparency: 'transparent' }, 'FREE'],
    ['tentative', { status: 'tentative' }, 'BUSY_TENTATIVE'],
    ['tentative but transparent', { status: 'tentative', transparency: 'transparent' }, 'FREE'],
    ['declined by the owner', self('declined'), 'FREE'],
    ['declined by somebody else', { attendees: [{ responseStatus: 'declined' }] }, 'BUSY'],
    ['not answered yet', self('needsAction'), 'BUSY'],
    ['answered with maybe', self('tentative'), 'BUSY'],
    ['attendees left out', { attendeesOmitted: true }, 'BUSY'],
    ['out of office', { eventType: 'outOfOffice' }, 'BUSY_UNAVAILABLE'],
    ['focus time', { eventType: 'focusTime', transparency: 'opaque' }, 'BUSY'],
    ['a working location', { eventType: 'workingLocation', transparency: 'opaque' }, 'FREE'],
    ['a birthday', { eventType: 'birthday', transparency: 'transparent' }, 'FREE'],
    ['values of tomorrow', { status: 'maybe', transparency: 'foggy', eventType: 'siesta' }, 'BUSY'],
  ])('%s', (_, event, kind) => {
    expect(kindOf(event)).toBe(kind);
  });
});

describe('remoteEventOf', () => {
  const read = (event: GoogleEvent, zone = 'Europe/Berlin') => {
    const made = mapEvent({ id: 'e1', ...event }, zone);
    return (
      made && { ...made, start: new Date(made.start).toISOString(), end: new Date(made.end).toISOString() }
    );
  };

  it('reads a timed instance', () => {
    const event = {
      summary: 'Stand-up',
      recurringEventId: 'master',
      start: { dateTime: '2026-12-01T09:00:00+01:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-12-01T08:30:00Z' },
    };
    expect(read(event)).toEqual({
      externalId: 'e1',
      seriesId: 'master',
      kind: 'BUSY',
      start: '2026-12-01T08:00:00.000Z',
      end: '2026-12-01T08:30:00.000Z',
      allDay: false,
      title: 'Stand-up',
      ownId: null,
    });
  });

  it('knows our own events by their id and property together', () => {
    const event = {
      extendedProperties: { private: { slotwire: 'bk_1' } },
      start: { dateTime: '2026-12-01T09:00:00Z' },
    };
    const id = createHash('sha256').update('bk_1').digest('hex');
    expect(read({ ...event, id })).toMatchObject({ ownId: 'bk_1' });
    expect(read({ ...event, id: 'copy' })).toMatchObject({ ownId: null });
    expect(read({ ...event, id: `${id}_20261201T090000Z`, recurringEventId: id })).toMatchObject({
      ownId: null,
    });
    expect(read({ start: event.start, id })).toMatchObject({ ownId: null });
  });

  it('spans local days of the calendar, whatever zone the event names', () => {
    const event = { start: { date: '2026-10-25', timeZone: 'Asia/Tokyo' }, end: { date: '2026-10-26' } };
    expect(read(event)).toMatchObject({
      start: '2026-10-24T22:00:00.000Z',
      end: '2026-10-25T23:00:00.000Z',
      allDay: true,
    });
  });

  it('gives an event that ends before it starts no length', () => {
    const event = { start: { dateTime: '2026-12-01T09:00:00Z' }, end: { dateTime: '2026-12-01T08:00:00Z' } };
    expect(read(event)).toMatchObject({ start: '2026-12-01T09:00:00.000Z', end: '2026-12-01T09:00:00.000Z' });
  });

  it('reads a time without an offset by the zone beside it', () => {
    const event = {
      start: { dateTime: '2026-12-01T09:00:00', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '' },
    };
    expect(read(event)).toMatchObject({ start: '2026-12-01T00:00:00.000Z' });
  });

  it('makes nothing of an event without a readable start', () => {
    expect(read({ start: { dateTime: 'soon' } })).toBeNull();
    expect(read({})).toBeNull();
  });
});
