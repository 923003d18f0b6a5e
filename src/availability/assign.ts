/** Fair assignment: which of the hosts that offer a start takes the booking. */
import type { EventTypeRules, HostRule } from './rules.ts';

export interface Candidate {
  /** Id. */
  host: string;
  /** Confirmed bookings and live holds of the event type at the host, recent and upcoming. */
  load: number;
  /** When the host last got a booking; null for never. */
  lastBookedAt: number | null;
}

const DEFAULT: Omit<HostRule, 'host'> = { priority: 0, weight: 100, fixed: false };

/**
 * The hosts of one booking, fairest first among those who aren't fixed.
 * @param rules whose hostRules name hosts of the event type alone
 * @param candidates who offer the start, in the event type's order. SINGLE and COLLECTIVE take them all: the caller
 *   sees to it that none is missing.
 * @returns null when they are too few
 */
export function assignHosts(
  { scheduling, quorum, hostRules }: Pick<EventTypeRules, 'scheduling' | 'quorum' | 'hostRules'>,
  candidates: readonly Candidate[],
): string[] | null {
  if (scheduling === 'SINGLE' || scheduling === 'COLLECTIVE') {
    return candidates.length === 0 ? null : candidates.map(({ host }) => host);
  }
  const ruleOf = new Map(hostRules.map((rule) => [rule.host, rule]));
  const fixed = scheduling === 'ROUND_ROBIN' ? hostRules.filter((rule) => rule.fixed) : [];
  const fixedHosts = fixed.map(({ host }) => host);
  if (!fixedHosts.every((host) => candidates.some((candidate) => candidate.host === host))) return null;
  const wanted = scheduling === 'QUORUM' ? (quorum ?? candidates.length) : 1;
  const fairest = candidates
    .filter(({ host }) => !fixedHosts.includes(host))
    // The sort is stable, so hosts that compare equal keep the event type's order.
    .sort((a, b) => compare(a, ruleOf.get(a.host) ?? DEFAULT, b, ruleOf.get(b.host) ?? DEFAULT))
    .slice(0, wanted);
  if (fairest.length === 0 || fairest.length < wanted) return null;
  return [...fixedHosts, ...fairest.map(({ host }) => host)];
}

type Share = Omit<HostRule, 'host'>;

/** Orders by priority, then by the share of bookings after the next one, then by the longest wait. */
const compare = (a: Candidate, { priority, weight }: Share, b: Candidate, other: Share): number =>
  other.priority - priority ||
  // (load + 1) / weight, compared without dividing: equal shares are equal.
  (a.load + 1) * other.weight - (b.load + 1) * weight ||
  (a.lastBookedAt ?? Number.NEGATIVE_INFINITY) - (b.lastBookedAt ?? Number.NEGATIVE_INFINITY) ||
  0;
