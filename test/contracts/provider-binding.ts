/** What the provider contract needs of an implementation: the provider, and a hand on the world behind it. */

import type { Access, CalendarProvider, InboundNotification, SyncWindow } from '../../src/providers/port.ts';
import type { Instant } from '../../src/time/clock.ts';

/** An event as the world of the binding takes it. */
export interface WorldInput {
  title?: string;
  start?: Instant;
  end?: Instant;
  /** Dates, the end exclusive. */
  allDay?: { start: string; end: string };
  showAs?: 'free' | 'tentative' | 'busy' | 'oof' | 'workingElsewhere';
  response?: 'declined' | 'accepted';
  series?: { every: 'day' | 'week'; count: number } | null;
}

export interface ProviderBinding {
  provider: CalendarProvider;
  access: Access;
  email: string;
  now: Instant;
  /** Moves the world's clock on. */
  pass(milliseconds: number): void;
  /** Primary and empty. */
  calendar: { externalId: string; timeZone: string };
  world: {
    /** @returns the event's id in the world. */
    create(input: WorldInput): string;
    update(id: string, changes: WorldInput): void;
    move(id: string, start: Instant, end: Instant): void;
    changeInstance(
      id: string,
      originalStart: Instant,
      change: { cancelled?: boolean; start?: Instant; end?: Instant },
    ): void;
    remove(id: string): void;
    /** What takes time: neither clipped nor merged. */
    busy(window: SyncWindow): { start: Instant; end: Instant; kind: string }[];
  };
  faults: {
    /** The next requests for events are answered so. */
    answer(answer: {
      status: number;
      headers?: Record<string, string>;
      times?: number;
      after?: number;
    }): void;
    /** The next request of this kind about events is carried out, but its answer is lost. */
    lose(kind: 'create' | 'update' | 'delete', how: 'cut' | 'timeout'): void;
    expireCursor(): void;
    expireAccess(): void;
    revoke(): void;
    pageSize(size: number): void;
    emptyPages(count: number): void;
  };
  /** A webhook receiver that hands what comes to `provider.watch.receive`, and answers as that says. */
  webhook: { address: string; received: InboundNotification[] };
  /** Ids of the channels alive at the provider. */
  channels(): string[];
  /** All notifications were delivered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}
