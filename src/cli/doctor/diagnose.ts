/** All checks of `slotwire doctor`: those that need no other's result at the same time, then those that read the database. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExaminedConfig, examineConfig } from '../../config.ts';
import type { GuardedFetch } from '../../net/client.ts';
import { closeStore, createStore, type Store } from '../../store/client.ts';
import { packageRoot } from '../../store/migrate.ts';
import { type Clock, SECOND } from '../../time/clock.ts';
import { diagnoseClock } from './clock.ts';
import { diagnoseConfiguration, diagnoseFeatures, isWrong } from './configuration.ts';
import { checkLimits, type DatabaseDiagnosis, diagnoseDatabase } from './database.ts';
import { type Finding, findingsOf, runCheck } from './finding.ts';
import { diagnoseKeys } from './keys.ts';
import { diagnoseLeftovers } from './leftovers.ts';
import { diagnoseProviders } from './providers.ts';
import { diagnoseInstallation, diagnosePublicUrl } from './public-url.ts';
import { reachClient } from './reach.ts';
import { diagnoseRedis } from './redis.ts';
import type { Report } from './report.ts';
import { diagnoseNode, diagnoseZoneData } from './runtime.ts';
import { findDatabase, findKeyRing } from './sources.ts';
import { diagnoseCalendars, diagnoseWorkers } from './sync.ts';

export interface DiagnoseOptions {
  /** The environment; absent: that of the process. */
  env?: Record<string, string | undefined>;
  /** This machine's clock, which is compared with the database's. */
  clock: Clock;
  /** Milliseconds that a request, or a step of a check, may take. */
  limit?: number;
  fetch?: GuardedFetch;
  /** Where folders of deleted installations are looked for. */
  leftoversIn?: readonly string[];
}

/** A check of several steps ends after so many limits, should a step not end by itself. */
const STEPS = 3;

/** Never rejects for what a check finds. Each check ends, and none starts, makes or changes anything. */
export async function diagnose(options: DiagnoseOptions): Promise<Report> {
  const { clock, limit = 4 * SECOND, fetch = reachClient } = options;
  const examined = examineConfig(options.env);
  const { config, faults } = examined;
  const check = (name: string, work: (signal: AbortSignal) => Promise<Finding[]>) =>
    runCheck(name, STEPS * limit, work);
  const { version, engines } = await readPackage();
  const parts = await Promise.all([
    diagnoseConfiguration(examined),
    diagnoseFeatures(config),
    diagnoseNode(process.versions.node, engines.node),
    checkDatabase(examined, { clock, limit, fetch }),
    check('Redis', (signal) => diagnoseRedis(examined, signal)),
    check('zone data', async () => diagnoseZoneData(clock.now(), config.ZONEINFO)),
    check('providers', (signal) => diagnoseProviders(config, { fetch, limit, signal })),
    isWrong(faults, 'PUBLIC_URL')
      ? [findingsOf('public URL').skipped('PUBLIC_URL is not right')]
      : check('public URL', (signal) => diagnosePublicUrl(config.PUBLIC_URL, { fetch, limit, signal })),
    check('leftovers', () => diagnoseLeftovers(options.leftoversIn)),
  ]);
  return { version, findings: parts.flat() };
}

async function readPackage(): Promise<{ version: string; engines: { node: string } }> {
  return JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'));
}

type DatabaseOptions = Required<Pick<DiagnoseOptions, 'clock' | 'limit' | 'fetch'>>;

/** What is read from the database; where it can't be asked, the checks that need it are skipped. */
async function checkDatabase(examined: ExaminedConfig, options: DatabaseOptions): Promise<Finding[]> {
  const { limit } = options;
  const found = await findDatabase(examined);
  if (!('url' in found)) return [found, ...skipAll([CLOCK, ...READERS], 'the database was not asked')];
  let diagnosis: DatabaseDiagnosis | undefined;
  const findings = await runCheck('database', STEPS * limit, async () => {
    diagnosis = await diagnoseDatabase(found.url, limit);
    return diagnosis.findings;
  });
  if (!diagnosis) return [...findings, ...skipAll([CLOCK, ...READERS], "the database can't be reached")];
  const store = createStore(found.url, { max: 3, limits: checkLimits(limit) });
  try {
    const parts = await Promise.all([
      runCheck(CLOCK, STEPS * limit, () => diagnoseClock(store, options.clock)),
      diagnosis.isReadable
        ? readTables(store, examined, options)
        : skipAll(READERS, "the database's tables are not those of this version"),
    ]);
    return [...findings, ...parts.flat()];
  } finally {
    await closeStore(store).catch(() => {});
  }
}

const CLOCK = 'clock';
const READERS = ['encryption keys', 'workers', 'calendars', 'installation'] as const;

const skipAll = (checks: readonly string[], reason: string) =>
  checks.map((check) => findingsOf(check).skipped(reason));

async function readTables(
  store: Store,
  examined: ExaminedConfig,
  { limit, fetch }: DatabaseOptions,
): Promise<Finding[]> {
  const { config, faults } = examined;
  const work: Record<(typeof READERS)[number], (signal: AbortSignal) => Promise<Finding[]>> = {
    'encryption keys': async () => diagnoseKeys(store, await findKeyRing(examined)),
    workers: () => diagnoseWorkers(store),
    calendars: () => diagnoseCalendars(store, config),
    installation: async (signal) =>
      isWrong(faults, 'PUBLIC_URL')
        ? skipAll(['installation'], 'PUBLIC_URL is not right')
        : diagnoseInstallation(store, config.PUBLIC_URL, { fetch, limit, signal }),
  };
  const parts = await Promise.all(READERS.map((name) => runCheck(name, STEPS * limit, work[name])));
  return parts.flat();
}
