import { describe, expect, it } from 'vitest';
import { ianaName, namesRegion, windowsName, zoneAtEnd } from '../../src/time/zone-names.ts';

describe('ianaName', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    [' Europe/Berlin ', 'Europe/Berlin'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['/mozilla.org/20050126_1/Europe/Berlin', 'Europe/Berlin'],
    ['/example.org/America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['/example.org/UTC', 'UTC'],
  ])('finds the IANA name of %j', (name, iana) => {
    expect(ianaName(name)).toBe(iana);
    expect(ianaName(name)).toBe(iana);
  });

  it.each([
    '',
    'tzone://Microsoft/Custom',
    'Customized Time Zone',
    'IST',
    'Mine/Europe/Berlin',
    '/',
    'x'.repeat(201),
  ])('finds no IANA name for %j', (name) => {
    expect(ianaName(name)).toBeNull();
  });
});

describe('a name that was made for people', () => {
  it.each([
    ['GMT+0100', 'Etc/GMT-1'],
    ['UTC-5', 'Etc/GMT+5'],
    ['(UTC+02:00)', 'Etc/GMT-2'],
    ['Coordinated Universal Time-11', 'Etc/GMT+11'],
    ['Greenwich Mean Time', 'UTC'],
    ['Eastern Time', 'America/New_York'],
    ['Eastern Daylight Time', 'America/New_York'],
    ['Central European Summer Time', 'Europe/Warsaw'],
    ['(UTC-08:00) Pacific Time (US & Canada)', 'America/Los_Angeles'],
    ['(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London', 'Europe/Dublin'],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Amsterdam'],
    ['(GMT+01.00) Amsterdam / Berlin / Bern / Rome', 'Europe/Amsterdam'],
    ['Helsinki, Kiev, Riika, Tallinna', 'Europe/Helsinki'],
    ['(UTC+01:00) Br\u00fcssel, Kopenhagen, Madrid, Paris', 'Europe/Madrid'],
    // Another city of that name has another offset.
    ['(UTC-07:00) Chihuahua, La Paz, Mazatlan', 'America/Mazatlan'],
    ['(UTC-12:00) International Date Line West', 'Etc/GMT+12'],
    ['(UTC+13:00) Samoa', 'Pacific/Apia'],
  ])('is understood: %s', (name, iana) => {
    expect(ianaName(name)).toBe(iana);
  });

  it.each([
    'GMT+25',
    'UTC+5:45',
    'UTC+1:75',
    '(UTC+01:00) Works',
    '(UTC+09:00) Berlin',
    '(home) Berlin',
    'Berlin, Tokyo',
    'Works',
    'CEST',
    Array.from({ length: 13 }, () => 'Berlin').join(', '),
  ])('is not made up: %s', (name) => {
    expect(ianaName(name)).toBeNull();
  });
});

it('tells names that mean a region everywhere from those that a calendar may define', () => {
  for (const name of ['Europe/Berlin', 'US/Eastern', '/example.org/2026/Europe/Berlin']) {
    expect(namesRegion(name)).toBe(true);
  }
  for (const name of [
    'EST',
    'UTC',
    'Etc/GMT+5',
    'Japan',
    'W. Europe Standard Time',
    'Works',
    '/example.org/UTC',
  ]) {
    expect(namesRegion(name)).toBe(false);
  }
});

it('finds a zone at the end of a prefixed name, which without a leading slash needs a region', () => {
  expect(zoneAtEnd('freeassociation.sourceforge.net/Europe/Berlin')).toBe('Europe/Berlin');
  expect(zoneAtEnd('Family/America/Indiana/Knox')).toBe('America/Indiana/Knox');
  expect(zoneAtEnd('Journeys/Japan')).toBeNull();
});

it('returns the Windows name of a zone, or the same name where Windows has none', () => {
  expect(windowsName('Europe/Berlin')).toBe('W. Europe Standard Time');
  expect(windowsName('Mars/Olympus')).toBe('Mars/Olympus');
});
