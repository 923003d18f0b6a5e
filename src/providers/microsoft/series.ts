/** Series in a round of changes: occurrences that lean on their master, and masters that changed. */
import type { EventChange, SyncWindow } from '../port.ts';
import { changeWithin } from '../window-change.ts';
import type { EventReader } from './event-reads.ts';
import { completeFromMaster, type GraphEvent, isPartialOccurrence, mapEvent } from './map-event.ts';

/** Beyond these, one read of the whole window is cheaper than one for each series. */
const MAX_SINGLE_READS = 5;

/** One round; pages go through it in their order. */
export interface SeriesResolver {
  /** What a page changes, as far as it can be told by now. */
  addPage(items: GraphEvent[]): EventChange[];
  /**
   * After the last page: what had to wait for masters. `guessed`: a master was refused, so its occurrences take time
   * until another round is told what they are.
   * @throws ProviderError
   */
  finish(): Promise<{ changes: EventChange[]; incomplete: boolean }>;
}

export interface SeriesScope {
  window: SyncWindow;
  /** The calendar's (IANA); null when it is not known. */
  zone: string | null;
  /** Whether the round tells what changed, rather than everything. */
  incremental: boolean;
}

export function createSeriesResolver(
  reader: EventReader,
  { window, zone, incremental }: SeriesScope,
): SeriesResolver {
  const masters = new Map<string, GraphEvent>();
  /** By id: only the last state of an occurrence is to be completed. */
  const stubs = new Map<string, GraphEvent>();
  let incomplete = false;

  function changesOf(item: GraphEvent): EventChange[] {
    if (!item.id) return [];
    stubs.delete(item.id);
    if (item['@removed']) {
      masters.delete(item.id);
      // The id may be an event's or a series'.
      return [removal(item.id), emptySeries(item.id)];
    }
    if (item.type === 'seriesMaster') {
      masters.set(item.id, item);
      // It takes no time itself, but may have been a single event before.
      return [removal(item.id)];
    }
    if (isPartialOccurrence(item)) {
      stubs.set(item.id, item);
      return [];
    }
    const event = mapEvent(item, zone);
    if (!event) return [];
    const change = changeWithin(event, window);
    // A single event may have been a series before.
    return incremental && event.seriesId === null ? [emptySeries(item.id), change] : [change];
  }

  async function occurrencesOf(seriesId: string, occurrences: GraphEvent[]): Promise<EventChange[]> {
    const master = masters.get(seriesId) ?? (await reader.master(seriesId));
    if (!master) return [{ type: 'series', seriesId, events: [] }];
    incomplete ||= master === 'refused';
    const known = master === 'refused' ? {} : master;
    return occurrences
      .flatMap((occurrence) => mapEvent(completeFromMaster(occurrence, known), zone) ?? [])
      .map((event) => changeWithin(event, window));
  }

  return {
    addPage: (items) => items.flatMap(changesOf),

    async finish() {
      const changes: EventChange[] = [];
      // A deleted occurrence may be reported as nothing but its master: the instances are read anew.
      const reread = new Set(incremental ? masters.keys() : []);
      const read = reread.size > MAX_SINGLE_READS ? reader.instancesInWindow : reader.instances;
      for (const seriesId of reread) changes.push({ type: 'series', seriesId, events: await read(seriesId) });
      for (const [seriesId, occurrences] of bySeries(stubs.values())) {
        if (!reread.has(seriesId)) changes.push(...(await occurrencesOf(seriesId, occurrences)));
      }
      return { changes, incomplete };
    },
  };
}

const removal = (externalId: string): EventChange => ({ type: 'remove', externalId });

const emptySeries = (seriesId: string): EventChange => ({ type: 'series', seriesId, events: [] });

function bySeries(stubs: Iterable<GraphEvent>): Map<string, GraphEvent[]> {
  const groups = new Map<string, GraphEvent[]>();
  for (const stub of stubs) {
    const seriesId = stub.seriesMasterId ?? '';
    groups.set(seriesId, [...(groups.get(seriesId) ?? []), stub]);
  }
  return groups;
}
