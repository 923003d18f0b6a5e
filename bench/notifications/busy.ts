/** What readers of the API see, and how long it took. */
import type { BenchGateway, BenchHost } from '../gateway.ts';
import { quantile, round } from '../push/measure-change.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Tomorrow, midnight UTC. */
export const dayStart = () => Math.floor(Date.now() / DAY) * DAY + DAY;

const BUSY =
  'query ($hosts: [ID!]!, $from: DateTime!, $to: DateTime!) { busy(hosts: $hosts, from: $from, to: $to) { periods { start end } } }';

export async function busyOf({ ask }: BenchGateway, hosts: BenchHost[], from: number, to: number) {
  const { busy } = await ask<{ busy: { periods: { start: string; end: string }[] }[] }>(BUSY, {
    hosts: hosts.map(({ id }) => id),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  });
  return busy.map(({ periods }) => periods.map(({ start, end }) => [Date.parse(start), Date.parse(end)]));
}

/** @param times milliseconds */
export const figuresOf = (times: number[]) => ({
  changes: times.length,
  p50Ms: round(quantile(times, 0.5)),
  p99Ms: round(quantile(times, 0.99)),
});
