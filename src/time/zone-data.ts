/** The zone data of this machine: the newest of what the operator, the system, this program and Node have at hand. */
import packed from 'moment-timezone/data/packed/latest.json' with { type: 'json' };
import { BoundedMap } from '../async/bounded-map.ts';
import { DAY, type Instant } from './clock.ts';
import { readIntlZone } from './intl-zones.ts';
import { createPackedZones } from './packed-zones.ts';
import { createZoneReader, type ZoneReader } from './zone-reader.ts';
import { compareZoneReleases, isZoneRelease, ZONE_DATA_OLD_AFTER, zoneReleaseDate } from './zone-releases.ts';
import { offsetsOver, type ZoneRules } from './zone-rules.ts';
import { openZoneinfo, type ZoneinfoFolder } from './zoneinfo.ts';

/** `operator`: the folder of ZONEINFO. `bundled`: in this program. `node`: in Node itself. */
export type ZoneDataSource = 'operator' | 'system' | 'bundled' | 'node';

export interface ZoneDataInfo {
  source: ZoneDataSource;
  /** The release, as `2026f`. */
  version: string;
  /** The folder; null for data that is in no folder. */
  directory: string | null;
  releasedAt: Instant;
  /** `releasedAt` is the date of the data's file, or the earliest that it can be: the release is younger than this program. */
  estimated: boolean;
}

export interface ZoneData {
  info: ZoneDataInfo;
  /** What else is at hand, newest first. */
  passedOver: ZoneDataInfo[];
  /** The operator's folder, which the worker threads of this process open too; null: none. */
  operatorDirectory: string | null;
  /** Null for a name that is no zone's. A zone that the newest data lacks is read from what is next. */
  find(name: string): ZoneReader | null;
}

/** The operator's folder can't be used. The message is a sentence. */
export class ZoneDataError extends Error {
  override readonly name = 'ZoneDataError';
}

/** Where systems have theirs. */
const SYSTEM = ['/usr/share/zoneinfo', '/usr/lib/zoneinfo', '/usr/share/lib/zoneinfo', '/etc/zoneinfo'];

const bundled = createPackedZones(packed);

interface Source {
  info: ZoneDataInfo;
  read(name: string): ZoneReader | null;
}

/** @throws ZoneDataError */
export function openZoneData({
  operatorDirectory = null,
  systemDirectories = SYSTEM,
}: {
  operatorDirectory?: string | null;
  systemDirectories?: readonly string[];
} = {}): ZoneData {
  const sources: Source[] = [];
  if (operatorDirectory !== null) {
    const folder = openZoneinfo(operatorDirectory);
    if (typeof folder === 'string') throw new ZoneDataError(`ZONEINFO: ${operatorDirectory} ${folder}.`);
    sources.push(folderSource('operator', folder));
  }
  for (const directory of systemDirectories) {
    const folder = openZoneinfo(directory);
    if (typeof folder !== 'string') sources.push(folderSource('system', folder));
  }
  sources.push({
    info: { ...infoOf('bundled', bundled.version, null), directory: null },
    read: (name) => readerOf(bundled.rules(bundled.spell(name) ?? name)),
  });
  const node = process.versions.tz;
  if (node !== undefined && isZoneRelease(node)) {
    sources.push({ info: { ...infoOf('node', node, null), directory: null }, read: readIntlZone });
  }
  // Of equal releases the one that is named first stays first: the operator's before the system's before the bundled.
  sources.sort((a, b) => compareZoneReleases(b.info.version, a.info.version));
  const [newest, ...others] = sources as [Source, ...Source[]];
  return {
    info: newest.info,
    passedOver: others.map(({ info }) => info),
    operatorDirectory,
    find: finder(sources),
  };
}

const infoOf = (source: ZoneDataSource, version: string, fileDate: Instant | null) => {
  const { at: releasedAt, estimated } = zoneReleaseDate(version, fileDate);
  return { source, version, releasedAt, estimated };
};

function folderSource(source: ZoneDataSource, folder: ZoneinfoFolder): Source {
  const { directory, version, fileDate } = folder;
  return {
    info: { ...infoOf(source, version, fileDate), directory },
    read(name) {
      // Systems may leave out old names, as Debian does, and a folder's names are exact.
      const spelled = bundled.spell(name) ?? name;
      const target = bundled.target(spelled);
      return readerOf(folder.rules(spelled) ?? (target === null ? null : folder.rules(target)));
    },
  };
}

const readerOf = (rules: ZoneRules | null): ZoneReader | null =>
  rules && createZoneReader((firstDay, endDay) => offsetsOver(rules, firstDay, endDay));

/** Names that are no zone's may be without number, so few of them are kept. */
const UNKNOWN_KEPT = 2_000;

function finder(sources: readonly Source[]): ZoneData['find'] {
  const found = new Map<string, ZoneReader>();
  const unknown = new BoundedMap<string, true>(UNKNOWN_KEPT);
  return (name) => {
    const known = found.get(name);
    if (known || unknown.has(name)) return known ?? null;
    for (const source of sources) {
      const reader = source.read(name);
      if (!reader) continue;
      found.set(name, reader);
      return reader;
    }
    unknown.set(name, true);
    return null;
  };
}

/** Whole days since the data's release. */
export const zoneDataAgeInDays = ({ releasedAt }: ZoneDataInfo, now: Instant): number =>
  Math.max(0, Math.floor((now - releasedAt) / DAY));

/** Whether the data is likely to lack a change of rules. */
export const isZoneDataOld = ({ releasedAt }: ZoneDataInfo, now: Instant): boolean =>
  now - releasedAt > ZONE_DATA_OLD_AFTER;
