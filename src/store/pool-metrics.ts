/** How much of its database pool a process uses: requests that wait for a connection are late by that. */
import { Gauge } from 'prom-client';
import type { Metrics } from '../metrics.ts';

/** Connections of a pool, and requests that wait for one. */
export interface PoolUse {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
}

/** A start that begins again has another pool: its gauges take the place of those of the one before. */
export function definePoolGauges({ registry }: Pick<Metrics, 'registry'>, pool: PoolUse) {
  const registers = [registry];
  for (const name of ['slotwire_database_connections', 'slotwire_database_waiting'])
    registry.removeSingleMetric(name);
  new Gauge({
    name: 'slotwire_database_connections',
    help: "Connections of this process's pool to the database by state (busy, idle).",
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
      this.set({ state: 'idle' }, pool.idleCount);
    },
  });
  new Gauge({
    name: 'slotwire_database_waiting',
    help: 'Requests of this process that wait for a connection of that pool.',
    registers,
    collect() {
      this.set(pool.waitingCount);
    },
  });
}
