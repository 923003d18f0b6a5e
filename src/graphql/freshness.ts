/** How old an answer can be, and what is wrong with its sources: part of every answer. */
import type { Basis, Issue } from '../calendars/source.ts';
import type { Freshness, SourceFreshness } from '../offers/freshness.ts';
import type { Instant } from '../time/clock.ts';
import { builder } from './builder.ts';

const BASES = ['NEVER', 'POLL', 'NOTIFICATION', 'STRICT', 'NATIVE'] as const satisfies readonly Basis[];
const FreshnessBasisEnum = builder.enumType('FreshnessBasis', { values: BASES });

const SourceFreshnessRef = builder.objectRef<SourceFreshness>('SourceFreshness').implement({
  fields: (t) => ({
    host: t.exposeID('host'),
    calendar: t.exposeID('calendar'),
    provenAsOf: t.expose('provenAsOf', { type: 'DateTime', nullable: true }),
    basis: t.expose('basis', { type: FreshnessBasisEnum }),
    coveredFrom: t.expose('coveredFrom', { type: 'DateTime', nullable: true }),
    coveredTo: t.expose('coveredTo', { type: 'DateTime', nullable: true }),
  }),
});

export const FreshnessRef = builder.objectRef<Freshness & { computedAt: Instant }>('Freshness').implement({
  fields: (t) => ({
    provenAsOf: t.expose('provenAsOf', {
      type: 'DateTime',
      nullable: true,
      description:
        'Every provider change made before this instant is in the answer. Null: some calendar was never read.',
    }),
    bound: t.field({
      type: 'Duration',
      nullable: true,
      description: 'computedAt minus provenAsOf: the proven worst-case staleness.',
      resolve: ({ computedAt, provenAsOf }) =>
        provenAsOf === null ? null : Math.max(0, computedAt - provenAsOf),
    }),
    sources: t.expose('sources', { type: [SourceFreshnessRef] }),
  }),
});

const IssueCodeEnum = builder.enumType('AvailabilityIssueCode', {
  values: [
    'SOURCE_NEVER_SYNCED',
    'SOURCE_STALE',
    'SOURCE_AUTH_REVOKED',
    'SOURCE_UNREACHABLE',
    'SOURCE_PARTIAL',
    'OUTSIDE_COVERAGE',
    'NO_CALENDARS',
  ] as const satisfies readonly Issue['code'][],
});

export const IssueRef = builder.objectRef<Issue>('AvailabilityIssue').implement({
  fields: (t) => ({
    code: t.expose('code', { type: IssueCodeEnum }),
    host: t.exposeID('host', { nullable: true }),
    calendar: t.exposeID('calendar', { nullable: true }),
    message: t.exposeString('message'),
  }),
});

export const ConsistencyEnum = builder.enumType('Consistency', {
  values: {
    CACHED: { description: 'Answer from cache; the answer says how old it can be.' },
    STRICT: { description: 'Ask every provider for what changed before answering (single-flighted).' },
  } as const,
});
