/** Busy time as the gateway answers it, and as the simulator's world knows it: equal in form. */
import { clipBusy, KINDS, mergeBusy } from '../../src/availability/period.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Ask } from './client.fixture.ts';

export interface HostBusy {
  complete: boolean;
  periods: { start: string; end: string; kind: string }[];
  issues: { code: string }[];
  freshness: {
    provenAsOf: string | null;
    sources: {
      provenAsOf: string | null;
      basis: string;
      coveredFrom: string | null;
      coveredTo: string | null;
    }[];
  };
}

const BUSY = `query ($hosts: [ID!]!, $from: DateTime!, $to: DateTime!, $consistency: Consistency, $maxAge: Duration) {
  busy(hosts: $hosts, from: $from, to: $to, consistency: $consistency, maxAge: $maxAge) {
    complete periods { start end kind } issues { code }
    freshness { provenAsOf sources { provenAsOf basis coveredFrom coveredTo } }
  }
}`;

/** Of each host, in their order. */
export const busyOf = (
  ask: Ask,
  hosts: string[],
  { from, to }: { from: number; to: number },
  demand: { consistency?: 'CACHED' | 'STRICT'; maxAge?: string } = {},
) =>
  ask<{ busy: HostBusy[] }>(BUSY, {
    hosts,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    ...demand,
  }).then(({ busy }) => busy);

export function worldBusy(
  { world }: Simulator,
  calendar: string,
  { from, to }: { from: number; to: number },
): HostBusy['periods'] {
  const { bounds, kinds } = clipBusy(mergeBusy(world.busy(calendar, from, to)), from, to);
  return Array.from(kinds, (kind, i) => ({
    start: new Date(bounds[2 * i] ?? 0).toISOString(),
    end: new Date(bounds[2 * i + 1] ?? 0).toISOString(),
    kind: KINDS[kind] ?? '',
  }));
}
