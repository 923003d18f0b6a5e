/** Composes booking: holding, confirming, moving and cancelling slots, and writing bookings to the hosts' own calendars. */
import { createKeyedMutex } from '../async/keyed-mutex.ts';
import type { Limiter, Topics } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { GuardedFetch } from '../net/client.ts';
import type { ReadSlotOffer } from '../offers/offer-at.ts';
import type { StrictRefresh } from '../offers/refresh.ts';
import type { Access, ProviderName, Providers } from '../providers/port.ts';
import type { KeyRing, Signer } from '../secrets.ts';
import type { Store } from '../store/client.ts';
import type { Publisher } from '../sync/publisher.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { createAnnouncements, createVerificationAnnouncement } from './announce.ts';
import { createDeclineUndecided } from './approval.ts';
import { type Attendees, createAttendees } from './attendees.ts';
import { type BlockRules, createBlockRules } from './block-rules.ts';
import { type Blocks, createBlocks } from './blocks.ts';
import { type Bookings, createBookings } from './bookings.ts';
import { type CalendarFile, createCalendarFile } from './calendar-file.ts';
import { createChallengeGate } from './challenge/gate.ts';
import { type CountOpenStarts, createMeetsPressure } from './challenge/pressure.ts';
import { createPuzzles } from './challenge/puzzle.ts';
import { type ChallengeConfig, challengeWidgetOf } from './challenge/widget-provider.ts';
import { createWidgetTokens } from './challenge/widget-tokens.ts';
import { createBookingChanges } from './change.ts';
import { createCountConfirmation } from './confirmation-limits.ts';
import { createDeleteHost, type DeleteHost, type DeleteHostDeps } from './delete-host.ts';
import { createOrganisationErasure, type OrganisationErasure } from './delete-organisation.ts';
import { createHoldQuota } from './hold-quota.ts';
import { createWithHostLocks } from './host-locks.ts';
import { createPlanMails } from './mails/plan.ts';
import { createManageUrl, type ManageUrl } from './manage-url.ts';
import { countOutcomes } from './outcome-counter.ts';
import { createExpireHolds } from './release.ts';
import { createBookingTokens } from './tokens.ts';
import { createVerifyAttendee } from './verification.ts';
import { createPlanWrites } from './writes/plan.ts';
import { type BookingWriter, createBookingWriter } from './writes/write.ts';

export interface BookingDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  publisher: Pick<Publisher, 'change'>;
  accessFor(account: string): Access;
  disconnect: DeleteHostDeps['disconnect'];
  readSlotOffer: ReadSlotOffer;
  refresh: StrictRefresh;
  /** Over all processes. */
  limiter: Limiter;
  countOpenStarts: CountOpenStarts;
  fetch: GuardedFetch;
  keyRing: Pick<KeyRing, 'sign' | 'signatures' | 'signingKeys'>;
  /** Signs the tokens of bookings. */
  bookingSigner: Signer;
  clock: Clock;
  config: Pick<
    Config,
    | 'PUBLIC_URL'
    | 'HOLD_TTL'
    | 'HOLDS_PER_ADDRESS'
    | 'BOOKINGS_PER_ADDRESS'
    | 'BOOKINGS_PER_EMAIL'
    | 'HISTORY_RETENTION'
    | 'BOOKING_RETENTION'
    | 'SMTP_URL'
    | 'MAIL_INVITATIONS'
  > &
    ChallengeConfig;
  topics: Topics;
  metrics: Metrics;
  log: Log;
}

export interface Booking {
  bookings: Bookings;
  blocks: Blocks;
  blockRules: BlockRules;
  /** Resolves when all data about the host is erased. */
  deleteHost: DeleteHost;
  organisations: OrganisationErasure;
  attendees: Attendees;
  manageUrl: ManageUrl;
  calendarFile: CalendarFile;
  /** The job that brings one event in one calendar to the state that its row wants. */
  write: BookingWriter['write'];
  /** The periodic tasks of booking, for the sweep. */
  sweepTasks: readonly ((now: Instant) => Promise<void>)[];
}

export function createBooking({ config, keyRing, bookingSigner, ...deps }: BookingDeps): Booking {
  const { store, publisher, jobs, metrics, limiter, providers } = deps;
  const { PUBLIC_URL: publicUrl, MAIL_INVITATIONS: invitations } = config;
  const notifies = (name: ProviderName) => providers.get(name)?.write?.notifies === true;
  const mails = config.SMTP_URL ? createPlanMails({ jobs, notifies, invitations }) : null;
  const tokens = createBookingTokens(bookingSigner);
  const manageUrl = createManageUrl(tokens, publicUrl);
  const links = { publicUrl, manageUrl };
  const announce = createAnnouncements({ jobs, ...links, mails });
  const planWrites = createPlanWrites({ jobs, providers });
  const changes = createBookingChanges({ planWrites, announce });
  // The process has one mutex: bookings and erasures of the same host wait for each other here, not in the database.
  const withHostLocks = createWithHostLocks({ publisher, mutex: createKeyedMutex() });
  const blockRules = createBlockRules(deps);
  const writer = createBookingWriter({ ...deps, changes, manageUrl, invitations });
  const deleteHost = createDeleteHost({ ...deps, withHostLocks, changes, write: writer.write });
  const widget = challengeWidgetOf(config);
  const challenges = createChallengeGate({
    ...deps,
    mode: config.CHALLENGE,
    maker: widget ? createWidgetTokens({ ...deps, widget }) : createPuzzles({ keyRing, clock: deps.clock }),
    meetsPressure: createMeetsPressure(deps),
  });
  const organisations = createOrganisationErasure({ ...deps, deleteHost });
  const attendees = createAttendees({ ...deps, retention: config.BOOKING_RETENTION });
  return {
    bookings: countOutcomes(
      metrics,
      createBookings({
        ...{ ...deps, withHostLocks, changes, planWrites, announce, blockRules },
        tokens,
        verifyAttendee: createVerifyAttendee({
          ...{ ...deps, keyRing, withHostLocks },
          announce: createVerificationAnnouncement({ jobs, publicUrl, mails }),
        }),
        countConfirmation: createCountConfirmation({
          ...{ keyRing, limiter, metrics },
          perAddress: config.BOOKINGS_PER_ADDRESS,
          perMailbox: config.BOOKINGS_PER_EMAIL,
        }),
        holdQuota: createHoldQuota({ keyRing, metrics, limit: config.HOLDS_PER_ADDRESS }),
        challenges,
        holdTtl: config.HOLD_TTL,
      }),
    ),
    blocks: createBlocks({ publisher }),
    blockRules,
    deleteHost,
    organisations,
    attendees,
    manageUrl,
    calendarFile: createCalendarFile({ ...deps, tokens, ...links }),
    write: writer.write,
    sweepTasks: [
      writer.sweep,
      organisations.sweep,
      attendees.sweep,
      createDeclineUndecided({ ...deps, withHostLocks, changes }),
      createExpireHolds({ store, retention: config.HISTORY_RETENTION }),
    ],
  };
}
