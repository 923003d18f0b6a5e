/** Writing our own events into a provider's calendar. Other rooms import it from port.ts. */
import type { Instant } from '../time/clock.ts';
import type { Access } from './access.ts';

export interface EventAttendee {
  name: string;
  email: string;
}

/** The kinds of online meetings that providers make with an event. */
export type ConferenceKind = 'GOOGLE_MEET' | 'MICROSOFT_TEAMS';

/** An event's online meeting. `pending`: its address is known a little later; `failed`: the provider made none. */
export type Conference =
  | { state: 'made'; url: string }
  | { state: 'pending' }
  | { state: 'failed'; reason: string };

/** An event of ours as it should be. Absent fields are empty; in an update they stay unchanged. */
export interface OwnEvent {
  start: Instant;
  end: Instant;
  /** IANA zone in which the event is shown. */
  timeZone: string;
  title: string;
  /** Plain text. */
  description?: string;
  location?: string;
  /** Everyone invited, without the calendar's owner. The provider notifies them of every change. */
  attendees?: EventAttendee[];
  /**
   * An online meeting is to be made with the event, unless it has one: the id of the request for it, by which a repeated request
   * makes no second one. Absent: the event's meeting stays as it is, if it has one.
   */
  conference?: string;
}

/** Requests about the same event may be repeated at any time, but must not overlap. */
export interface OwnEventRequest {
  access: Access;
  calendar: { externalId: string };
  /** Our own id, at most 64 characters. It identifies one event in one calendar and is never reused. */
  ownId: string;
}

/** A request about an event that was created already. */
export interface WrittenEventRequest extends OwnEventRequest {
  /** The id that `create` returned; null when its answer was lost: the event is then found by our own id. */
  externalId: string | null;
}

export interface WrittenEvent {
  /** The id by which pulls return the event. */
  externalId: string;
  /** Absent: the event has none, and none was asked for. */
  conference?: Conference;
}

/** An event's current state at the provider. */
export interface CurrentEvent {
  start: Instant;
  end: Instant;
  /** Absent: it has none. */
  conference?: Conference;
}

export interface GetEventRequest extends WrittenEventRequest {
  calendar: {
    externalId: string;
    /** IANA zone of the calendar's all-day events; null when it is not known. */
    timeZone: string | null;
  };
}

/**
 * Writes our own events into a calendar. After a `transient` failure the outcome is unknown: the request is repeated.
 */
export interface WritePort {
  /** True when the provider tells an event's attendees and its calendar's owner of it by mails of its own; absent: it tells nobody. */
  readonly notifies?: boolean;
  /** What the provider makes where `OwnEvent.conference` asks for it; absent: it makes none. */
  readonly conference?: ConferenceKind;
  /**
   * Creates an event. An existing event stays as it is, whatever `event` says; a deleted one is created again.
   * @throws ProviderError
   */
  create(request: OwnEventRequest & { event: OwnEvent }): Promise<WrittenEvent>;
  /** @throws ProviderError; `rejected` with `status` 410 when the event was deleted */
  update(request: WrittenEventRequest & { event: OwnEvent }): Promise<WrittenEvent>;
  /** Deletes an event; succeeds for an event that no longer exists. @throws ProviderError */
  delete(request: WrittenEventRequest): Promise<void>;
  /**
   * The event's current time at the provider: of a series that it became, the first instance; of an all-day event, its
   * days. Null: the event was deleted, cancelled, or moved out of the calendar.
   * @throws ProviderError
   */
  getEvent(request: GetEventRequest): Promise<CurrentEvent | null>;
}
