/** Series within a pull: occurrences that inherit fields from their master, and masters that changed. */
import type { EventChange, SyncWindow } from '../port.ts';
import { changeWithin } from '../window-change.ts';
import type { EventReader } from './event-reads.ts';
import { completeFromMaster, type GraphEvent, isPartialOccurrence, kindOf, mapEvent } from './map-event.ts';

/** For more series than this, one read of the whole window is cheaper than one read per series. */
const MAX_SINGLE_READS = 5;

/** Resolves the series of one pull; its pages are added in order. */
export interface SeriesResolver {
  /** The changes of a page that need no master. */
  addPage(items: GraphEvent[]): EventChange[];
  /**
   * After the last page: the changes that had to wait for masters. `incomplete`: a master was refused or not found, so its
   * occurrences count as busy until the next pull. `partial`: the time of an event can't be read.
   * @throws ProviderError
   */
  finish(): Promise<{ changes: EventChange[]; incomplete: boolean; partial: boolean }>;
}

export interface SeriesScope {
  window: SyncWindow;
  /** The calendar's (IANA); null when it is not known. */
  zone: string | null;
  /** Whether the pull returns changes rather than everything. */
  incremental: boolean;
}

export function createSeriesResolver(
  reader: EventReader,
  { window, zone, incremental }: SeriesScope,
): SeriesResolver {
  const masters = new Map<string, GraphEvent>();
  /** Incomplete occurrences by id: only the last state of each is completed. */
  const stubs = new Map<string, GraphEvent>();
  let incomplete = false;
  let partial = false;

  function changesOf(item: GraphEvent): EventChange[] {
    if (!item.id) {
      partial = true;
      return [];
    }
    stubs.delete(item.id);
    if (item['@removed']) {
      masters.delete(item.id);
      // The id may be that of an event or of a series.
      return [removal(item.id), emptySeries(item.id)];
    }
    if (item.type === 'seriesMaster') {
      masters.set(item.id, item);
      // A master takes no time itself, but may have been a single event before.
      return [removal(item.id)];
    }
    if (isPartialOccurrence(item)) {
      stubs.set(item.id, item);
      return [];
    }
    const event = mapEvent(item, zone);
    if (!event) return [unreadable(item.id, item)];
    const change = changeWithin(event, window);
    // A single event may have been a series before.
    return incremental && event.seriesId === null ? [emptySeries(item.id), change] : [change];
  }

  /** The event is listed, and its time can't be read. */
  function unreadable(id: string, item: GraphEvent): EventChange {
    if (kindOf(item) === 'FREE') return removal(id);
    partial = true;
    return { type: 'keep', id };
  }

  async function occurrencesOf(seriesId: string, occurrences: GraphEvent[]): Promise<EventChange[]> {
    const master = masters.get(seriesId) ?? (await reader.master(seriesId));
    incomplete ||= master === 'unread';
    const known = master === 'unread' ? {} : master;
    return occurrences.map((occurrence) => {
      const whole = completeFromMaster(occurrence, known);
      const event = mapEvent(whole, zone);
      return event ? changeWithin(event, window) : unreadable(occurrence.id ?? '', whole);
    });
  }

  return {
    addPage: (items) => items.flatMap(changesOf),

    async finish() {
      const changes: EventChange[] = [];
      // A deleted occurrence may be reported by its master only, so the series' instances are read again.
      const reread = new Set(incremental ? masters.keys() : []);
      const read = reread.size > MAX_SINGLE_READS ? reader.instancesInWindow : reader.instances;
      for (const seriesId of reread) changes.push({ type: 'series', seriesId, events: await read(seriesId) });
      for (const [seriesId, occurrences] of bySeries(stubs.values())) {
        if (!reread.has(seriesId)) changes.push(...(await occurrencesOf(seriesId, occurrences)));
      }
      return { changes, incomplete, partial: partial || reader.isPartial() };
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
