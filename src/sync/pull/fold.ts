/** Folds the changes of a round in memory: what is left of them is at most one word about each event. */
import type { Change, RemoteEvent, Window } from '../../providers/port.ts';
import type { Round } from '../../store/calendars/events.ts';

export interface Fold {
  add(change: Change): void;
  /** What it came to so far. */
  round(full: boolean): Round;
}

/** Events that take no time within `window` are as good as gone. */
export function createFold(window: Window): Fold {
  const events = new Map<string, RemoteEvent>();
  const removed = new Set<string>();
  const series = new Set<string>();
  /** Ids among `events` by series, so that replacing one does not read them all. */
  const instances = new Map<string, Set<string>>();

  function drop(id: string) {
    const known = events.get(id);
    if (known?.seriesId) instances.get(known.seriesId)?.delete(id);
    events.delete(id);
    removed.add(id);
  }

  function upsert(event: RemoteEvent) {
    drop(event.externalId);
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
      else if (change.type === 'remove') drop(change.externalId);
      else {
        series.add(change.seriesId);
        for (const id of [...(instances.get(change.seriesId) ?? [])]) drop(id);
        for (const event of change.events) upsert(event);
      }
    },
    round: (full) => ({ full, events: [...events.values()], removed: [...removed], series: [...series] }),
  };
}
