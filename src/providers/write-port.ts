/** Events of ours in a calendar of the provider's. Everybody else takes it from port.ts. */
import type { Instant } from '../time/clock.ts';
import type { Access } from './access.ts';

export interface EventAttendee {
  name: string;
  email: string;
}

/** An event of ours as it is to be. What is absent is empty; in an update, it stays as it is. */
export interface OwnEvent {
  start: Instant;
  end: Instant;
  /** IANA: the clock by which the event is shown. */
  timeZone: string;
  title: string;
  /** Plain text. */
  description?: string;
  location?: string;
  /** Those who are invited, and told by the provider of every change; all of them, without the calendar's owner. */
  attendees?: EventAttendee[];
}

/** Requests about the same event may be repeated at any time, but don't overlap. */
export interface OwnEventRequest {
  access: Access;
  calendar: { externalId: string };
  /** Our own id, at most 64 characters. It means one event in one calendar, and never another one. */
  ownId: string;
}

/** Of an event that is there already. */
export interface WrittenEventRequest extends OwnEventRequest {
  /** As `create` returned it; null when its answer was lost: then the event is looked up by our own id. */
  externalId: string | null;
}

export interface WrittenEvent {
  /** The id under which pulls bring the event back. */
  externalId: string;
}

export interface GetEventRequest extends WrittenEventRequest {
  calendar: {
    externalId: string;
    /** IANA: all-day events lie on its days. Null: not known. */
    timeZone: string | null;
  };
}

/** Writes events of ours into a calendar. After a `transient` failure nobody knows whether it was done: ask again. */
export interface WritePort {
  /**
   * An event that is there already stays as it is, whatever `event` says; one that was deleted since is made anew.
   * @throws ProviderError
   */
  create(request: OwnEventRequest & { event: OwnEvent }): Promise<WrittenEvent>;
  /** @throws ProviderError; `rejected` with `status` 410 when the event is gone */
  update(request: WrittenEventRequest & { event: OwnEvent }): Promise<WrittenEvent>;
  /** Deleting what is gone already is done. @throws ProviderError */
  delete(request: WrittenEventRequest): Promise<void>;
  /**
   * Where an event of ours stands, as the provider knows it now: of one that became a series, its first instance; of one
   * that became all-day, those days. Null: it is gone from that calendar, or cancelled.
   * @throws ProviderError
   */
  getEvent(request: GetEventRequest): Promise<{ start: Instant; end: Instant } | null>;
}
