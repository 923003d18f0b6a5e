/** Blanks the titles of events once no feed shows them any more: when the last feed with titles is revoked, and in the sweep. */
import type { Log } from '../log.ts';
import { blankTitles, calendarsWithUnshownTitles } from '../store/calendars/titles.ts';
import type { Store } from '../store/client.ts';
import { type Instant, MINUTE } from '../time/clock.ts';

const SWEEP_INTERVAL = MINUTE;
/** Calendars of one pass, and transactions that it takes over all of them. */
const CALENDARS_MAX = 100;
const BATCHES_MAX = 40;

export interface UnshownTitles {
  /** Of one host's calendars. What it leaves, the sweep finds. */
  blankOfHost(host: string): Promise<void>;
  /** A task of the sweep. */
  sweep(now: Instant): Promise<void>;
}

export function createUnshownTitles({ store, log }: { store: Store; log: Log }): UnshownTitles {
  let lastSweep = Number.NEGATIVE_INFINITY;

  async function blank(host: string | null) {
    let batches = BATCHES_MAX;
    for (const calendar of await calendarsWithUnshownTitles(store, CALENDARS_MAX, host)) {
      batches -= await blankTitles(store, calendar, batches);
      if (batches <= 0) return;
    }
  }

  return {
    blankOfHost: (host) =>
      blank(host).catch((error: unknown) => {
        log.warn({ err: error, host }, 'titles that no feed shows could not be blanked; the sweep does it');
      }),
    async sweep(now) {
      if (now - lastSweep < SWEEP_INTERVAL && now >= lastSweep) return;
      lastSweep = now;
      await blank(null);
    },
  };
}
