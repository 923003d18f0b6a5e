import { describe, expect, it } from 'vitest';
import { ianaName, windowsName, zoneAtEnd } from '../../src/time/zone-names.ts';

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

it('finds a zone at the end of a prefixed name, which without a leading slash needs a region', () => {
  expect(zoneAtEnd('freeassociation.sourceforge.net/Europe/Berlin')).toBe('Europe/Berlin');
  expect(zoneAtEnd('Family/America/Indiana/Knox')).toBe('America/Indiana/Knox');
  expect(zoneAtEnd('Journeys/Japan')).toBeNull();
});

it('returns the Windows name of a zone, or the same name where Windows has none', () => {
  expect(windowsName('Europe/Berlin')).toBe('W. Europe Standard Time');
  expect(windowsName('Mars/Olympus')).toBe('Mars/Olympus');
});
