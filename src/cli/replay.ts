/** slotwire replay: runs stored change notifications again, beside a running gateway or without one. */

import { readConfig } from '../config.ts';
import { SlotwireError, StartError } from '../errors.ts';
import { nounOf } from '../ids.ts';
import { createJobQueue } from '../jobs/queue.ts';
import { createLog } from '../log.ts';
import type { ProviderName } from '../providers/port.ts';
import { audited } from '../store/audit/audited.ts';
import { closeStore, createStore, readDatabaseTime, type Store } from '../store/client.ts';
import { createReplay, type Replay, type ReplayOutcome } from '../webhooks/inbound/replay.ts';
import { commandLine } from './actor.ts';
import { openInstallation, prepareDatabase, withDatabase } from './installation.ts';

interface Options {
  from?: number;
  to?: number;
  provider?: ProviderName;
  calendar?: string;
  dryRun?: boolean;
}

export async function replay(id: string | undefined, options: Options): Promise<void> {
  const selection = parseSelection(id, options);
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
  const installation = await openInstallation(config, log);
  try {
    await prepareDatabase(installation, config, log);
    const store = createStore(installation.databaseUrl, { max: 2 });
    try {
      await withDatabase(installation, log, () => replayAll(store, selection, options.dryRun === true));
    } finally {
      await closeStore(store);
    }
  } finally {
    await installation.close();
  }
}

type ReplaySelection = { id: string } | { span: Parameters<Replay['within']>[0] };

/** @throws StartError when the options contradict each other or are incomplete. */
function parseSelection(id: string | undefined, { from, to, provider, calendar }: Options): ReplaySelection {
  const narrowed = [from, to, provider, calendar].some((option) => option !== undefined);
  if (id !== undefined) {
    if (narrowed) throw new StartError('Name a delivery, or a span with --from and --to; not both.');
    return { id };
  }
  if (from === undefined || to === undefined) {
    throw new StartError('Name a delivery, or a span with both --from and --to (slotwire replay --help).');
  }
  if (to <= from) throw new StartError('The span runs backwards: --to must be later than --from.');
  return { span: { from, to, ...(provider && { provider }), ...(calendar && { calendar }) } };
}

async function replayAll(store: Store, selection: ReplaySelection, dryRun: boolean): Promise<void> {
  const now = await readDatabaseTime(store);
  const {
    run: replayDelivery,
    preview,
    within,
  } = createReplay({ store, jobs: createJobQueue(), clock: { now: () => now } });
  if ('span' in selection) await knownCalendar(store, selection.span.calendar);
  const ids = 'id' in selection ? [selection.id] : await within(selection.span);
  for (const [index, id] of ids.entries()) {
    const attempt: Promise<ReplayOutcome & { delivery?: { id: string } }> = dryRun
      ? preview(id)
      : audited(
          store,
          { ...commandLine(), organisation: null, action: 'replay', subject: id, creates: null },
          () => replayDelivery(id),
        );
    const outcome = await attempt.catch((error: unknown) => {
      throw error instanceof SlotwireError ? new StartError(error.message) : error;
    });
    process.stdout.write(
      `${index + 1}/${ids.length} ${line(outcome)} -> ${outcome.delivery?.id ?? 'dry run'} ${outcome.verdict}\n`,
    );
  }
  const summary = dryRun ? 'would be replayed' : 'replayed';
  process.stdout.write(`${ids.length} ${ids.length === 1 ? 'delivery' : 'deliveries'} ${summary}.\n`);
}

async function knownCalendar(store: Store, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const found = nounOf(id) === 'Calendar' && (await store.calendar.count({ where: { id } })) > 0;
  if (!found) throw new StartError(`There is no calendar ${id}.`);
}

const line = ({ original: { id, provider, calendarId, receivedAt } }: ReplayOutcome) =>
  `${receivedAt.toISOString()} ${provider} ${calendarId} ${id}`;
