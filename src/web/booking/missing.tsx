/** The screens for addresses and tokens that lead to nothing. */

import type { ComponentChildren } from 'preact';
import type { PageEventTypeFragment } from '../gql/documents.ts';
import { useTitle } from './navigation.ts';
import { eventTypeHostsInWords } from './wording.ts';

/** For an address without an event type. */
export function NoEventType() {
  useTitle('Nothing to book here');
  return (
    <main class="page missing" data-live="connecting" data-state="missing">
      <h1>There is nothing to book here</h1>
      <p>
        The link may be mistyped, or its owner has taken it down. Please ask the person who sent it for a new
        one.
      </p>
    </main>
  );
}

export interface PausedProps {
  readonly eventType: PageEventTypeFragment;
  /** A booking of it that the visitor wants to move. */
  readonly lead?: ComponentChildren;
}

/** For an event type that is not active: nothing of it is offered, whatever the calendars say. */
export function Paused({ eventType, lead }: PausedProps) {
  useTitle(eventType.title);
  const hosts = eventTypeHostsInWords(
    eventType.scheduling,
    eventType.hosts.map(({ name }) => name),
  );
  return (
    <main class="page missing" data-live="connecting" data-state="paused">
      {lead}
      <h1>{eventType.title}</h1>
      <p>
        With {hosts}. No times are offered at the moment. Please come back later, or ask the person who sent
        you the link.
      </p>
    </main>
  );
}

/** For a token without a booking. */
export function NoBooking() {
  useTitle('No such booking');
  return (
    <main class="page missing" data-state="missing">
      <h1>There is no such booking</h1>
      <p>The link may be incomplete. Please open it again as you got it, the whole of it.</p>
    </main>
  );
}
