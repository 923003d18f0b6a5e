/** What an event type asks of its hosts' time. Stored as history, cached by version; milliseconds throughout. */
import type { WorkingHours, ZoneChange } from './hours.ts';

export type Scheduling = 'SINGLE';

/** What a source that is stale or broken does to the slots. */
export type StalePolicy = 'FAIL_CLOSED' | 'WARN';

export interface EventTypeRules {
  length: number;
  interval: number;
  scheduling: Scheduling;
  seats: number;
  bufferBefore: number;
  bufferAfter: number;
  minimumNotice: number;
  /** From now to the start; null: no end. */
  horizon: number | null;
  tentativeBlocks: boolean;
  onStale: StalePolicy;
  /** Null: three poll intervals. */
  staleAfter: number | null;
}

/** An event type as slots are made from it. */
export interface EventTypeOffer {
  id: string;
  organisation: string;
  /** Ids, in the order they were given. */
  hosts: string[];
  rules: EventTypeRules;
}

/** A host as slots are made from it. */
export interface HostOffer {
  id: string;
  organisation: string;
  name: string;
  slug: string;
  hours: WorkingHours;
  zoneChanges: ZoneChange[];
  /** Ids of the calendars that count as busy time. */
  calendars: string[];
}
