/** The screens for addresses and tokens that lead to nothing. */

import type { ComponentChildren } from 'preact';
import type { PageEventTypeFragment } from '../gql/documents.ts';
import { say } from '../words.ts';
import { useTitle } from './navigation.ts';
import { eventTypeHostsInWords } from './wording.ts';

/** For an address without an event type. */
export function NoEventType() {
  useTitle(say('missing.title'));
  return (
    <main class="page missing" data-live="connecting" data-state="missing">
      <h1>{say('missing.heading')}</h1>
      <p>{say('missing.text')}</p>
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
      <p>{say('paused.text', { hosts })}</p>
    </main>
  );
}

/** For a token without a booking. */
export function NoBooking() {
  useTitle(say('noBooking.title'));
  return (
    <main class="page missing" data-state="missing">
      <h1>{say('noBooking.heading')}</h1>
      <p>{say('noBooking.text')}</p>
    </main>
  );
}
