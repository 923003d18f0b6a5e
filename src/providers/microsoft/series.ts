/** Series in a round of changes: occurrences that lean on their master, and masters that changed. */
import type { Change, Window } from '../port.ts';
import { changeOf } from '../window-change.ts';
import type { EventReads } from './event-reads.ts';
import { completed, type GraphEvent, isStub, remoteEventOf } from './map-event.ts';

/** Beyond these, one read of the whole window is cheaper than one for each series. */
const SERIES_READ_ALONE = 5;

/** One round; pages go through it in their order. */
export interface Round {
  /** What a page changes, as far as it can be told by now. */
  take(items: GraphEvent[]): Change[];
  /**
   * After the last page: what had to wait for masters. `guessed`: a master was refused, so its occurrences take time
   * until another round is told what they are.
   * @throws ProviderError
   */
  finish(): Promise<{ changes: Change[]; guessed: boolean }>;
}

export interface RoundScope {
  window: Window;
  /** The calendar's (IANA); null when it is not known. */
  zone: string | null;
  /** Whether the round tells what changed, rather than everything. */
  incremental: boolean;
}

export function createRound(reads: EventReads, { window, zone, incremental }: RoundScope): Round {
  const masters = new Map<string, GraphEvent>();
  /** By id: only the last state of an occurrence is to be completed. */
  const stubs = new Map<string, GraphEvent>();
  let guessed = false;

  function changesOf(item: GraphEvent): Change[] {
    if (!item.id) return [];
    stubs.delete(item.id);
    if (item['@removed']) {
      masters.delete(item.id);
      // The id may be an event's or a series'.
      return [removed(item.id), emptied(item.id)];
    }
    if (item.type === 'seriesMaster') {
      masters.set(item.id, item);
      // It takes no time itself, but may have been a single event before.
      return [removed(item.id)];
    }
    if (isStub(item)) {
      stubs.set(item.id, item);
      return [];
    }
    const event = remoteEventOf(item, zone);
    if (!event) return [];
    const change = changeOf(event, window);
    // A single event may have been a series before.
    return incremental && event.seriesId === null ? [emptied(item.id), change] : [change];
  }

  async function occurrencesOf(seriesId: string, occurrences: GraphEvent[]): Promise<Change[]> {
    const master = masters.get(seriesId) ?? (await reads.master(seriesId));
    if (!master) return [{ type: 'series', seriesId, events: [] }];
    guessed ||= master === 'refused';
    const known = master === 'refused' ? {} : master;
    return occurrences
      .flatMap((occurrence) => remoteEventOf(completed(occurrence, known), zone) ?? [])
      .map((event) => changeOf(event, window));
  }

  return {
    take: (items) => items.flatMap(changesOf),

    async finish() {
      const changes: Change[] = [];
      // A deleted occurrence may be reported as nothing but its master: the instances are read anew.
      const reread = new Set(incremental ? masters.keys() : []);
      const read = reread.size > SERIES_READ_ALONE ? reads.instancesInWindow : reads.instances;
      for (const seriesId of reread) changes.push({ type: 'series', seriesId, events: await read(seriesId) });
      for (const [seriesId, occurrences] of bySeries(stubs.values())) {
        if (!reread.has(seriesId)) changes.push(...(await occurrencesOf(seriesId, occurrences)));
      }
      return { changes, guessed };
    },
  };
}

const removed = (externalId: string): Change => ({ type: 'remove', externalId });

const emptied = (seriesId: string): Change => ({ type: 'series', seriesId, events: [] });

function bySeries(stubs: Iterable<GraphEvent>): Map<string, GraphEvent[]> {
  const groups = new Map<string, GraphEvent[]>();
  for (const stub of stubs) {
    const seriesId = stub.seriesMasterId ?? '';
    groups.set(seriesId, [...(groups.get(seriesId) ?? []), stub]);
  }
  return groups;
}
