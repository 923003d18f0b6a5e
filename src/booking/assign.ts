/** Which of the hosts that could take a slot do take it. */
import { assign } from '../availability/assign.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { hostLoads } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';

/**
 * The fairest choice, in the event type's order.
 * @param among those who could, in the event type's order
 * @param without the hold or booking that it is for: it doesn't count as a burden
 * @returns null when they are not enough
 */
export async function assigned(
  tx: Tx,
  type: EventTypeOffer,
  among: readonly string[],
  now: Instant,
  without: string | null,
): Promise<string[] | null> {
  if (needsAll(type)) return among.length === type.hosts.length ? [...among] : null;
  if (among.length === 0) return null;
  const loads = await hostLoads(tx, type.id, among, now, without);
  const chosen = assign(type.rules, [...loads.values()]);
  return chosen && among.filter((host) => chosen.includes(host));
}

/** Are these hosts a whole team of the event type as it is now? */
export function isTeam(type: EventTypeOffer, hosts: readonly string[]): boolean {
  const { rules } = type;
  if (!hosts.every((host) => type.hosts.includes(host))) return false;
  if (needsAll(type)) return hosts.length === type.hosts.length;
  if (rules.scheduling === 'QUORUM') return hosts.length >= (rules.quorum ?? 1);
  const fixed = rules.hostRules.filter((rule) => rule.fixed).map(({ host }) => host);
  const always = type.hosts.filter((host) => fixed.includes(host));
  return always.every((host) => hosts.includes(host)) && hosts.length === always.length + 1;
}

const needsAll = ({ rules: { scheduling } }: EventTypeOffer) =>
  scheduling === 'SINGLE' || scheduling === 'COLLECTIVE';
