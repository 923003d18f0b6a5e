/**
 * People who booked: exported and erased when they ask for it, and blanked by themselves once their bookings are over for long enough. A
 * booking stays, with its time; its event in a host's calendar stays as it is, for that is the host's and the provider's.
 */
import type { Log } from '../log.ts';
import { recordChange } from '../store/audit/audited.ts';
import type { Store } from '../store/client.ts';
import {
  blankEndedBookings,
  type ErasedBatch,
  eraseAttendeeData,
  exportAttendeeData,
  type PersonalData,
} from '../store/privacy/person.ts';
import { type Clock, type Instant, MINUTE } from '../time/clock.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

export interface Attendees {
  /** @returns how many rows were blanked */
  erase(organisation: string, email: string): Promise<number>;
  export(organisation: string, email: string): Promise<PersonalData>;
  /** A task of the sweep: blanks attendees of bookings that ended before BOOKING_RETENTION. */
  sweep(now: Instant): Promise<void>;
}

export interface AttendeesDeps {
  store: Store;
  clock: Clock;
  /** BOOKING_RETENTION, milliseconds; absent: attendees are kept. */
  retention: number | undefined;
  log: Log;
}

const SWEEP_INTERVAL = MINUTE;
/** Transactions of one pass, each over some hundred bookings. */
const BATCHES_MAX = 10;

export function createAttendees({ store, clock, retention, log }: AttendeesDeps): Attendees {
  let lastSweep = Number.NEGATIVE_INFINITY;

  /** One transaction after another. @returns what they blanked */
  async function inBatches(most: number, work: () => Promise<ErasedBatch>): Promise<number> {
    let sum = 0;
    for (let taken = 0; taken < most; taken++) {
      const { blanked, hasMore } = await retryOnConflict(work);
      sum += blanked;
      if (!hasMore) break;
    }
    return sum;
  }

  return {
    async erase(organisation, email) {
      const blanked = await inBatches(Number.POSITIVE_INFINITY, () =>
        store.$transaction((tx) => {
          recordChange(tx);
          return eraseAttendeeData(tx, organisation, email, clock.now());
        }),
      );
      log.info({ organisation, rows: blanked }, 'attendee erased');
      return blanked;
    },

    export: (organisation, email) => exportAttendeeData(store, organisation, email),

    async sweep(now) {
      if (retention === undefined || (now - lastSweep < SWEEP_INTERVAL && now >= lastSweep)) return;
      lastSweep = now;
      const blanked = await inBatches(BATCHES_MAX, () =>
        store.$transaction((tx) => blankEndedBookings(tx, now - retention, now)),
      );
      if (blanked > 0)
        log.info({ bookings: blanked }, 'attendees of bookings that are over for BOOKING_RETENTION blanked');
    },
  };
}
