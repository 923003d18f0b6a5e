/** The screens for addresses and tokens that lead to nothing. */

import { useTitle } from './navigation.ts';

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
