/** Removals: event types, their holds, and a host's part in teams and event types. */

import { cacheKey } from '../cache/keys.ts';
import { SlotwireError } from '../errors.ts';
import { isLiveHold, liveHolds, lockHold, markReleased } from '../store/bookings/holds.ts';
import { endNativeTime, lockHosts } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import {
  type EventType,
  eventTypesByIds,
  eventTypesHostedBy,
  eventTypesOwnedBy,
  lockEventType,
  markEventTypeDeleted,
  replaceRules,
} from '../store/rules/event-types.ts';
import { removeFromTeams } from '../store/rules/teams.ts';
import type { Instant } from '../time/clock.ts';
import { checkTeam } from './rule-checks.ts';

/**
 * Ids of no event type of the organisation are left out. Bookings and their native time stay.
 * @returns cache keys to invalidate
 */
export async function removeEventTypes(
  tx: Tx,
  organisation: string,
  ids: readonly string[],
  now: Instant,
): Promise<string[]> {
  const held = await lockHoldsOf(tx, { organisation, eventTypes: ids, host: null }, now);
  const keys = await endHolds(tx, held, now);
  for (const type of await lockEventTypes(tx, organisation, ids))
    keys.push(...(await markRemoved(tx, type, now)));
  return keys;
}

/**
 * The host is in no team, no event type and no hold any more. Event types that it owns, or whose rules don't hold without
 * it, are deleted. @returns cache keys to invalidate
 */
export async function withdrawHost(
  tx: Tx,
  organisation: string,
  host: string,
  now: Instant,
): Promise<string[]> {
  const owned = await eventTypesOwnedBy(tx, host);
  const hosted = await eventTypesHostedBy(tx, organisation, host);
  const all = [...new Set([...owned, ...hosted])].sort();
  const keys = await endHolds(tx, await lockHoldsOf(tx, { organisation, eventTypes: all, host }, now), now);
  for (const type of await lockEventTypes(tx, organisation, all)) {
    const without = withoutHost(type, host);
    if (type.ownerId === host || without === null) {
      keys.push(...(await markRemoved(tx, type, now)));
    } else {
      await replaceRules(tx, type, without, now);
      keys.push(cacheKey.eventType(type.id));
    }
  }
  await removeFromTeams(tx, host);
  return keys;
}

/** @returns null when the rules don't hold any more. */
function withoutHost({ title, hosts, rules, form }: EventType, host: string) {
  const left = hosts.filter((id) => id !== host);
  const leftRules = { ...rules, hostRules: rules.hostRules.filter((rule) => rule.host !== host) };
  try {
    checkTeam(left, leftRules);
  } catch (error) {
    if (!(error instanceof SlotwireError)) throw error;
    return null;
  }
  return { title, hosts: left, rules: leftRules, form };
}

async function lockEventTypes(tx: Tx, organisation: string, ids: readonly string[]): Promise<EventType[]> {
  const found: EventType[] = [];
  for (const id of [...ids].sort()) {
    const type = await lockEventType(tx, organisation, id);
    if (type) found.push(type);
  }
  return found;
}

async function markRemoved(tx: Tx, { id }: EventType, now: Instant): Promise<string[]> {
  await markEventTypeDeleted(tx, id, now);
  return [cacheKey.eventType(id)];
}

/** Locks all hosts whose time holds of these event types may take, so that no hold is made meanwhile, then reads the holds. */
async function lockHoldsOf(
  tx: Tx,
  { organisation, ...of }: { organisation: string; eventTypes: readonly string[]; host: string | null },
  now: Instant,
) {
  const types = (await eventTypesByIds(tx, of.eventTypes)).filter(
    (type) => type.organisationId === organisation,
  );
  const eventTypes = types.map(({ id }) => id);
  const seen = await liveHolds(tx, { eventTypes, host: of.host }, now);
  const hosts = [...types, ...seen].flatMap((row) => row.hosts);
  await lockHosts(tx, [...new Set(of.host === null ? hosts : [...hosts, of.host])]);
  return liveHolds(tx, { eventTypes, host: of.host }, now);
}

/** Their hosts must be locked. @returns cache keys to invalidate */
async function endHolds(
  tx: Tx,
  holds: readonly { id: string; hosts: string[] }[],
  now: Instant,
): Promise<string[]> {
  const keys: string[] = [];
  for (const { id } of holds) {
    const hold = await lockHold(tx, id);
    if (!hold || !isLiveHold(hold, now)) continue;
    await markReleased(tx, id, now);
    await endNativeTime(tx, id, now);
    keys.push(...hold.hosts.map(cacheKey.native));
  }
  return keys;
}
