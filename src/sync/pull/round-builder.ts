/** Reduces the changes of a round to one change set: of two changes to the same event the later counts. */
import type { EventChange, RemoteEvent, SyncWindow } from '../../providers/port.ts';
import type { ChangeSet } from '../../store/calendars/events.ts';

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
      else {
        series.add(change.seriesId);
        for (const id of [...(instances.get(change.seriesId) ?? [])]) remove(id);
        for (const event of change.events) upsert(event);
      }
    },
    build: (full) => ({ full, events: [...events.values()], removed: [...removed], series: [...series] }),
  };
}
