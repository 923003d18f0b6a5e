/** Searches the team that takes a slot: pulls a team's calendars, tries the team, and goes on with the hosts that are left. */

import type { Arrival } from '../calendars/source.ts';
import type { SlotOffer } from '../offers/offer-at.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { Hold } from '../store/bookings/holds.ts';
import type { Tx } from '../store/client.ts';
import { type EventType, eventTypesByIds } from '../store/rules/event-types.ts';
import { selectedCalendars } from '../store/rules/offer-rows.ts';
import type { Instant } from '../time/clock.ts';
import { chooseHosts } from './assign.ts';
import type { AdmitRefresh, BookingsDeps } from './deps.ts';
import { SLOT_TAKEN, type SlotTaken } from './outcome.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** How many teams are tried, the first one among them. */
const ATTEMPTS_MAX = 10;

/** What one attempt leads to: an answer, or the team to be tried next. */
export type AttemptResult<Answer> = { answer: Answer } | { next: string[] };

/** What an attempt that failed needs to go on. */
export interface TeamSearch {
  /** Records that these hosts could not take the slot when their team was tried. */
  markFailed(hosts: readonly string[]): void;
  /**
   * Chooses the next team among the candidates that have not failed. The last attempt has no next team.
   * @returns `next`, the ids of that team; else `unread`: the candidates that have not failed or are stale, if a team could
   * be made of them once their calendars are read, and null if not
   */
  nextTeam(tx: Tx, choice: TeamChoice): Promise<{ next: string[] } | { unread: string[] | null }>;
}

export interface TeamChoice {
  /** The slot as it is now, with calendars proven since the request came. */
  offer: SlotOffer;
  /** Ids of the hosts that may take the slot, in the event type's order. */
  candidates: readonly string[];
  now: Instant;
  /** The id of the hold or booking that is being assigned: it does not count towards a host's load. */
  without: string;
}

export interface TeamSearchRequest<Answer> {
  /** When the request came: pulls that began before it do not count. */
  arrival: Arrival;
  /** Called once, before the first calendar is pulled. */
  admit(): ReturnType<AdmitRefresh>;
  /** Ids of the hosts that are tried first. */
  firstTeam: string[];
  /** Called before each attempt: an answer that is not null ends the search. */
  prepare?(): Promise<Answer | null>;
  /** Tries one team, in a transaction of its own; it is run again when it conflicts with others. */
  attempt(team: string[], search: TeamSearch): Promise<AttemptResult<Answer>>;
}

/** @returns the answer of the first attempt that has one; SlotTaken when a constraint says that the time is taken. */
export async function searchTeam<Answer>(
  deps: Pick<BookingsDeps, 'store' | 'refresh'>,
  { arrival, admit, firstTeam, prepare, attempt }: TeamSearchRequest<Answer>,
): Promise<Answer | SlotTaken> {
  const refreshHosts = createRefreshHosts(deps, arrival, admit);
  const failed = new Set<string>();
  let team = firstTeam;
  for (let tries = 1; ; tries++) {
    const ended = prepare ? await prepare() : null;
    if (ended !== null) return ended;
    await refreshHosts(team);
    const search = createSearch(failed, tries === ATTEMPTS_MAX);
    const result = await retryOnConflict<AttemptResult<Answer | SlotTaken>>(() => attempt(team, search), {
      answer: SLOT_TAKEN,
    });
    if ('answer' in result) return result.answer;
    team = result.next;
  }
}

function createSearch(failed: Set<string>, isLast: boolean): TeamSearch {
  return {
    markFailed(hosts) {
      for (const host of hosts) failed.add(host);
    },
    async nextTeam(tx, { offer, candidates, now, without }) {
      const choose = (hosts: readonly string[]) => chooseHosts(tx, offer.type, hosts, now, without);
      const stale = staleHosts(offer);
      const untried = candidates.filter((host) => !failed.has(host));
      const next = isLast ? null : await choose(untried);
      if (next) return { next };
      const unread = candidates.filter((host) => !failed.has(host) || stale.includes(host));
      return { unread: (await choose(unread)) ? unread : null };
    },
  };
}

/** Ids of the event type's hosts whose sources are too old to be trusted, in the event type's order. */
export const staleHosts = ({ type, usable }: SlotOffer): string[] =>
  type.hosts.filter((host) => !usable.includes(host));

/** The event type, undefined when it is gone, and all hosts that have the hold or booking or may come to have it. */
export interface HostsInvolved {
  type: EventType | undefined;
  toLock: string[];
}

/** The hosts must be locked before anything is decided. */
export async function hostsInvolved(
  tx: Tx,
  { eventTypeId, hosts }: Pick<Hold | Booking, 'eventTypeId' | 'hosts'>,
): Promise<HostsInvolved> {
  const [type] = await eventTypesByIds(tx, [eventTypeId]);
  return { type, toLock: [...new Set([...(type?.hosts ?? []), ...hosts])] };
}

/**
 * Makes, for one request, a function that pulls the selected calendars of hosts, each calendar once however often the
 * function is called. Calendars that are not pulled by STRICT_DEADLINE stay as they are.
 */
function createRefreshHosts(
  { store, refresh }: Pick<BookingsDeps, 'store' | 'refresh'>,
  arrival: Arrival,
  admit: () => ReturnType<AdmitRefresh>,
): (hosts: readonly string[]) => Promise<void> {
  const requested = new Set<string>();
  return async (hosts) => {
    const due = (await selectedCalendars(store, hosts)).filter((id) => !requested.has(id));
    if (due.length === 0) return;
    if (requested.size === 0) await admit();
    for (const id of due) requested.add(id);
    await refresh.calendars(due, { after: arrival.number, within: refresh.deadline });
  };
}
