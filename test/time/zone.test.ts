import { describe, expect, it } from 'vitest';
import { DAY } from '../../src/time/clock.ts';
import { endAt, isTimeZone, offsetsAround, shiftedAt, startAt } from '../../src/time/zone.ts';

/** Both readings of a wall-clock time, as ISO instants. */
function read(timeZone: string, wall: string) {
  const local = Date.parse(`${wall}Z`);
  const offsets = offsetsAround(timeZone, Math.floor(local / DAY));
  return [startAt(offsets, local), endAt(offsets, local)].map((instant) => new Date(instant).toISOString());
}

const same = (instant: string) => [`${instant}.000Z`, `${instant}.000Z`];

describe('a wall-clock time', () => {
  it('reads a wall-clock time that occurs once alike as a start and as an end', () => {
    expect(read('Europe/Berlin', '2030-03-30T02:30')).toEqual(same('2030-03-30T01:30:00'));
    expect(read('Asia/Kolkata', '2030-01-01T00:00')).toEqual(same('2029-12-31T18:30:00'));
    expect(read('Asia/Kathmandu', '2030-01-01T00:00')).toEqual(same('2029-12-31T18:15:00'));
  });

  it('reads a skipped wall-clock time as the instant after the gap', () => {
    expect(read('Europe/Berlin', '2030-03-31T02:30')).toEqual(same('2030-03-31T01:00:00'));
    expect(read('Australia/Lord_Howe', '2030-10-06T02:10')).toEqual(same('2030-10-05T15:30:00'));
    expect(read('America/Sao_Paulo', '2018-11-04T00:00')).toEqual(same('2018-11-04T03:00:00'));
  });

  it('reads a time of a skipped day as the midnight of the next day', () => {
    for (const time of ['00:00', '09:00', '23:59']) {
      expect(read('Pacific/Apia', `2011-12-30T${time}`)).toEqual(same('2011-12-30T10:00:00'));
    }
  });

  it('reads a repeated wall-clock time as its first occurrence for a start, its second for an end', () => {
    const twice = (first: string, second: string) => [`${first}:00.000Z`, `${second}:00.000Z`];
    expect(read('America/New_York', '2030-11-03T01:30')).toEqual(
      twice('2030-11-03T05:30', '2030-11-03T06:30'),
    );
    expect(read('Australia/Lord_Howe', '2030-04-07T01:45')).toEqual(
      twice('2030-04-06T14:45', '2030-04-06T15:15'),
    );
    expect(read('America/Sao_Paulo', '2018-02-17T23:00')).toEqual(
      twice('2018-02-18T01:00', '2018-02-18T02:00'),
    );
    expect(read('America/Havana', '2024-11-03T00:00')).toEqual(twice('2024-11-03T04:00', '2024-11-03T05:00'));
  });

  it('reads a skipped wall-clock time by the offset before the gap under RFC 5545', () => {
    const wall = Date.parse('2030-03-31T02:30Z');
    const at = shiftedAt(offsetsAround('Europe/Berlin', Math.floor(wall / DAY)), wall);
    expect(new Date(at).toISOString()).toBe('2030-03-31T01:30:00.000Z');
  });

  it('reads a time just past a repeated hour as one instant', () => {
    expect(read('America/New_York', '2030-11-03T02:00')).toEqual(same('2030-11-03T07:00:00'));
    expect(read('America/New_York', '2030-11-03T00:59')).toEqual(same('2030-11-03T04:59:00'));
  });

  it('reads wall-clock times between offset changes only a week apart', () => {
    expect(read('America/Recife', '2000-10-10T12:00')).toEqual(same('2000-10-10T14:00:00'));
    expect(read('America/Recife', '2000-10-17T12:00')).toEqual(same('2000-10-17T15:00:00'));
  });

  it('supports offsets with seconds', () => {
    expect(read('America/New_York', '1850-01-01T00:00')).toEqual(same('1850-01-01T04:56:02'));
  });
});

describe('isTimeZone', () => {
  it('accepts names of the IANA database', () => {
    for (const name of [
      'Europe/Berlin',
      'UTC',
      'Etc/GMT+5',
      'America/Argentina/Buenos_Aires',
      'Asia/Calcutta',
      'EST',
    ]) {
      expect(isTimeZone(name), name).toBe(true);
    }
  });

  it('refuses offsets, abbreviations and all other texts as zone names', () => {
    for (const name of [
      '',
      '+01:00',
      '-0330',
      'GMT+1',
      'BST',
      'IST',
      'Pacific Standard Time',
      'Mars/Olympus',
      'local',
    ]) {
      expect(isTimeZone(name), name).toBe(false);
    }
  });
});
