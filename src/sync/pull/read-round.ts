/** Reads a round from the provider page by page, and all of it anew where the provider has forgotten the cursor. */

import { untilAborted } from '../../async/abort.ts';
import { forEachInTurns } from '../../async/event-loop.ts';
import {
  type Access,
  type CalendarProvider,
  type EventChange,
  ProviderError,
  type RemoteEvent,
  type SyncWindow,
} from '../../providers/port.ts';
import type { ChangeSet } from '../../store/calendars/events.ts';
import { DAY, type Instant } from '../../time/clock.ts';

/** A cursor may expire while its round is read, and the calendar's zone turn out to be another. More attempts are a fault of the provider. */
const ATTEMPTS_MAX = 4;

export interface RoundRequest {
  provider: CalendarProvider;
  access: Access;
  externalId: string;
  /** The calendar's (IANA), as it is stored. */
  timeZone: string | null;
  /** The host's (IANA). */
  hostZone: string;
  /** The host's and the account's, as mailAddressesOf gives them. */
  ownerAddresses: readonly string[];
  /** Everything is read anew, whatever the cursor. */
  anew: boolean;
  /** What the last round left. */
  previous: { cursor: string | null; coveredFrom: Instant | null; coveredTo: Instant | null };
  /** The pull's start. */
  start: Instant;
  past: number;
  ahead: number;
  signal: AbortSignal;
  /** Called for each page that arrives. */
  progress(): void;
}

export interface CompleteRound {
  changes: ChangeSet;
  /** Where the next round begins; null: at the beginning. */
  cursor: string | null;
  window: SyncWindow;
  /** The calendar's (IANA): the provider's, or else the stored one. */
  timeZone: string | null;
  /** Was there some of the calendar that the provider could not read? */
  partial: boolean;
  /** Of a partial round: all the time that may be taken is among the events. */
  held: boolean;
  /** How often the calendar asks to be read; null: it doesn't. */
  refresh: number | null;
}

/** @throws ProviderError; the reason of `signal`. */
export async function readRound(request: RoundRequest): Promise<CompleteRound> {
  const { previous, start, past, ahead } = request;
  // A day more than is promised on both sides, and another one ahead, so that the window serves for a day.
  const fullWindow = { from: start - past - DAY, to: start + ahead + 2 * DAY };
  let { timeZone } = request;
  const needed = { from: start - past, to: start + ahead + DAY };
  let plan = (request.anew ? null : incremental(previous, needed)) ?? { cursor: null, window: fullWindow };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      const read = await readPages(request, plan, timeZone);
      if (read.done) return { ...read.done, window: plan.window, timeZone };
      timeZone = read.otherZone;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason !== 'cursor-expired') throw error;
    }
    plan = { cursor: null, window: fullWindow };
  }
  throw new ProviderError('transient', `the round was still not whole after ${ATTEMPTS_MAX} attempts`);
}

interface Plan {
  cursor: string | null;
  window: SyncWindow;
}

function incremental(
  { cursor, coveredFrom, coveredTo }: RoundRequest['previous'],
  needed: SyncWindow,
): Plan | null {
  if (cursor === null || coveredFrom === null || coveredTo === null) return null;
  if (coveredFrom > needed.from || coveredTo < needed.to) return null;
  return { cursor, window: { from: coveredFrom, to: coveredTo } };
}

type PagesResult =
  | { done: Omit<CompleteRound, 'window' | 'timeZone'>; otherZone?: never }
  | { done?: never; otherZone: string };

async function readPages(request: RoundRequest, plan: Plan, timeZone: string | null): Promise<PagesResult> {
  const { provider, access, externalId, hostZone, ownerAddresses, previous, signal, progress } = request;
  const builder = createRoundBuilder(plan.window);
  let cursor: string | null = null;
  let full = plan.cursor === null;
  let partial = false;
  let held = false;
  let refresh: number | null = null;
  const pages = provider.pullChanges({
    access,
    calendar: { externalId, timeZone, hostZone, ownerAddresses },
    cursor: plan.cursor,
    ...(plan.cursor === null && previous.cursor !== null ? { previousCursor: previous.cursor } : {}),
    window: plan.window,
    signal,
  });
  for await (const page of pagesUntilAborted(pages, signal)) {
    progress();
    // All-day events lie on the calendar's own days, so another zone moves all of them.
    if (page.timeZone !== undefined && page.timeZone !== timeZone) return { otherZone: page.timeZone };
    await forEachInTurns(page.changes, builder.add);
    signal.throwIfAborted();
    cursor = page.cursor ?? null;
    full ||= page.full === true;
    partial ||= page.partial === true;
    held ||= page.held === true;
    refresh = page.refreshInterval ?? null;
  }
  return { done: { changes: builder.build(full), cursor, partial, held, refresh } };
}

/** The pages of `source` until `signal` fires, which also ends the wait for a page that never comes. */
async function* pagesUntilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await untilAborted(signal, iterator.next());
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: a source that hangs would hang here too.
    iterator.return?.().catch(() => {});
  }
}

/** Reduces the changes of a round to one change set: of two changes to the same event the later counts. */
export interface RoundBuilder {
  add(change: EventChange): void;
  /** The changes added so far. @param full they are all events of the window */
  build(full: boolean): ChangeSet;
}

/** Events that take no time within `window` are removed. */
export function createRoundBuilder(window: SyncWindow): RoundBuilder {
  const events = new Map<string, RemoteEvent>();
  const removed = new Set<string>();
  const series = new Set<string>();
  const kept = new Set<string>();
  /** Ids among `events` by series, so that replacing a series does not search all events. */
  const instances = new Map<string, Set<string>>();

  function remove(id: string) {
    const existing = events.get(id);
    if (existing?.seriesId) instances.get(existing.seriesId)?.delete(id);
    events.delete(id);
    removed.add(id);
  }

  function upsert(event: RemoteEvent) {
    remove(event.externalId);
    kept.delete(event.externalId);
    if (event.kind === 'FREE' || event.end <= window.from || event.start >= window.to) return;
    removed.delete(event.externalId);
    events.set(event.externalId, event);
    if (event.seriesId === null) return;
    const ids = instances.get(event.seriesId) ?? new Set();
    instances.set(event.seriesId, ids.add(event.externalId));
  }

  return {
    add(change) {
      if (change.type === 'upsert') upsert(change.event);
      else if (change.type === 'remove') remove(change.externalId);
      else if (change.type === 'keep') kept.add(change.id);
      else {
        series.add(change.seriesId);
        kept.delete(change.seriesId);
        for (const id of [...(instances.get(change.seriesId) ?? [])]) remove(id);
        for (const event of change.events) upsert(event);
      }
    },
    build: (full) => ({
      ...{ full, events: [...events.values()] },
      ...{ removed: [...removed], series: [...series], kept: [...kept] },
    }),
  };
}
