/** Pages of a connection's way, for the person whose calendar it is: plain HTML that works without scripts. */
import type { ConnectParties, ConsentRequest } from '../../connect/start.ts';
import type { ProviderName } from '../../providers/port.ts';
import { escapeHtml } from './pages.ts';

const TITLES: Record<ProviderName, string> = {
  google: 'Google',
  microsoft: 'Microsoft',
  caldav: 'CalDAV',
  feed: 'calendar feed',
  native: 'Slotwire',
};

/** The page before the provider's own, with the button that leads there. @param action address that the form is sent to */
export function consentPage(request: ConsentRequest, action: string): { title: string; main: string } {
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
<p class="consent-note">Go on only if this is you: the calendar of the account that you choose next becomes this host's. Ask whoever
sent you the link when you don't know these names.</p>
<form method="post" action="${escapeHtml(action)}"><div class="actions">
<button type="submit" class="button button-first">Continue to ${provider}</button>
</div></form>
</section></main>`,
  };
}

const parties = ({ host, organisation }: ConnectParties) => `<dl class="consent-parties">
<div><dt>Host</dt><dd><bdi>${escapeHtml(host)}</bdi></dd></div>
<div><dt>Organisation</dt><dd><bdi>${escapeHtml(organisation)}</bdi></dd></div>
</dl>`;
