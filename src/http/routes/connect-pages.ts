/** Pages of a connection's way, for the person whose calendar it is: plain HTML that works without scripts. */
import type { ConnectionSummary } from '../../connect/confirmation.ts';
import type { ConnectParties, ConnectRequest } from '../../connect/start.ts';
import type { ProviderName } from '../../providers/port.ts';
import { htmlText } from './pages.ts';

const TITLES: Record<ProviderName, string> = {
  google: 'Google',
  microsoft: 'Microsoft',
  caldav: 'CalDAV',
  feed: 'calendar feed',
  native: 'Slotwire',
};

/** The page before the provider's own, with the button that leads there. @param action address that the form is sent to */
export function connectRequestPage(request: ConnectRequest, action: string): { title: string; main: string } {
  const provider = TITLES[request.provider];
  return {
    title: `Connect your ${provider} calendar?`,
    main: `<main class="page page-narrow consent"><section class="card">
<h1>Connect your ${provider} calendar?</h1>
${parties(request)}
<h2>What is read</h2>
<ul>
<li>The address of your account, and the names of its calendars.</li>
<li>Of the calendars that count: when you are busy. Titles of events only while a feed of this host shows them, nothing else of them.</li>
</ul>
<h2>What is written</h2>
<ul>${
      request.writes
        ? `<li>Bookings with this host go into one of your calendars, and are moved or cancelled there.</li>
<li>Your other events are not changed.</li>`
        : '<li>Nothing.</li>'
    }</ul>
<p class="consent-note">Go on only if this is you: the calendar of the account that you choose next becomes this host's. Ask the
sender of the link when you don't know these names.</p>
<form method="post" action="${htmlText(action)}"><div class="actions">
<button type="submit" class="button button-first">Continue to ${provider}</button>
</div></form>
</section></main>`,
  };
}

/** The page after a consent. @param action address to which the answer about a doubted account is sent */
export function connectResultPage(
  result: ConnectionSummary,
  action: string,
): { title: string; main: string } {
  const account = `<bdi>${htmlText(result.email ?? 'an account without an address')}</bdi>`;
  const title = result.awaitsConfirmation ? 'Is this the right account?' : 'Connected';
  const rest = result.awaitsConfirmation
    ? `<p>You signed in at ${TITLES[result.provider]} as <strong>${account}</strong>, which is not the address of this host. Its calendars count
for nothing, and nothing in them is read, until you confirm it here or the organisation does.</p>
<form method="post" action="${htmlText(action)}"><div class="actions">
<button type="submit" name="answer" value="yes" class="button button-first">Yes, this account is right</button>
<button type="submit" name="answer" value="no" class="button button-warn">No, disconnect it</button>
</div></form>`
    : `<p>The ${TITLES[result.provider]} account <strong>${account}</strong> is connected. You can close this window.</p>`;
  return {
    title,
    main: `<main class="page page-narrow consent"><section class="card"><h1>${title}</h1>
${parties(result)}
${rest}
</section></main>`,
  };
}

const parties = ({ host, organisation }: ConnectParties) => `<dl class="consent-parties">
<div><dt>Host</dt><dd><bdi>${htmlText(host)}</bdi></dd></div>
<div><dt>Organisation</dt><dd><bdi>${htmlText(organisation)}</bdi></dd></div>
</dl>`;
