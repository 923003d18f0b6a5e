import { describe, expect, it } from 'vitest';
import { isTimeZone } from '../../../src/time/zone.ts';
import { cityOf } from '../../../src/web/zones/city.ts';
import { createZoneSearch, offsetIn } from '../../../src/web/zones/search.ts';
import { ZONE_ROWS } from '../../../src/web/zones/table.ts';

const WINTER = Date.parse('2026-01-15T12:00:00Z');
const SUMMER = Date.parse('2026-07-15T12:00:00Z');
const search = createZoneSearch({ locale: 'en-GB' });
const cities = (query: string, now = WINTER) => search.find(query, now).map(({ city }) => city);

describe('the search for a time zone', () => {
  it.each([
    ['Kolkata', 'Kolkata'],
    ['calcutta', 'Kolkata'],
    ['Kyiv', 'Kyiv'],
    ['Kiev', 'Kyiv'],
    ['sao paulo', 'Sao Paulo'],
    ['São Paulo', 'Sao Paulo'],
    ['new y', 'New York'],
    ['new_york', 'New York'],
    ['us/eastern', 'New York'],
    ['Saigon', 'Ho Chi Minh'],
    ['Asia/Tokyo', 'Tokyo'],
    ['buenos', 'Buenos Aires'],
    ['india', 'Kolkata'],
    ['Norway', 'Oslo'],
    ['deutschland', 'Berlin'],
    ['utc', 'UTC'],
    ['Zulu', 'UTC'],
  ])('finds by %s first %s', (query, city) => {
    const inGerman = createZoneSearch({ locale: 'de' });
    const found = query === 'deutschland' ? inGerman.find(query, WINTER) : search.find(query, WINTER);
    expect(found[0]?.city).toBe(city);
  });

  it('finds the zones of an abbreviation, of a country, and of an offset as it is now', () => {
    expect(cities('CET')).toEqual(expect.arrayContaining(['Berlin', 'Paris', 'Rome', 'Oslo']));
    expect(cities('CET')).not.toContain('London');
    expect(cities('Ukraine')).toContain('Kyiv');
    expect(cities('germany berlin')[0]).toBe('Berlin');
    expect(cities('GMT+2')).toContain('Cairo');
    expect(cities('GMT+2')).not.toContain('Berlin');
    expect(cities('utc +2', SUMMER)).toContain('Berlin');
    expect(cities('+5:30')).toContain('Kolkata');
    expect(cities('-3:30')).toEqual(['St Johns']);
  });

  it('says where each is, how far from UTC, and what time it is there', () => {
    const [berlin] = search.find('Berlin', SUMMER);
    expect(berlin).toEqual({
      ...{ id: 'Europe/Berlin', city: 'Berlin', country: 'Germany' },
      ...{ offset: 'GMT+2', time: '14:00' },
    });
    const [early] = createZoneSearch({ locale: 'en-GB', hours: 'h12' }).find('Berlin', SUMMER);
    expect(early?.time).toMatch(/^2:00\spm$/);
  });

  it('finds some of everything for nothing, and nothing for nonsense', () => {
    expect(cities('').length).toBe(50);
    expect(cities('  ')).toEqual(cities(''));
    expect(cities('xyzzy')).toEqual([]);
    expect(cities('(*')).toEqual([]);
  });

  it('names zones that there are, each once', () => {
    const names = ZONE_ROWS.map((row) => row.split('|')[0] ?? '');
    expect(names.filter((name) => !isTimeZone(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(400);
  });
});

it.each([
  ['GMT+2', 120],
  ['utc-3:30', -210],
  [' + 0545 ', 345],
  ['\u22128', -480],
  ['GMT', null],
  ['Kolkata +', null],
  ['+1234567', null],
])('reads the offset of %j', (text, minutes) => expect(offsetIn(text)).toBe(minutes));

it.each([
  ['America/Argentina/Buenos_Aires', 'Buenos Aires'],
  ['America/Indiana/Knox', 'Knox, Indiana'],
  ['Asia/Calcutta', 'Calcutta'],
  ['UTC', 'UTC'],
])('reads the city of %s', (id, city) => expect(cityOf(id)).toBe(city));
