/** What the API can do: the fronts of the rooms below, as the composition root hands them over. */
import type { Booking } from '../booking/booking.ts';
import type { Connect } from '../connect/connect.ts';
import type { FeedLinks } from '../feeds/links.ts';
import type { Live } from '../live/live.ts';
import type { Log } from '../log.ts';
import type { Offers } from '../offers/offers.ts';
import type { Store } from '../store/client.ts';
import type { Sync } from '../sync/sync.ts';
import type { Clock } from '../time/clock.ts';
import type { Endpoints, ReplayDelivery } from '../webhooks/port.ts';
import type { OperationLimits } from './cost/operation-limits.ts';
import type { KeyRevocations } from './key-revocations.ts';
import type { LimitStrict } from './limits.ts';

export interface Services {
  store: Store;
  log: Log;
  clock: Clock;
  offers: Pick<
    Offers,
    'availability' | 'busy' | 'explain' | 'whatIf' | 'rulebook' | 'defaultStaleAfter' | 'eventTypeSize'
  >;
  booking: Pick<
    Booking,
    'bookings' | 'blocks' | 'blockRules' | 'deleteHost' | 'manageUrl' | 'calendarFile'
  > & {
    organisations: Pick<Booking['organisations'], 'mark' | 'waitUntilErased'>;
    attendees: Pick<Booking['attendees'], 'erase' | 'export'>;
  };
  live: Pick<Live, 'availability' | 'calendars'>;
  feeds: { links: Pick<FeedLinks, 'create' | 'revoke' | 'urlOf'> };
  connect: Omit<
    Connect,
    'connectRequest' | 'redirect' | 'finish' | 'connectResult' | 'confirmAccount' | 'accessFor'
  >;
  webhooks: { endpoints: Endpoints; replay: ReplayDelivery };
  sync: Pick<Sync, 'watchCalendar' | 'syncCalendar'>;
  keys: Pick<KeyRevocations, 'revoke' | 'endOrganisation'>;
  limitStrict: LimitStrict;
  limits: OperationLimits;
}
