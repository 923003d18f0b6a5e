import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startZoneData } from '../../src/cli/zone-data.ts';
import { StartError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { DAY, SECOND } from '../../src/time/clock.ts';
import { useZoneData } from '../../src/time/installed-zones.ts';
import { zoneinfoFolder } from '../time/tzif.fixture.ts';

afterEach(() => useZoneData(null));

/** Starts with a folder, or without; its log lines and metrics. */
function start(directory: string | undefined, now: number) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const metrics = createMetrics();
  startZoneData(directory, { log, metrics, clock: { now: () => now } });
  return { lines, metrics: metrics.registry.metrics() };
}

const WARN = 40;

describe('the start', () => {
  it('says which zone data it reads times with, in the log and in the metrics', async () => {
    const folder = await zoneinfoFolder('2090a', {});
    const released = Date.UTC(2090, 1, 1);
    await utimes(join(folder, 'tzdata.zi'), released / SECOND, released / SECOND);
    const { lines, metrics } = start(folder, released + 3 * DAY);
    const zoneData = {
      source: 'operator',
      version: '2090a',
      directory: folder,
      released: '2090-02-01',
      age: 3,
    };
    expect(lines).toMatchObject([{ msg: 'zone data is chosen', zoneData }]);
    expect(await metrics).toContain('slotwire_zone_data_info{source="operator",version="2090a"} 1\n');
    expect(await metrics).toContain(`slotwire_zone_data_release_timestamp_seconds ${released / SECOND}\n`);
  });

  it('warns of zone data that came out more than 120 days ago', () => {
    const { lines } = start(undefined, Date.UTC(2099, 0, 1));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: WARN, msg: expect.stringMatching(/^zone data is old: /) });
  });

  it('warns when the operator’s folder is older than other zone data, and takes that', async () => {
    const folder = await zoneinfoFolder('2019a', {});
    const { lines, metrics } = start(folder, Date.UTC(2026, 11, 1));
    expect(lines[0]).toMatchObject({ level: WARN, zoneinfo: { version: '2019a', directory: folder } });
    expect(await metrics).not.toContain('2019a');
  });

  it('ends with a sentence when the operator’s folder can’t be used', () => {
    const failed = () => start('/nowhere', 0);
    expect(failed).toThrow(StartError);
    expect(failed).toThrow(
      'ZONEINFO: /nowhere has no tzdata.zi, +VERSION, VERSION, version that names its release.',
    );
  });
});
