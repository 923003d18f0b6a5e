/** A folder of zone files (TZif), as the system's zoneinfo is one: which release it is, and the rules of its zones. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from './clock.ts';
import { readTzif } from './tzif.ts';
import { isZoneRelease } from './zone-releases.ts';
import type { ZoneRules } from './zone-rules.ts';

export interface ZoneinfoFolder {
  directory: string;
  version: string;
  /** When the file that names the release was written. */
  fileDate: Instant;
  /** Read from the file at each call; null for a name that the folder lacks, or whose file can't be read. */
  rules(name: string): ZoneRules | null;
}

/** Files that name the release: Debian, Alpine, Red Hat and Arch have the first, macOS and the BSDs the second or third. */
const VERSION_FILES = ['tzdata.zi', '+VERSION', 'VERSION', 'version'];

/** A path below the folder and nothing else: no dots. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;
/** What such folders hold beside the zones. */
const NO_ZONE = /^(?:posix|right)\/|^(?:Factory|localtime|posixrules|leapseconds)$/;

/** @returns the folder, or why it can't be used, as a sentence's end ("has no file that …") */
export function openZoneinfo(directory: string): ZoneinfoFolder | string {
  const named = VERSION_FILES.map((file) => releaseIn(join(directory, file))).find((found) => found !== null);
  if (!named) return `has no ${VERSION_FILES.join(', ')} that names its release`;
  const rules = (name: string) => {
    if (!NAME.test(name) || NO_ZONE.test(name)) return null;
    const bytes = readOrNull(join(directory, name));
    return bytes && readTzif(bytes);
  };
  if (!rules('UTC') && !rules('Etc/UTC')) return 'has no file UTC without leap seconds';
  return { directory, ...named, rules };
}

/** The release that a file's first line names. */
function releaseIn(file: string): { version: string; fileDate: Instant } | null {
  const [line = ''] = readOrNull(file)?.toString('latin1').split('\n', 1) ?? [];
  const version = line.replace(/^#\s*version\s*/i, '').trim();
  return isZoneRelease(version) ? { version, fileDate: statSync(file).mtimeMs } : null;
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
