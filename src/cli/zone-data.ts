/** The zone data of a process: chosen at its start, named in the log and in the metrics. */
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Clock, SECOND } from '../time/clock.ts';
import { useZoneData } from '../time/installed-zones.ts';
import { formatInstant } from '../time/instant-text.ts';
import {
  isZoneDataOld,
  openZoneData,
  type ZoneData,
  ZoneDataError,
  type ZoneDataInfo,
  zoneDataAgeInDays,
} from '../time/zone-data.ts';

/**
 * Opens the newest zone data at hand; from now on the process reads all times with it.
 * @param directory the operator's folder (ZONEINFO); absent: none
 * @throws StartError for a folder that can't be used
 */
export function startZoneData(
  directory: string | undefined,
  { log, metrics, clock }: { log: Log; metrics: Metrics; clock: Clock },
): ZoneData {
  const data = openOrStop(directory);
  useZoneData(data);
  const { info } = data;
  metrics.zoneData.set({ source: info.source, version: info.version }, 1);
  metrics.zoneDataReleased.set(info.releasedAt / SECOND);
  const zoneData = describe(info, clock);
  const operators = data.passedOver.find(({ source }) => source === 'operator');
  if (operators) {
    log.warn(
      { zoneData, zoneinfo: describe(operators, clock) },
      'ZONEINFO is not used: other zone data is newer',
    );
  }
  if (isZoneDataOld(info, clock.now())) {
    log.warn(
      { zoneData },
      'zone data is old: clock changes that were decided since are missing; renew the package tzdata, ZONEINFO or Slotwire',
    );
  } else log.info({ zoneData }, 'zone data is chosen');
  return data;
}

function openOrStop(directory: string | undefined): ZoneData {
  try {
    return openZoneData({ operatorDirectory: directory ?? null });
  } catch (error) {
    if (!(error instanceof ZoneDataError)) throw error;
    throw new StartError(error.message);
  }
}

/** As the log has it: the age is in days. */
const describe = (info: ZoneDataInfo, clock: Clock) => ({
  source: info.source,
  version: info.version,
  ...(info.directory === null ? {} : { directory: info.directory }),
  released: formatInstant(info.releasedAt).slice(0, 10),
  ...(info.estimated ? { estimated: true } : {}),
  age: zoneDataAgeInDays(info, clock.now()),
});
