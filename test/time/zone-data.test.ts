/** The zone data against readers that are not ours, and which of it is taken. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import moment from 'moment-timezone';
import packed from 'moment-timezone/data/packed/latest.json' with { type: 'json' };
import { afterEach, describe, expect, it } from 'vitest';
import { dateFromDay } from '../../src/time/civil-date.ts';
import { DAY, HOUR, SECOND } from '../../src/time/clock.ts';
import { useZoneData } from '../../src/time/installed-zones.ts';
import { localDateTime } from '../../src/time/local-time.ts';
import { createPackedZones } from '../../src/time/packed-zones.ts';
import { readPosixRule, readTzif } from '../../src/time/tzif.ts';
import { isTimeZone } from '../../src/time/zone.ts';
import { isZoneDataOld, openZoneData, zoneDataAgeInDays } from '../../src/time/zone-data.ts';
import { compareZoneReleases, zoneReleaseDate } from '../../src/time/zone-releases.ts';
import { offsetsOver, type ZoneRules } from '../../src/time/zone-rules.ts';
import { openZoneinfo } from '../../src/time/zoneinfo.ts';
import { tzif, zoneinfoFolder } from './tzif.fixture.ts';

const FROM = Date.UTC(2020, 0, 1);
const TO = Date.UTC(2038, 0, 1);

const NAMES = [
  ...packed.zones.map((text) => text.split('|')[0] ?? ''),
  ...packed.links.map((text) => text.split('|')[1] ?? ''),
].sort();

/** The changes of a zone's offset, from 2020 to 2037 or over a span: "instant offset", both in seconds. */
function changesOf(rules: ZoneRules | null, [from, to] = [FROM, TO]): string[] {
  if (!rules) return ['no rules'];
  const { bounds, offsets } = offsetsOver(rules, from / DAY, to / DAY);
  return offsets.flatMap((offset, i) => {
    const at = bounds[i] as number;
    return i > 0 && at >= from && at < to ? [`${at / SECOND} ${offset / SECOND}`] : [];
  });
}

/** What the system's own zdump says of the files of a folder: their changes from 2020 to 2037. */
function zdump(folder: string, names: readonly string[]): Map<string, string[]> {
  const paths = names.map((name) => join(folder, name));
  const text = execFileSync('zdump', ['-v', '-c', '2020,2038', ...paths], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const changes = new Map<string, string[]>(names.map((name) => [name, []]));
  const before = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, path = '', date = '', offset = ''] = /^(\S+)\s+(.*?) UTC? = .* gmtoff=(-?\d+)$/.exec(line) ?? [];
    const name = path.slice(folder.length + 1);
    const at = Date.parse(`${date} UTC`);
    const previous = before.get(name);
    before.set(name, offset);
    if (previous === undefined || previous === offset || at < FROM || at >= TO) continue;
    changes.get(name)?.push(`${at / SECOND} ${offset}`);
  }
  return changes;
}

const opened = (operatorDirectory: string | null, systemDirectories: string[] = []) =>
  openZoneData({ operatorDirectory, systemDirectories });

afterEach(() => useZoneData(null));

describe('zone data', () => {
  it('has of every zone the changes that moment-timezone reads from the same data, 2020 to 2037', () => {
    const zones = createPackedZones(packed);
    expect(NAMES.length).toBeGreaterThan(590);
    const wrong = NAMES.filter((name) => {
      const zone = moment.tz.zone(name);
      if (!zone) return true;
      const { untils, offsets } = zone;
      const theirs = untils.flatMap((at, i) => {
        const [before, after] = [offsets[i], offsets[i + 1]];
        const counts = at >= FROM && at < TO && after !== undefined && before !== after;
        return counts ? [`${at / SECOND} ${0 - after * 60}`] : [];
      });
      return theirs.join() !== changesOf(zones.rules(name)).join();
    });
    expect(wrong).toEqual([]);
  });

  it('has of every zone in the system’s folder the changes that zdump finds there, 2020 to 2037', () => {
    const directory = '/usr/share/zoneinfo';
    const folder = openZoneinfo(directory);
    if (typeof folder === 'string') throw new Error(`${directory} ${folder}`);
    const names = NAMES.filter((name) => existsSync(join(directory, name)));
    expect(names.length).toBeGreaterThan(330);
    const theirs = zdump(directory, names);
    expect([...theirs.values()].flat().length).toBeGreaterThan(4_000);
    const wrong = names.filter((name) => changesOf(folder.rules(name)).join() !== theirs.get(name)?.join());
    expect(wrong).toEqual([]);
  });

  it('goes on after 2037 by the rule that the last years show', () => {
    const zones = createPackedZones(packed);
    const span: [number, number] = [Date.UTC(2037, 0, 1), Date.UTC(2061, 0, 1)];
    const footers = {
      'Europe/Berlin': 'CET-1CEST,M3.5.0,M10.5.0/3',
      'America/New_York': 'EST5EDT,M3.2.0,M11.1.0',
      'Africa/Cairo': 'EET-2EEST,M4.5.5/0,M10.5.4/24',
      'Asia/Jerusalem': 'IST-2IDT,M3.4.4/26,M10.5.0',
      'Australia/Lord_Howe': '<+1030>-10:30<+11>-11,M10.1.0,M4.1.0',
      'America/Santiago': '<-04>4<-03>,M9.1.6/24,M4.1.6/24',
      'Asia/Tokyo': 'JST-9',
    };
    for (const [name, footer] of Object.entries(footers)) {
      const theirs = changesOf(readTzif(tzif({ offsets: [0], footer })), span);
      expect(theirs.length, name).toBe(name === 'Asia/Tokyo' ? 0 : 48);
      expect(changesOf(zones.rules(name), span), name).toEqual(theirs);
    }
  });

  it('knows that from November 2026 on the clocks of Vancouver, Edmonton, Winnipeg and Yellowknife stay', () => {
    useZoneData(opened(null));
    const at = Date.UTC(2026, 10, 30, 20);
    expect(localDateTime('America/Vancouver', at)).toBe('2026-11-30T13:00:00');
    for (const zone of ['America/Edmonton', 'America/Yellowknife']) {
      expect(localDateTime(zone, at), zone).toBe('2026-11-30T14:00:00');
    }
    expect(localDateTime('America/Winnipeg', at)).toBe('2026-11-30T15:00:00');
    expect(localDateTime('Africa/Casablanca', at)).toBe('2026-11-30T20:00:00');
  });
});

describe('a file of TZif', () => {
  const berlin = { changes: [0, 15_552_000], offsets: [3600, 7200, 3600] };

  it('is read with times of 32 bits and with times of 64', () => {
    const changes = ['0 7200', '15552000 3600'];
    const span: [number, number] = [-DAY, 400 * DAY];
    expect(changesOf(readTzif(tzif({ ...berlin, version: 1 })), span)).toEqual(changes);
    expect(changesOf(readTzif(tzif({ ...berlin, footer: 'CET-1' })), span)).toEqual(changes);
  });

  it('is refused when it is cut off, counts leap seconds, or has a rule that makes no sense', () => {
    const whole = tzif({ ...berlin, footer: 'CET-1' });
    for (const length of [0, 20, 60, 120, whole.length - 1]) {
      expect(readTzif(whole.subarray(0, length)), String(length)).toBeNull();
    }
    expect(readTzif(tzif({ ...berlin, leapSeconds: 1 }))).toBeNull();
    expect(readTzif(tzif({ ...berlin, footer: 'summer' }))).toBeNull();
    expect(readTzif(Buffer.from('BEGIN:VTIMEZONE'))).toBeNull();
  });

  it('has a rule in days of the year, with or without 29 February, or in weeks of a month', () => {
    const days = (text: string, year: number) => {
      const rule = readPosixRule(`AAA0BBB,${text},300`);
      const begins = rule?.daylight?.begins;
      return begins && dateFromDay(begins.dayOf(year));
    };
    expect(days('J60', 2027)).toBe('2027-03-01');
    expect(days('J60', 2028)).toBe('2028-03-01');
    expect(days('59', 2027)).toBe('2027-03-01');
    expect(days('59', 2028)).toBe('2028-02-29');
    expect(days('M2.5.0', 2028)).toBe('2028-02-27');
    expect(days('M2.1.1', 2027)).toBe('2027-02-01');
  });
});

describe('which zone data is taken', () => {
  const FIXED = { offsets: [5 * 3600], footer: 'XXX-5' };

  it('is the newest of the operator’s, the system’s, the program’s and Node’s', async () => {
    const [old, next, newest] = await Promise.all([
      zoneinfoFolder('2019a', {}),
      zoneinfoFolder('2090a', {}),
      zoneinfoFolder('2090b', {}),
    ]);
    expect(opened(null, [old]).info).toMatchObject({ source: 'bundled', directory: null });
    expect(opened(null, [old, next]).info).toMatchObject({
      source: 'system',
      version: '2090a',
      directory: next,
    });
    const data = opened(newest, [next]);
    expect(data.info).toMatchObject({ source: 'operator', version: '2090b', directory: newest });
    expect(data.passedOver.map(({ source }) => source)).toEqual(['system', 'bundled', 'node']);
    expect(opened(next, [newest]).info.source).toBe('system');
    expect(opened(next, [next]).info.source).toBe('operator');
  });

  it('is read for every zone that it has, and for the others what is next is read', async () => {
    const folder = await zoneinfoFolder('2090a', { 'America/Los_Angeles': FIXED, 'Asia/Slotwire': FIXED });
    const data = opened(folder);
    const offset = (name: string) => data.find(name)?.around(20_000).offsets[0];
    expect(offset('America/Los_Angeles')).toBe(5 * HOUR);
    expect(offset('Asia/Slotwire')).toBe(5 * HOUR);
    // An old name, in any case, means what it is an alias of, even where the folder lacks it.
    for (const name of ['US/Pacific', 'us/pacific', 'america/los_angeles']) {
      expect(offset(name), name).toBe(5 * HOUR);
    }
    expect(offset('Asia/Calcutta')).toBe(5.5 * HOUR);
  });

  it('stops the start when the operator’s folder says nothing of its release, or counts leap seconds', async () => {
    const unnamed = await zoneinfoFolder(null, {});
    const leaping = await zoneinfoFolder('2090a', { UTC: { offsets: [0], leapSeconds: 27 } });
    const empty = await mkdtemp(join(tmpdir(), 'slotwire-zoneinfo-'));
    for (const folder of [unnamed, leaping, empty, '/nowhere']) {
      expect(() => opened(folder), folder).toThrow(/^ZONEINFO: .* has no /);
    }
    // A system's folder of that kind is passed over.
    expect(opened(null, [unnamed, leaping, empty, '/nowhere']).info.source).toBe('bundled');
  });

  it('takes no path for a zone, and none of the folder’s other files', () => {
    useZoneData(opened('/usr/share/zoneinfo'));
    for (const name of [
      '../zoneinfo/UTC',
      'Europe/../UTC',
      'posix/UTC',
      'right/UTC',
      'localtime',
      'Factory',
      'tzdata.zi',
      'Europe',
    ]) {
      expect(isTimeZone(name), name).toBe(false);
    }
    for (const name of [
      'US/Pacific',
      'Asia/Calcutta',
      'America/Buenos_Aires',
      'Europe/Kiev',
      'GB',
      'EST5EDT',
    ]) {
      expect(isTimeZone(name), name).toBe(true);
    }
  });
});

describe('a release of the zone database', () => {
  it('is older or newer by year, then by letters', () => {
    const releases = ['2024a', '2024b', '2024z', '2024za', '2025a', '2100a'];
    expect(releases.toReversed().sort(compareZoneReleases)).toEqual(releases);
    expect(compareZoneReleases('2026f', '2026f')).toBe(0);
  });

  it('has a known date when it is listed, as the bundled one is; else its file’s, or the earliest possible one', () => {
    expect(zoneReleaseDate(packed.version, null).estimated).toBe(false);
    expect(zoneReleaseDate('2025c', 0)).toEqual({ at: Date.UTC(2025, 11, 10), estimated: false });
    const [written, earliest] = [Date.UTC(2090, 4, 5), Date.UTC(2090, 0, 1)];
    expect(zoneReleaseDate('2090b', written)).toEqual({ at: written, estimated: true });
    for (const copied of [null, 0, Date.UTC(2091, 0, 1)]) {
      expect(zoneReleaseDate('2090b', copied)).toEqual({ at: earliest, estimated: true });
    }
    // A release that follows a listed one in the same year is younger than that one.
    expect(zoneReleaseDate('2026z', null).at).toBe(zoneReleaseDate('2026f', null).at);
  });

  it('is old 120 days after it came out', async () => {
    const folder = await zoneinfoFolder('2090a', {});
    const written = Date.UTC(2090, 1, 1);
    await utimes(join(folder, 'tzdata.zi'), written / SECOND, written / SECOND);
    const { info } = opened(folder);
    expect([isZoneDataOld(info, written + 120 * DAY), isZoneDataOld(info, written + 120 * DAY + 1)]).toEqual([
      false,
      true,
    ]);
    expect(zoneDataAgeInDays(info, written + 121.5 * DAY)).toBe(121);
  });
});
