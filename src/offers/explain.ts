/** Why one start is bookable or not, now or at an earlier instant: by the very run that offers slots. */

import { type EventTypeOffer, ofLength } from '../availability/rules.ts';
import type { AgeBound } from '../calendars/source.ts';
import { badInput, notFound } from '../errors.ts';
import type { Store } from '../store/client.ts';
import { calendarSourcesAt, eventTypeOfferAt, hostOffersAt, nativeTimesAt } from '../store/rules/history.ts';
import { type Clock, type Instant, MINUTE } from '../time/clock.ts';
import { formatInstant } from '../time/instant-text.ts';
import { assessFreshness } from './freshness.ts';
import { toSlotList } from './slot-list.ts';
import {
  type ExplainedReason,
  hostReasons,
  inactiveReason,
  offeredReason,
  teamReasons,
} from './slot-reasons.ts';
import type { HostSources, Sources } from './sources.ts';
import { teamOffer } from './team.ts';

export type { ExplainedReason };

export interface Explanation {
  /** Exactly when availability would have offered it. */
  bookable: boolean;
  reasons: ExplainedReason[];
}

export interface ExplainQuestion {
  eventType: string;
  start: Instant;
  /** Instant to explain; null for now. */
  asOf: Instant | null;
}

export interface ExplainDeps {
  store: Store;
  sources: Sources;
  clock: Clock;
  /** In milliseconds, for event types that name none. */
  defaultStaleAfter: number;
  /** HISTORY_RETENTION, milliseconds. */
  retention: number;
}

/** @throws SlotwireError NOT_FOUND, BAD_USER_INPUT for an instant that history doesn't reach. */
export type Explain = (organisation: string, question: ExplainQuestion) => Promise<Explanation>;

interface OfferSources {
  type: EventTypeOffer;
  hosts: HostSources[];
}

export function createExplain(deps: ExplainDeps): Explain {
  const { store, sources, clock, defaultStaleAfter, retention } = deps;

  function checkAsOf(asOf: Instant, now: Instant) {
    if (asOf > now) throw badInput('asOf', 'lies in the future');
    if (asOf < now - retention) {
      throw badInput('asOf', `lies before what is kept; the earliest is ${formatInstant(now - retention)}`);
    }
  }

  return async (organisation, { eventType, start, asOf }) => {
    const present = await sources.forEventType(eventType);
    if (present?.type.organisation !== organisation) throw notFound('event type', eventType);
    const now = clock.now();
    if (asOf !== null) checkAsOf(asOf, now);
    const found = asOf === null ? present : await readHistory(store, eventType, start, asOf);
    const clockUntrusted = asOf === null && (clock.isUntrusted?.() ?? false);
    const type = ofLength(found.type, null);
    return explainFrom({ ...found, type }, start, asOf ?? now, {
      staleAfter: defaultStaleAfter,
      clockUntrusted,
    });
  };
}

/** Computes the reasons from the sources. @param now the instant that is explained @param age how it judges sources; `staleAfter` is for event types that name none */
export function explainFrom(
  { type, hosts }: OfferSources,
  start: Instant,
  now: Instant,
  age: Pick<AgeBound, 'staleAfter' | 'clockUntrusted'>,
): Explanation {
  const { rules } = type;
  const policy = {
    ...age,
    staleAfter: rules.staleAfter ?? age.staleAfter,
    provenSince: null,
    onStale: rules.onStale,
  };
  const around = aroundOf(type, start);
  const { usable } = assessFreshness(hosts, around, now, policy);
  const window = { from: start, to: start + rules.length };
  const offer = (of: EventTypeOffer) => teamOffer(of, hosts, { ...window, now, without: null, usable });
  const found = offer(type);
  if (found.starts.length > 0)
    return { bookable: true, reasons: [offeredReason(toSlotList(type, hosts, found))] };
  const byHost = new Map(hosts.map((host) => [host.host.id, hostReasons(type, host, start, now, policy)]));
  const reasons = type.hosts.flatMap((id) => byHost.get(id) ?? []);
  const free = type.hosts.filter((id) => byHost.get(id)?.length === 0);
  const isTeamFree = !rules.active && offer({ ...type, rules: { ...rules, active: true } }).starts.length > 0;
  const team = isTeamFree ? [] : teamReasons(type, hosts, free);
  return { bookable: false, reasons: [...inactiveReason(type), ...reasons, ...team] };
}

/** Span that must be free for the start, buffers included. */
const aroundOf = ({ rules }: EventTypeOffer, start: Instant) => ({
  from: start - rules.bufferBefore,
  to: start + rules.length + rules.bufferAfter,
});

/** @throws SlotwireError BAD_USER_INPUT when the event type was not there yet. */
function readHistory(store: Store, eventType: string, start: Instant, asOf: Instant): Promise<OfferSources> {
  // One snapshot, so that nothing is pruned or changed between the reads.
  return store.$transaction(
    async (tx) => {
      const type = await eventTypeOfferAt(tx, eventType, asOf);
      if (!type) throw badInput('asOf', 'lies before this event type was made');
      const offers = new Map((await hostOffersAt(tx, type.hosts, asOf)).map((host) => [host.id, host]));
      const calendars = [...offers.values()].flatMap((host) => host.calendars);
      const known = await calendarSourcesAt(tx, calendars, asOf, aroundOf(ofLength(type, null), start));
      const natives = await nativeTimesAt(tx, type.hosts, asOf);
      const hosts = type.hosts.flatMap((id) => {
        const host = offers.get(id);
        if (!host) return [];
        return {
          host,
          calendars: host.calendars.flatMap((calendar) => {
            const source = known.get(calendar);
            return source ? { id: calendar, source } : [];
          }),
          native: natives.get(id) ?? [],
        };
      });
      return { type, hosts };
    },
    { isolationLevel: 'RepeatableRead', timeout: MINUTE },
  );
}
