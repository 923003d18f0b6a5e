/** All that an event type becomes, as the API takes it, with the defaults of what is absent. */
import type { EventTypeInput } from '../offers/rulebook.ts';
import { DAY } from '../time/clock.ts';
import { builder } from './builder.ts';
import { eventFormFields, PlaceInput, QuestionInput } from './event-form-input.ts';
import { SchedulingEnum, StalePolicyEnum } from './event-type-rules.ts';

const HostRuleInput = builder.inputType('HostRuleInput', {
  description: 'How a host is assigned to bookings of an event type.',
  fields: (t) => ({
    host: t.id({ description: "Id of the host (`host_…`), one of the event type's.", required: true }),
    priority: t.int({ description: 'Hosts of higher priority are assigned first.', defaultValue: 0 }),
    weight: t.int({ description: 'Share of bookings among hosts of the same priority.', defaultValue: 100 }),
    fixed: t.boolean({
      description: 'For ROUND_ROBIN: true when the host is in every booking, beside the one who is assigned.',
      defaultValue: false,
    }),
  }),
});

/** What a field of the builder's input types is made with. */
type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

/** Fields that may be absent and that the schema gives no default: alike in a whole event type and in what changes of one. */
export const rulesWithoutDefault = (t: InputFields) => ({
  description: t.string({
    description:
      'What the public reads beside it: text of at most 5,000 characters. Addresses in it (https, http, mailto) are links, and so is [words](address). Null: nothing.',
  }),
  questions: t.field({
    type: [QuestionInput],
    description: 'What the visitor is asked, at most 50; null: nothing.',
  }),
  places: t.field({
    type: [PlaceInput],
    description:
      'Where it can take place, each kind once; the visitor chooses when there are several. Null: nothing is said.',
  }),
  redirectUrl: t.field({
    type: 'URL',
    description:
      'Where the browser goes after booking (https or http), with booking (the id), start and end as parameters. Null: the page shows the booking.',
  }),
  lengths: t.field({
    type: ['Duration'],
    description:
      'Lengths that the visitor chooses from, at most ten, `length` among them; the first is that of who chooses none. Default: `length` alone.',
  }),
  interval: t.field({
    type: 'Duration',
    description: 'Distance between the starts that are offered, whatever the length; null: `length`.',
  }),
  quorum: t.int({ description: 'For QUORUM: how many hosts have to be free. Null for the other kinds.' }),
  bufferBefore: t.field({
    type: 'Duration',
    description: 'Time kept free before a booking; default none.',
  }),
  bufferAfter: t.field({ type: 'Duration', description: 'Time kept free after a booking; default none.' }),
  minimumNotice: t.field({
    type: 'Duration',
    description: 'How long before its start a slot can be booked at the latest; default none.',
  }),
  horizon: t.field({
    type: 'Duration',
    description: 'How far ahead it can be booked, from now to the start; null: without end.',
  }),
  maxPerDay: t.int({
    description: "Most bookings and holds of this event type in a host's day; null: no limit.",
  }),
  maxPerWeek: t.int({
    description:
      "Most bookings and holds of this event type in a host's week, from Monday on; null: no limit.",
  }),
  maxPerAttendee: t.int({
    description: 'Most upcoming bookings of one e-mail address; null: no limit.',
  }),
  changeNotice: t.field({
    type: 'Duration',
    description:
      'Least distance from now at which the visitor may still cancel or move a booking; null: any. Hosts and operators may always.',
  }),
  reminders: t.field({
    type: ['Duration'],
    description:
      'How long before the start its visitor is reminded by mail; at most five. Default: P1D. None: [].',
  }),
  staleAfter: t.field({
    type: 'Duration',
    description:
      "How old a calendar's last complete read may be before onStale applies; null: three poll intervals.",
  }),
  hostRules: t.field({
    type: [HostRuleInput],
    description:
      "Who is assigned first; a host without a rule has priority 0 and weight 100, and isn't fixed.",
  }),
});

export const EventTypeInputRef = builder.inputType('EventTypeInput', {
  description: 'All rules of an event type; a rule that is absent takes its default.',
  fields: (t) => ({
    ...rulesWithoutDefault(t),
    owner: t.string({ required: true, description: 'Slug of the host or team that owns it.' }),
    slug: t.string({
      description: 'Last part of its public address, /book/{owner}/{slug}; unique for its owner.',
      required: true,
    }),
    title: t.string({ description: 'What the public reads.', required: true }),
    maxGuests: t.int({ description: 'How many others the visitor may invite, at most 50.', defaultValue: 0 }),
    length: t.field({ type: 'Duration', description: 'How long a booking takes.', required: true }),
    scheduling: t.field({
      type: SchedulingEnum,
      description: 'How the hosts share bookings.',
      defaultValue: 'SINGLE',
    }),
    hosts: t.idList({ description: 'Ids of the hosts (`host_…`) who may be booked.', required: true }),
    seats: t.int({ description: 'How many bookings may share a start at one host.', defaultValue: 1 }),
    requireEmailVerification: t.boolean({
      defaultValue: false,
      description:
        'True when the public books only with a code that was sent to its e-mail address. The code goes out by mail where a mail server is configured, and as the webhook VERIFICATION_REQUESTED.',
    }),
    approval: t.boolean({
      defaultValue: false,
      description:
        'True when a booking waits, PENDING, until it is accepted by acceptBooking. Its time is taken meanwhile.',
    }),
    active: t.boolean({
      defaultValue: true,
      description:
        'False: nothing is offered, and the page says so. Bookings that are there stay, and can be cancelled.',
    }),
    listed: t.boolean({
      defaultValue: true,
      description: "Shown on the owner's page, /book/{owner}. Its own address leads to it in any case.",
    }),
    tentativeBlocks: t.boolean({
      defaultValue: true,
      description: 'True when tentatively busy time blocks, too.',
    }),
    onStale: t.field({
      type: StalePolicyEnum,
      description: 'What a calendar that is stale, broken or never read does to the slots.',
      defaultValue: 'FAIL_CLOSED',
    }),
  }),
});

export const eventTypeFields = (input: typeof EventTypeInputRef.$inferInput): EventTypeInput => ({
  owner: input.owner,
  slug: input.slug,
  title: input.title,
  hosts: input.hosts,
  form: eventFormFields(input),
  rules: {
    length: input.length,
    lengths: input.lengths ?? [input.length],
    interval: input.interval ?? input.length,
    scheduling: input.scheduling ?? 'SINGLE',
    quorum: input.quorum ?? null,
    hostRules: (input.hostRules ?? []).map(({ host, priority, weight, fixed }) => ({
      host,
      priority: priority ?? 0,
      weight: weight ?? 100,
      fixed: fixed ?? false,
    })),
    seats: input.seats ?? 1,
    maxPerDay: input.maxPerDay ?? null,
    maxPerWeek: input.maxPerWeek ?? null,
    bufferBefore: input.bufferBefore ?? 0,
    bufferAfter: input.bufferAfter ?? 0,
    minimumNotice: input.minimumNotice ?? 0,
    horizon: input.horizon ?? null,
    tentativeBlocks: input.tentativeBlocks ?? true,
    onStale: input.onStale ?? 'FAIL_CLOSED',
    staleAfter: input.staleAfter ?? null,
    maxPerAttendee: input.maxPerAttendee ?? null,
    changeNotice: input.changeNotice ?? null,
    requireEmailVerification: input.requireEmailVerification ?? false,
    approval: input.approval ?? false,
    active: input.active ?? true,
    listed: input.listed ?? true,
    reminders: input.reminders ?? [DAY],
  },
});
