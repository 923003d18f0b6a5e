/**
 * Limits over all processes without a round trip for each point: points far below a limit are counted in the process and
 * reported in blocks; close to it, and for a caller that this process hasn't seen, the shared count is asked first.
 */
import { BoundedMap } from '../async/bounded-map.ts';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { type Clock, type Instant, SECOND } from '../time/clock.ts';
import type { Limiter, RateLimit } from './port.ts';

/** Up to this part of a limit its points are reported afterwards. */
const NEAR = 0.8;
/** How long points wait at most before they are reported. Milliseconds. */
const REPORT_DELAY = 100;
/** How long a caller waits at most for the shared count; after that this process decides by what it knows. Milliseconds. */
const ANSWER_TIMEOUT = 100;
/** How long the shared count isn't waited for after it failed to answer in time. */
const AWAY = 5 * SECOND;
/** Callers that are known at once; the least recently seen makes room. */
const CALLERS_MAX = 100_000;

interface Account {
  limit: RateLimit;
  /** Points of all processes in this window, as far as this one knows, its own unreported ones left out. */
  taken: number;
  /** Points of this process that were not reported yet. */
  unreported: number;
  endsAt: Instant;
  /** Settles once the shared count was asked about a caller that this process hadn't seen; null: it was. */
  introduction: Promise<unknown> | null;
}

export interface BlockwiseLimiterDeps {
  /** Shared by all processes. */
  limiter: Pick<Limiter, 'tally'>;
  clock: Clock;
}

/** `take` of a Limiter that has the answer at once where it needs not wait for others. */
export interface PromptLimiter {
  /** Never throws. A promise never rejects. */
  take(key: string, limit: RateLimit, points?: number): number | null | Promise<number | null>;
}

/** It waits for the shared count at most a tenth of a second. */
export function createBlockwiseLimiter({ limiter, clock }: BlockwiseLimiterDeps): PromptLimiter {
  const accounts = new BoundedMap<string, Account>(CALLERS_MAX);
  const due = new Map<string, Account>();
  let awayUntil = 0;

  function openAccount(key: string, limit: RateLimit): Account {
    const endsAt = clock.now() + Math.max(limit.window, SECOND);
    const account: Account = { limit, taken: 0, unreported: 0, endsAt, introduction: null };
    accounts.set(key, account);
    return account;
  }

  /** Reports the account's points. @returns the points of all processes, those among them. */
  async function report(key: string, account: Account): Promise<number> {
    const points = account.unreported;
    account.unreported = 0;
    // Counted as taken while the answer is awaited.
    account.taken += points;
    const { taken, endsIn } = await limiter.tally(key, account.limit, points);
    account.taken = Math.max(account.taken, taken);
    account.endsAt = clock.now() + endsIn;
    return taken;
  }

  function reportSoon(key: string, account: Account) {
    if (due.size === 0) setTimeout(reportDue, REPORT_DELAY).unref();
    due.set(key, account);
  }

  function reportDue() {
    // `tally` never rejects.
    for (const [key, account] of due) if (account.unreported > 0) void report(key, account);
    due.clear();
  }

  /** @returns the points of all processes; those that this process knows of when no answer comes in time. */
  async function askFirst(key: string, account: Account): Promise<number> {
    if (clock.now() >= awayUntil) {
      try {
        return await withDeadline(ANSWER_TIMEOUT, undefined, () => report(key, account));
      } catch (error) {
        if (!(error instanceof DeadlineError)) throw error;
        awayUntil = clock.now() + AWAY;
      }
    } else reportSoon(key, account);
    return account.taken + account.unreported;
  }

  const waitOf = ({ endsAt }: Account) => Math.max(1, endsAt - clock.now());

  /** @param isNew whether the shared count was never asked about the account. */
  function takeOf(key: string, account: Account, points: number, isNew: boolean) {
    const { count } = account.limit;
    const sum = account.taken + account.unreported + points;
    // A caller that is refused costs Redis nothing more.
    if (sum > count) return waitOf(account);
    account.unreported += points;
    if (!isNew && sum <= count * NEAR) {
      reportSoon(key, account);
      return null;
    }
    return takeAsked(key, account, isNew);
  }

  async function takeAsked(key: string, account: Account, isNew: boolean): Promise<number | null> {
    const asked = askFirst(key, account);
    if (isNew) account.introduction = asked;
    const taken = await asked;
    account.introduction = null;
    return taken > account.limit.count ? waitOf(account) : null;
  }

  return {
    take(key, limit, points = 1) {
      const found = accounts.get(key);
      const known = found && found.endsAt > clock.now() ? found : null;
      if (!known) return takeOf(key, openAccount(key, limit), points, true);
      if (!known.introduction) return takeOf(key, known, points, false);
      // A crowd of the caller's first requests must not pass before the shared count has said anything.
      return known.introduction.then(() => takeOf(key, known, points, false));
    },
  };
}
