/** What the command runs on: Node, and the zone data that a start on this machine would choose. */
import { formatInstant } from '../../time/instant-text.ts';
import {
  isZoneDataOld,
  openZoneData,
  type ZoneData,
  ZoneDataError,
  zoneDataAgeInDays,
} from '../../time/zone-data.ts';
import { type Finding, findingsOf } from './finding.ts';

/**
 * @param version as process.versions.node has it
 * @param required as `engines` of package.json has it: >=20.19
 */
export function diagnoseNode(version: string, required: string): Finding[] {
  const { ok, failed } = findingsOf('Node');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = required.replace(/^\D*/, '').split('.').map(Number);
  const isEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (isEnough) return [ok(version)];
  return [failed(`${version} is older than Slotwire runs on (${required})`, 'Install a newer Node.')];
}

/**
 * @param now epoch milliseconds
 * @param directory ZONEINFO
 */
export function diagnoseZoneData(now: number, directory: string | undefined): Finding[] {
  const { ok, warning, failed } = findingsOf('zone data');
  let data: ZoneData;
  try {
    data = openZoneData({ operatorDirectory: directory ?? null });
  } catch (error) {
    if (!(error instanceof ZoneDataError)) throw error;
    return [failed(error.message, 'No gateway starts with it: mend the folder, or take out ZONEINFO.')];
  }
  const { info, passedOver } = data;
  const where = info.directory === null ? info.source : `${info.source}, ${info.directory}`;
  const days = zoneDataAgeInDays(info, now);
  const release = `${info.version} (${where}), ${info.estimated ? 'about ' : ''}${days} days old, of ${formatInstant(info.releasedAt).slice(0, 10)}`;
  const found = [
    isZoneDataOld(info, now)
      ? warning(
          `${release}: clock changes that were decided since are missing`,
          'Renew the package tzdata, ZONEINFO or Slotwire, and restart every process.',
        )
      : ok(release),
  ];
  const operators = passedOver.find(({ source }) => source === 'operator');
  if (operators) {
    found.push(
      warning(
        `ZONEINFO (${operators.version}) is not used: other zone data is newer`,
        'Put a newer release into that folder, or take out ZONEINFO.',
      ),
    );
  }
  return found;
}
