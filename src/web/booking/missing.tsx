/** What the page says where there is nothing to book. */

/** For an address that leads nowhere, or no longer. */
export function Missing() {
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

/** For a token of no booking. */
export function NoBooking() {
  return (
    <main class="page missing" data-state="missing">
      <h1>There is no such booking</h1>
      <p>The link may be incomplete. Please open it again as you got it, the whole of it.</p>
    </main>
  );
}
