/** A team's slots by the sentences of the contract, from the seats that each host has left by start. */
import type { TeamType } from '../../src/availability/teams.ts';

export interface TeamSlot {
  start: number;
  seats: number;
  /** Who could take it, in the event type's order. */
  hosts: readonly string[];
}

export function bruteTeam(
  { hosts, rules }: TeamType,
  lists: readonly ReadonlyMap<number, number>[],
): TeamSlot[] {
  const every = [...new Set(lists.flatMap((list) => [...list.keys()]))].sort((a, b) => a - b);
  const isFixed = (host: string) => rules.hostRules.some((rule) => rule.host === host && rule.fixed);
  return every.flatMap((start): TeamSlot[] => {
    const free = hosts.filter((_, i) => lists[i]?.has(start));
    const seatsOf = (names: readonly string[]) =>
      names.map((host) => lists[hosts.indexOf(host)]?.get(start) ?? 0);
    const fixed = hosts.filter(isFixed);
    const others = free.filter((host) => !isFixed(host));
    if (rules.scheduling === 'QUORUM') {
      return free.length >= (rules.quorum ?? hosts.length) ? [{ start, seats: 1, hosts: free }] : [];
    }
    if (rules.scheduling === 'ROUND_ROBIN') {
      if (others.length === 0 || !fixed.every((host) => free.includes(host))) return [];
      const sum = seatsOf(others).reduce((total, seats) => total + seats, 0);
      return [{ start, seats: Math.min(sum, ...seatsOf(fixed)), hosts: free }];
    }
    return free.length === hosts.length ? [{ start, seats: Math.min(...seatsOf(hosts)), hosts }] : [];
  });
}
