/** How old an answer can be, and what is wrong with its sources: part of every answer. */
import type { Basis, Issue } from '../calendars/source.ts';
import type { Freshness, SourceFreshness } from '../offers/freshness.ts';
import type { AvailabilityRequest } from '../offers/query.ts';
import type { Instant } from '../time/clock.ts';
import { builder, type EnumValues } from './builder.ts';

const FreshnessBasisEnum = builder.enumType('FreshnessBasis', {
  description: "What a calendar's last complete read was started by.",
  values: {
    NEVER: { description: 'It was never read.' },
    POLL: { description: 'A poll, once POLL_INTERVAL had passed.' },
    NOTIFICATION: { description: 'A change notification from the provider.' },
    STRICT: { description: 'A request that asked for a fresher answer, or syncCalendar.' },
    NATIVE: { description: 'A native calendar, which is never read from anywhere.' },
  } as const satisfies EnumValues<Basis>,
});

const SourceFreshnessRef = builder.objectRef<SourceFreshness>('SourceFreshness').implement({
  description: "How old one calendar's part of an answer can be.",
  fields: (t) => ({
    host: t.exposeID('host', { description: 'Id of the host.' }),
    calendar: t.exposeID('calendar', { description: 'Id of the calendar.' }),
    provenAsOf: t.expose('provenAsOf', {
      type: 'DateTime',
      nullable: true,
      description:
        "Start of the last complete read; null: it was never read, or that instant can't be trusted.",
    }),
    basis: t.expose('basis', {
      type: FreshnessBasisEnum,
      description: 'What the last complete read was started by.',
    }),
    coveredFrom: t.expose('coveredFrom', {
      type: 'DateTime',
      nullable: true,
      description: 'Start of the time over which the calendar is known; null: it was never read.',
    }),
    coveredTo: t.expose('coveredTo', {
      type: 'DateTime',
      nullable: true,
      description: 'End of the time over which the calendar is known; null: it was never read.',
    }),
  }),
});

/** How old an answer is, and when it was computed. */
export interface AnswerFreshness extends Freshness {
  computedAt: Instant;
}

/** How old the answer can be at worst, in milliseconds; null: that isn't known. */
export const boundOf = ({ computedAt, provenAsOf }: AnswerFreshness): number | null =>
  provenAsOf === null ? null : Math.max(0, computedAt - provenAsOf);

export const FreshnessRef = builder.objectRef<AnswerFreshness>('Freshness').implement({
  description: 'How old an answer can be.',
  fields: (t) => ({
    provenAsOf: t.expose('provenAsOf', {
      type: 'DateTime',
      nullable: true,
      description:
        "Every change made at a provider before this instant is in the answer. Null: some calendar was never read, or its age isn't known.",
    }),
    bound: t.field({
      type: 'Duration',
      nullable: true,
      description:
        "How old the answer can be at worst: computedAt minus provenAsOf. Null: some calendar was never read, or its age isn't known.",
      resolve: boundOf,
    }),
    sources: t.expose('sources', {
      type: [SourceFreshnessRef],
      description: 'The same for each calendar that counts.',
    }),
  }),
});

const IssueCodeEnum = builder.enumType('AvailabilityIssueCode', {
  description:
    "What can be wrong with a source of busy time. The event type's policy `onStale` says which of them hide slots.",
  values: {
    SOURCE_NEVER_SYNCED: { description: 'The calendar was never read.' },
    SOURCE_STALE: {
      description:
        "The last complete read is older than the event type allows, or its age can't be known because clocks differ.",
    },
    SOURCE_AUTH_REVOKED: { description: 'Access was withdrawn: the host has to connect the account again.' },
    SOURCE_UNREACHABLE: {
      description: 'The last attempt to read the calendar failed; it becomes stale in time.',
    },
    SOURCE_PARTIAL: {
      description:
        'Parts of the calendar could not be read, or not for certain. What is only uncertain in its place counts as busy wherever it may be, and closes nothing else.',
    },
    OUTSIDE_COVERAGE: {
      description: 'The window reaches beyond what is known of the calendar; nothing is offered there.',
    },
    NO_CALENDARS: {
      description: 'The host has no calendar connected: working hours and bookings alone count.',
    },
  } as const satisfies EnumValues<Issue['code']>,
});

export const IssueRef = builder.objectRef<Issue>('AvailabilityIssue').implement({
  description:
    'Something that makes an answer less certain: a calendar that is stale, broken or unknown over a part of the window.',
  fields: (t) => ({
    code: t.expose('code', { type: IssueCodeEnum, description: 'What is wrong, for programs.' }),
    host: t.exposeID('host', {
      nullable: true,
      description: "Id of the host; null when the issue is nobody's in particular.",
    }),
    calendar: t.exposeID('calendar', {
      nullable: true,
      description: "Id of the calendar; null when the issue is the host's.",
    }),
    message: t.exposeString('message', { description: 'What is wrong, for people; the text may change.' }),
  }),
});

export const ConsistencyEnum = builder.enumType('Consistency', {
  description: 'Whether an answer comes from the cache or after asking the providers.',
  values: {
    CACHED: { description: 'Answer from the cache; freshness says how old the answer can be.' },
    STRICT: {
      description:
        'Read from every provider what changed, then answer. Requests at the same time share the reads. What has not answered by STRICT_DEADLINE counts as stale.',
    },
  } as const satisfies EnumValues<AvailabilityRequest['consistency']>,
});
