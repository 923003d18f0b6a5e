/**
 * A history that the checker of the race can judge although calendars changed and answers were lost: what hosts' calendars may
 * have caused is left out, and what became of a hold whose answer nobody heard is read in the store.
 */
import { hashSecret } from '../../src/secrets.ts';
import type { Query } from '../race/ending.fixture.ts';
import type { RaceType, Recorded } from '../race/history.fixture.ts';
import type { RaceHost } from '../race/types.fixture.ts';

interface HoldRow {
  id: string;
  hash: string;
  type: string;
  start: Date;
  hosts: string[];
  expiresAt: Date;
  createdAt: Date;
}

/** @param skew how far clocks may be apart, milliseconds */
export async function settle(
  history: readonly Recorded[],
  query: Query,
  { hosts, skew }: { hosts: readonly RaceHost[]; skew: number },
): Promise<Recorded[]> {
  const rows = await query<HoldRow>(
    `select id, token_hash as hash, event_type_id as type, starts_at as start, hosts, expires_at as "expiresAt",
       created_at as "createdAt" from hold order by created_at`,
  );
  const heard = new Set<string>();
  const types = new Map<string, RaceType>();
  for (const record of history) {
    if (record.op !== 'hold' || typeof record.answer === 'string') continue;
    heard.add(hashSecret(record.answer.claim));
    types.set(record.answer.claim, record.type);
  }
  const unheard = rows.filter(({ hash }) => !heard.has(hash));
  const free = new Set(hosts.flatMap(({ id, remoteCalendar }) => (remoteCalendar === null ? [id] : [])));
  /** No calendar can be the reason of what is answered. */
  const isNative = (type: RaceType | undefined) => type?.hosts.every((host) => free.has(host)) ?? false;

  function holdOf(record: Recorded & { op: 'hold' }): Recorded[] {
    const at = unheard.findIndex(
      ({ type, start, createdAt }) =>
        type === record.type.id &&
        start.getTime() === record.start &&
        createdAt.getTime() >= record.from - skew,
    );
    const [row] = at < 0 ? [] : unheard.splice(at, 1);
    if (!row) return [];
    const answer = {
      is: 'SlotHold' as const,
      claim: row.id,
      hosts: row.hosts,
      expiresAt: row.expiresAt.getTime(),
    };
    return [{ ...record, to: Number.POSITIVE_INFINITY, answer }];
  }

  return history.flatMap((record): Recorded[] => {
    const isRefused = record.answer === 'SlotTaken' || record.answer === 'SlotNotOffered';
    switch (record.op) {
      case 'hold':
        if (record.answer === 'unknown') return holdOf(record);
        return isRefused && !isNative(record.type) ? [] : [record];
      case 'reschedule':
        return isRefused && !isNative(types.get(record.claim)) ? [] : [record];
      case 'confirm': {
        if (record.answer !== 'SlotTaken' || isNative(types.get(record.claim))) return [record];
        // The host's calendar took the slot: then the hold ends.
        const { claim, from, to } = record;
        return [{ op: 'release', claim, from, to, answer: true }];
      }
      default:
        return [record];
    }
  });
}
