/** Why a start is bookable, or not. */
import type { ExplainedReason, Explanation } from '../offers/explain.ts';
import { builder, type EnumValues } from './builder.ts';
import { requireOrganisation } from './context.ts';

export const SLOT_REASON_VALUES = {
  OFFERED: { description: 'It is offered; the only reason then.' },
  OUTSIDE_HOURS: { description: "It isn't within the host's working hours." },
  OFF_GRID: { description: 'It lies within working hours, but is no start of their grid.' },
  BUSY: { description: 'Busy time of a calendar is in the way.' },
  BUFFER: { description: 'Busy time of a calendar lies within the buffers.' },
  HELD: { description: "Somebody's hold is in the way, of any event type." },
  BOOKED: { description: 'A booking is in the way, of any event type.' },
  NOTICE: { description: 'It is sooner than the minimum notice allows; `from` is the earliest start.' },
  HORIZON: { description: 'It is further ahead than can be booked; `to` is the latest start.' },
  DAY_LIMIT: { description: 'The host has as many bookings that day as maxPerDay allows.' },
  WEEK_LIMIT: { description: 'The host has as many bookings that week as maxPerWeek allows.' },
  SEATS_TAKEN: { description: 'All seats of this start are taken.' },
  SOURCE_STALE: {
    description:
      "The policy closes a calendar: it is stale, its grant is gone, or parts of it can't be read.",
  },
  SOURCE_NEVER_SYNCED: { description: 'A calendar was never read.' },
  OUTSIDE_COVERAGE: { description: 'A calendar is known only between `from` and `to`.' },
  TEAM_RULE: { description: 'Some hosts are free, but not those, or not as many, as the team needs.' },
  INACTIVE: { description: 'The event type is not active, so nothing of it is offered.' },
} as const satisfies EnumValues<ExplainedReason['code']>;

const ReasonCodeEnum = builder.enumType('SlotReasonCode', {
  description: 'Why a start is or is not bookable.',
  values: SLOT_REASON_VALUES,
});

const ReasonRef = builder.objectRef<ExplainedReason>('SlotReason').implement({
  description: 'One reason for or against a start.',
  fields: (t) => ({
    code: t.expose('code', { type: ReasonCodeEnum, description: 'The reason, for programs.' }),
    message: t.exposeString('message', { description: 'The reason, for people; the text may change.' }),
    host: t.exposeID('host', {
      nullable: true,
      description: 'Id of the host whom it keeps from being offered; null: of the whole team.',
    }),
    calendar: t.exposeID('calendar', {
      nullable: true,
      description: 'Id of the calendar that it comes from; null: of none.',
    }),
    from: t.expose('from', {
      type: 'DateTime',
      nullable: true,
      description: 'Start of the time that it is about, as of a busy period; null: of none.',
    }),
    to: t.expose('to', {
      type: 'DateTime',
      nullable: true,
      description: 'End of the time that it is about; null: of none.',
    }),
  }),
});

const ExplanationRef = builder.objectRef<Explanation>('SlotExplanation').implement({
  description: 'Why a start is or is not bookable. Admin.',
  fields: (t) => ({
    bookable: t.exposeBoolean('bookable', { description: 'True when the start is offered.' }),
    reasons: t.expose('reasons', {
      type: [ReasonRef],
      description: 'Every reason; OFFERED alone when it is offered.',
    }),
  }),
});

builder.queryField('explainSlot', (t) =>
  t.field({
    type: ExplanationRef,
    description: 'Why one start is or is not bookable, from the very code that computes slots. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      eventType: t.arg.id({ description: 'Id of the event type (`et_…`).', required: true }),
      start: t.arg({ type: 'DateTime', description: 'The start in question.', required: true }),
      asOf: t.arg({
        type: 'DateTime',
        description: 'An earlier instant to answer for, as far back as HISTORY_RETENTION; null: now.',
      }),
    },
    resolve: (_root, { eventType, start, asOf }, context) =>
      context.services.offers.explain(requireOrganisation(context), { eventType, start, asOf: asOf ?? null }),
  }),
);
