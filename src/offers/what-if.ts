/** Slots that changed rules and working hours would add and remove, without storing them. */
import { inTurns } from '../async/event-loop.ts';
import type { WorkingHours } from '../availability/hours.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { badInput, notFound } from '../errors.ts';
import type { Store } from '../store/client.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { Instant } from '../time/clock.ts';
import { computeAvailability, type QueryDeps } from './query.ts';
import { checkEventType, checkHours } from './rule-checks.ts';
import { checkHosts, type EventTypeInput, ownerIdOf } from './rulebook.ts';
import { diffSlots, type SlotList } from './slot-list.ts';

export interface WhatIfQuestion {
  eventType: string;
  from: Instant;
  to: Instant;
  /** All rules, as in an update; null for the current ones. */
  rules: EventTypeInput | null;
  /** Working hours of the hosts whose hours would change. */
  workingHours: readonly { host: string; hours: WorkingHours }[];
}

export interface WhatIfDeps extends Omit<QueryDeps, 'refresh'> {
  store: Store;
}

/** @throws SlotwireError as updateEventType and setWorkingHours would. */
export type RunWhatIf = (
  organisation: string,
  question: WhatIfQuestion,
) => Promise<{ added: SlotList; removed: SlotList }>;

export function createWhatIf({ store, sources, clock, defaultStaleAfter }: WhatIfDeps): RunWhatIf {
  async function checkWorkingHours(organisation: string, changes: WhatIfQuestion['workingHours']) {
    const found = await hostsByIds(
      store,
      organisation,
      changes.map(({ host }) => host),
    );
    const seen = new Set<string>();
    for (const [i, { host, hours }] of changes.entries()) {
      const field = `workingHours.${i}`;
      if (seen.has(host)) throw badInput(`${field}.host`, `${host} is there twice`);
      seen.add(host);
      if (!found.some(({ id }) => id === host)) throw notFound('host', host);
      checkHours(hours, `${field}.hours`);
    }
  }

  async function changedType(current: EventTypeOffer, input: EventTypeInput): Promise<EventTypeOffer> {
    const { owner, hosts, rules } = checkEventType(input);
    await checkHosts(store, current.organisation, hosts, 'hosts');
    await ownerIdOf(store, current.organisation, owner);
    return { ...current, hosts, rules };
  }

  return async (organisation, { eventType, from, to, rules, workingHours }) => {
    const found = await sources.forEventType(eventType);
    if (found?.type.organisation !== organisation) throw notFound('event type', eventType);
    await checkWorkingHours(organisation, workingHours);
    const type = rules ? await changedType(found.type, rules) : found.type;
    const hours = new Map(workingHours.map((change) => [change.host, change.hours]));
    const hosts = (rules ? await sources.forHosts(type.hosts) : found.hosts).map((one) => ({
      ...one,
      host: { ...one.host, hours: hours.get(one.host.id) ?? one.host.hours },
    }));
    const now = clock.now();
    const request = { eventType, from, to, without: null, consistency: 'CACHED', maxAge: null } as const;
    const clockUntrusted = clock.isUntrusted?.() ?? false;
    const slotsOf = async (of: EventTypeOffer, by: typeof hosts) => {
      const bound = {
        staleAfter: of.rules.staleAfter ?? defaultStaleAfter,
        provenSince: null,
        clockUntrusted,
      };
      return (await inTurns(computeAvailability(of, by, request, now, bound))).slots;
    };
    return diffSlots(await slotsOf(found.type, found.hosts), await slotsOf(type, hosts));
  };
}
