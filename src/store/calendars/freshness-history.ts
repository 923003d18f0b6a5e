/** Freshness of calendars at earlier instants: each change of a calendar's freshness adds a row, valid until the next. */
import type { CalendarBusy, Trouble } from '../../calendars/source.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/** The calendar's last row of history as `p`, beside `calendar_state s`. */
export const lastFreshness = Prisma.sql`left join lateral (
      select * from calendar_standing p where p.calendar_id = s.calendar_id
      order by p.valid_from desc, p.id desc limit 1
    ) p on true`;

/** Whether this freshness is another than that of the last row `p`. */
const differsFromLast = (freshness: Prisma.Sql) => Prisma.sql`(${freshness}, false) is distinct from
        (p.proven_as_of is null, p.covered_from, p.covered_to, p.trouble, coalesce(p.silent, false))`;

/** Whether the freshness of `calendar_state s` is another than that of its last row `p`. */
export const freshnessDiffers = differsFromLast(
  Prisma.sql`s.proven_as_of is null, s.covered_from, s.covered_to, s.trouble`,
);

/** The same, once a pull has made this of `calendar_state s`. */
export const freshnessWillDiffer = (pulled: {
  proves: boolean;
  coveredFrom: Instant;
  coveredTo: Instant;
  trouble: Trouble | null;
}): Prisma.Sql =>
  differsFromLast(Prisma.sql`s.proven_as_of is null and not ${pulled.proves},
    ${new Date(pulled.coveredFrom)}::timestamptz, ${new Date(pulled.coveredTo)}::timestamptz, ${pulled.trouble}::trouble`);

/**
 * Adds a row for each of the calendars whose freshness differs from its last row. Runs in the transaction that changed their
 * state. @returns how many rows.
 */
export const recordFreshness = (tx: Tx, calendars: readonly string[], now: Instant): Promise<number> =>
  tx.$executeRaw`
    insert into calendar_standing
      (organisation_id, calendar_id, valid_from, proven_as_of, covered_from, covered_to, trouble)
    select s.organisation_id, s.calendar_id, ${new Date(now)}, s.proven_as_of, s.covered_from, s.covered_to, s.trouble
    from calendar_state s ${lastFreshness}
    where s.calendar_id = any(${[...calendars]}) and ${freshnessDiffers}`;

/** Records a long gap without pulls since `lastProof`. The pull that ends the gap adds its own row afterwards. */
export const recordFreshnessGap = (tx: Tx, calendar: string, lastProof: Date): Promise<number> =>
  tx.$executeRaw`
    insert into calendar_standing
      (organisation_id, calendar_id, valid_from, proven_as_of, covered_from, covered_to, silent)
    select p.organisation_id, p.calendar_id, greatest(p.valid_from, ${lastProof}), ${lastProof},
      p.covered_from, p.covered_to, true
    from (
      select * from calendar_standing where calendar_id = ${calendar} order by valid_from desc, id desc limit 1
    ) p
    where (p.trouble is null or p.trouble = 'approximate') and not p.silent and p.proven_as_of is not null`;

/** Busy time and freshness of a calendar that was never read. */
export const UNREAD_CALENDAR: CalendarBusy = {
  provenAsOf: null,
  provenPull: null,
  basis: 'NEVER',
  coveredFrom: null,
  coveredTo: null,
  trouble: null,
  busy: { bounds: new Float64Array(), kinds: new Uint8Array() },
};

interface Row {
  calendar: string;
  provenAsOf: number | null;
  /** Last proof of the calendar's current state; null when a later row exists. */
  lastProof: number | null;
  coveredFrom: number | null;
  coveredTo: number | null;
  trouble: Trouble | null;
  /** The gateway did not read the calendar for long: this row's proof is the last one until the next row. */
  silent: boolean;
}

/** Freshness of the calendars at `at`, by calendar id. A calendar without a row by then is left out. */
export async function freshnessAt(
  tx: Tx,
  calendars: readonly string[],
  at: Instant,
): Promise<Map<string, Omit<CalendarBusy, 'busy'>>> {
  const rows = await tx.$queryRaw<Row[]>`
    select distinct on (p.calendar_id) p.calendar_id as calendar,
      epoch_ms(p.proven_as_of) as "provenAsOf",
      case when not exists (
        select 1 from calendar_standing l where l.calendar_id = p.calendar_id and l.valid_from > ${new Date(at)}
      ) then epoch_ms(s.proven_as_of) end as "lastProof",
      epoch_ms(p.covered_from) as "coveredFrom",
      epoch_ms(p.covered_to) as "coveredTo", p.trouble, p.silent
    from calendar_standing p left join calendar_state s on s.calendar_id = p.calendar_id
    where p.calendar_id = any(${[...calendars]}) and p.valid_from <= ${new Date(at)}
    order by p.calendar_id, p.valid_from desc, p.id desc`;
  return new Map(rows.map((row) => [row.calendar, freshnessOf(row, at)]));
}

function freshnessOf(row: Row, at: Instant): Omit<CalendarBusy, 'busy'> {
  const { provenAsOf, lastProof, coveredFrom, coveredTo, trouble, silent } = row;
  // Successful pulls add no rows, so a healthy calendar was proven again and again until `at`.
  const isHealthy = (trouble === null || trouble === 'approximate') && !silent;
  const proven = isHealthy && provenAsOf !== null ? Math.min(at, lastProof ?? at) : provenAsOf;
  return {
    provenAsOf: proven,
    provenPull: null,
    basis: proven === null ? 'NEVER' : 'POLL',
    coveredFrom,
    coveredTo,
    trouble,
  };
}

/** Deletes up to `limit` rows that a later row replaced before `before`. @returns how many. */
export const pruneFreshnessHistory = (tx: Tx, before: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from calendar_standing where id in (
      select p.id from calendar_standing p
      where p.valid_from < ${new Date(before)} and exists (
        select 1 from calendar_standing l
        where l.calendar_id = p.calendar_id and l.valid_from <= ${new Date(before)} and (l.valid_from, l.id) > (p.valid_from, p.id))
      limit ${limit})`;
