/** Chooses the team of a slot among the hosts that could take it. */
import { assignHosts } from '../availability/assign.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { hostLoads } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';

/**
 * Chooses the fairest team, in the event type's order.
 * @param candidates hosts that could take it, in the event type's order
 * @param without the hold or booking that is being assigned: it does not count towards a host's load
 * @returns null when the candidates are too few
 */
export async function chooseHosts(
  tx: Tx,
  type: EventTypeOffer,
  candidates: readonly string[],
  now: Instant,
  without: string | null,
): Promise<string[] | null> {
  if (takesAllHosts(type)) return candidates.length === type.hosts.length ? [...candidates] : null;
  if (candidates.length === 0) return null;
  const loads = await hostLoads(tx, type.id, candidates, now, without);
  const chosen = assignHosts(type.rules, [...loads.values()]);
  return chosen && candidates.filter((host) => chosen.includes(host));
}

/** True when these hosts are a whole team of the event type as it is now. */
export function isWholeTeam(type: EventTypeOffer, hosts: readonly string[]): boolean {
  const { rules } = type;
  if (!hosts.every((host) => type.hosts.includes(host))) return false;
  if (takesAllHosts(type)) return hosts.length === type.hosts.length;
  if (rules.scheduling === 'QUORUM') return hosts.length >= (rules.quorum ?? 1);
  const fixed = rules.hostRules.filter((rule) => rule.fixed).map(({ host }) => host);
  const fixedHosts = type.hosts.filter((host) => fixed.includes(host));
  return fixedHosts.every((host) => hosts.includes(host)) && hosts.length === fixedHosts.length + 1;
}

const takesAllHosts = ({ rules: { scheduling } }: EventTypeOffer) =>
  scheduling === 'SINGLE' || scheduling === 'COLLECTIVE';
