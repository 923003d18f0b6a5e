/** Why a start is bookable, or not. */
import type { ExplainedReason, Explanation } from '../offers/explain.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';

export const SLOT_REASONS = [
  'OFFERED',
  'OUTSIDE_HOURS',
  'OFF_GRID',
  'BUSY',
  'BUFFER',
  'HELD',
  'BOOKED',
  'NOTICE',
  'HORIZON',
  'DAY_LIMIT',
  'WEEK_LIMIT',
  'SEATS_TAKEN',
  'SOURCE_STALE',
  'SOURCE_NEVER_SYNCED',
  'OUTSIDE_COVERAGE',
  'TEAM_RULE',
] as const satisfies readonly ExplainedReason['code'][];

const ReasonCodeEnum = builder.enumType('SlotReasonCode', { values: SLOT_REASONS });

const ReasonRef = builder.objectRef<ExplainedReason>('SlotReason').implement({
  fields: (t) => ({
    code: t.expose('code', { type: ReasonCodeEnum }),
    message: t.exposeString('message'),
    host: t.exposeID('host', { nullable: true }),
    calendar: t.exposeID('calendar', { nullable: true }),
    from: t.expose('from', { type: 'DateTime', nullable: true }),
    to: t.expose('to', { type: 'DateTime', nullable: true }),
  }),
});

const ExplanationRef = builder.objectRef<Explanation>('SlotExplanation').implement({
  fields: (t) => ({
    bookable: t.exposeBoolean('bookable'),
    reasons: t.expose('reasons', { type: [ReasonRef] }),
  }),
});

builder.queryField('explainSlot', (t) =>
  t.field({
    type: ExplanationRef,
    description:
      'Why one start time is or is not bookable, from the very code path that computes slots. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      eventType: t.arg.id({ required: true }),
      start: t.arg({ type: 'DateTime', required: true }),
      asOf: t.arg({ type: 'DateTime' }),
    },
    resolve: (_root, { eventType, start, asOf }, context) =>
      context.services.offers.explain(requireOrganisation(context), { eventType, start, asOf: asOf ?? null }),
  }),
);
