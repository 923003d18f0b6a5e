/** A calendar as a pull tells it, kept as the port says that changes apply. */

import type { ChangePage, EventKind, RemoteEvent } from '../../src/providers/port.ts';
import type { Instant } from '../../src/time/clock.ts';

export function createCopy() {
  const kept = new Map<string, RemoteEvent>();
  const events = () => [...kept.values()].sort((a, b) => a.start - b.start);
  return {
    events,
    kinds: (): Record<string, EventKind> =>
      Object.fromEntries(events().map(({ title, kind }) => [title ?? '', kind])),
    busy: () =>
      ordered(
        events()
          .filter(({ kind, start, end }) => kind !== 'FREE' && end > start)
          .map(({ start, end, kind }) => ({ start, end, kind })),
      ),
    apply({ changes }: ChangePage) {
      for (const change of changes) {
        if (change.type === 'upsert') kept.set(change.event.externalId, change.event);
        if (change.type === 'remove') kept.delete(change.externalId);
        if (change.type !== 'series') continue;
        for (const { externalId, seriesId } of events())
          if (seriesId === change.seriesId) kept.delete(externalId);
        for (const event of change.events) kept.set(event.externalId, event);
      }
    },
  };
}

/** Comparable, whatever the order they came in. */
export const ordered = <T extends { start: Instant; end: Instant; kind: string }>(periods: T[]) =>
  periods.sort((a, b) => a.start - b.start || a.end - b.end || a.kind.localeCompare(b.kind));
