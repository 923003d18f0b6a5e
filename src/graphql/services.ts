/** What the API can do: the rooms below, as the composition root hands them over. */

import type { Blocks } from '../booking/blocks.ts';
import type { Bookings } from '../booking/booking.ts';
import type { DeleteHost } from '../booking/delete-host.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { Live } from '../live/live.ts';
import type { HealthLive } from '../live/status/status.ts';
import type { createBusy } from '../offers/busy.ts';
import type { Explain } from '../offers/explain.ts';
import type { Offers } from '../offers/query.ts';
import type { RefreshCalendars } from '../offers/refresh.ts';
import type { Rulebook } from '../offers/rulebook.ts';
import type { AskWhatIf } from '../offers/what-if.ts';
import type { ProviderName } from '../providers/port.ts';
import type { Account } from '../store/access/accounts.ts';
import type { OrganisationConnection } from '../store/access/organisation-connections.ts';
import type { Delivery } from '../store/calendars/deliveries.ts';
import type { Store } from '../store/client.ts';
import type { WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import type { Clock } from '../time/clock.ts';
import type { LimitStrict } from './limits.ts';

/** What became of the wish to watch a calendar. */
export type WatchOutcome =
  | { type: 'open' | 'closed' }
  | { type: 'not-supported' | 'refused'; message: string };

export interface Services {
  store: Store;
  clock: Clock;
  offers: Offers;
  bookings: Bookings;
  blocks: Blocks;
  busy: ReturnType<typeof createBusy>;
  explain: Explain;
  whatIf: AskWhatIf;
  live: Live;
  health: Pick<HealthLive, 'follow'>;
  feeds: Pick<Feeds, 'create' | 'revoke' | 'urlOf'>;
  rulebook: Rulebook;
  /** Ends when all is erased that is held of the host. */
  deleteHost: DeleteHost;
  /** In milliseconds, for event types that name none. */
  defaultStaleAfter: number;
  limitStrict: LimitStrict;
  keys: {
    /** Ends what streams by it, at every gateway. False when there is no such live key in the organisation. */
    revoke(organisation: string, id: string): Promise<boolean>;
  };
  /** Every function throws SlotwireError: NOT_FOUND, BAD_USER_INPUT. */
  connect: {
    /** @returns the URL to send the host's browser to. */
    start(wish: {
      organisation: string;
      host: string;
      provider: ProviderName;
      returnTo: string | null;
    }): Promise<string>;
    /** `refused`: why there is no account, in words for the public. Throws SlotwireError CONFLICT too. */
    connectSecret(
      organisation: string,
      wish: { host: string; provider: ProviderName; given: Record<string, string> },
    ): Promise<{ granted: Account } | { refused: string }>;
    refreshAccount(organisation: string, account: string): Promise<void>;
    selectCalendar(organisation: string, calendar: string, selected: boolean): Promise<void>;
    disconnect(organisation: string, account: string): Promise<void>;
    /** `refused`: why the provider did not, in words for the public. Of GOOGLE a key is needed, of MICROSOFT a tenant. */
    connectOrganisation(
      organisation: string,
      wish: { provider: ProviderName; serviceAccountKey: string | null; tenant: string | null },
    ): Promise<{ granted: OrganisationConnection } | { refused: string }>;
    /** Throws SlotwireError CONFLICT too, for an account of another host. */
    attachHost(
      organisation: string,
      wish: { connection: string; host: string; email: string },
    ): Promise<{ granted: Account } | { refused: string }>;
  };
  webhooks: {
    /** Runs a stored delivery again. @returns the new one. @throws SlotwireError NOT_FOUND */
    replay(organisation: string, delivery: string): Promise<Delivery>;
    /** @returns its secret too, which is not shown again. @throws SlotwireError BAD_USER_INPUT */
    createEndpoint(
      organisation: string,
      wish: { url: string; events: readonly WebhookEvent[] },
    ): Promise<{ id: string; secret: string }>;
    /** @throws SlotwireError NOT_FOUND */
    deleteEndpoint(organisation: string, id: string): Promise<void>;
  };
  sync: {
    refresh: RefreshCalendars;
    /** STRICT_DEADLINE, milliseconds. */
    deadline: number;
    /** Says what the operator wants and brings the calendar's channels to it. */
    watch(organisation: string, calendar: string, wanted: boolean): Promise<WatchOutcome>;
  };
}
