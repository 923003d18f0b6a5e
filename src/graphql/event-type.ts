/** Event type: what can be booked, by whom it is hosted, and by which rules. */
import type { EventTypeRules, HostRule } from '../availability/rules.ts';
import { notFound } from '../errors.ts';
import type { EventTypeInput } from '../offers/rulebook.ts';
import { addressBySlug } from '../store/rows.ts';
import { type EventType, eventTypeBySlug, listEventTypes } from '../store/rules/event-types.ts';
import { builder, type EnumValues } from './builder.ts';
import { type Context, hasScope, requireOrganisation } from './context.ts';
import { PublicHostRef } from './host.ts';
import { paginate } from './pagination.ts';

const SchedulingEnum = builder.enumType('Scheduling', {
  description: 'How the hosts of an event type share its bookings.',
  values: {
    SINGLE: { description: 'The one host is booked.' },
    COLLECTIVE: { description: 'Every host has to be free, and is booked.' },
    ROUND_ROBIN: {
      description: 'One host has to be free; the one whose turn it is gets booked, beside every fixed host.',
    },
    QUORUM: { description: 'At least `quorum` hosts have to be free; so many are booked.' },
  } as const satisfies EnumValues<EventTypeRules['scheduling']>,
});

const StalePolicyEnum = builder.enumType('StalePolicy', {
  description: 'What a calendar that is stale, broken or never read does to the slots.',
  values: {
    FAIL_CLOSED: { description: 'Its host is not offered.' },
    WARN: {
      description:
        'The host is offered from the last known state, with an issue. Time that was never read, or lies outside coverage, is still not offered.',
    },
  } as const satisfies EnumValues<EventTypeRules['onStale']>,
});

const HostRuleRef = builder.objectRef<HostRule>('HostRule').implement({
  description: 'How a host is assigned to bookings of an event type.',
  fields: (t) => ({
    host: t.field({
      type: PublicHostRef,
      description: 'The host.',
      resolve: async ({ host }, _args, { loaders }) => {
        const found = await loaders.publicHost.load(host);
        if (!found) throw notFound('host', host);
        return found;
      },
    }),
    priority: t.exposeInt('priority', { description: 'Hosts of higher priority are assigned first.' }),
    weight: t.exposeInt('weight', { description: 'Share of bookings among hosts of the same priority.' }),
    fixed: t.exposeBoolean('fixed', {
      description: 'For ROUND_ROBIN: true when the host is in every booking, beside the one who is assigned.',
    }),
  }),
});

const RulesRef = builder.objectRef<EventTypeRules>('EventTypeRules').implement({
  description: "Rules of an event type that the public doesn't see. Admin.",
  fields: (t) => ({
    quorum: t.exposeInt('quorum', {
      nullable: true,
      description: 'For QUORUM: how many hosts have to be free; null for the other kinds.',
    }),
    bufferBefore: t.expose('bufferBefore', {
      type: 'Duration',
      description: 'Time kept free before a booking.',
    }),
    bufferAfter: t.expose('bufferAfter', {
      type: 'Duration',
      description: 'Time kept free after a booking.',
    }),
    minimumNotice: t.expose('minimumNotice', {
      type: 'Duration',
      description: 'How long before its start a slot can be booked at the latest.',
    }),
    horizon: t.expose('horizon', {
      type: 'Duration',
      nullable: true,
      description: 'How far ahead it can be booked, from now to the start; null: without end.',
    }),
    maxPerDay: t.exposeInt('maxPerDay', {
      nullable: true,
      description: "Most bookings and holds of this event type in a host's day; null: no limit.",
    }),
    maxPerWeek: t.exposeInt('maxPerWeek', {
      nullable: true,
      description:
        "Most bookings and holds of this event type in a host's week, from Monday on; null: no limit.",
    }),
    tentativeBlocks: t.exposeBoolean('tentativeBlocks', {
      description: 'True when tentatively busy time blocks, too.',
    }),
    onStale: t.expose('onStale', {
      type: StalePolicyEnum,
      description: 'What a calendar that is stale, broken or never read does to the slots.',
    }),
    staleAfter: t.field({
      type: 'Duration',
      description: "How old a calendar's last complete read may be before onStale applies.",
      resolve: ({ staleAfter }, _args, { services }) => staleAfter ?? services.offers.defaultStaleAfter,
    }),
    hostRules: t.expose('hostRules', {
      type: [HostRuleRef],
      description: 'Who is assigned first. Hosts without a rule of their own are absent.',
    }),
  }),
});

export const EventTypeRef = builder.objectRef<EventType>('EventType');
builder.node(EventTypeRef, {
  description:
    'Something that can be booked: how long, with which hosts, by which rules. Public, but for `rules`.',
  id: { description: 'Starts with `et_`.', resolve: (type) => type.id },
  loadMany: (ids, { loaders, viewer }) =>
    Promise.all(
      ids.map(async (id) => {
        const type = await loaders.eventType.load(id);
        return type?.organisationId === viewer.organisation ? type : null;
      }),
    ),
  fields: (t) => ({
    owner: t.exposeString('owner', {
      description: 'Slug of the host or team that owns it; empty when the owner is gone.',
    }),
    slug: t.exposeString('slug', { description: 'Last part of its public address, /book/{owner}/{slug}.' }),
    title: t.exposeString('title', { description: 'What the public reads.' }),
    length: t.field({
      type: 'Duration',
      description: 'How long a booking takes.',
      resolve: ({ rules }) => rules.length,
    }),
    interval: t.field({
      type: 'Duration',
      description: 'Distance between the starts that are offered.',
      resolve: ({ rules }) => rules.interval,
    }),
    scheduling: t.field({
      type: SchedulingEnum,
      description: 'How its hosts share bookings.',
      resolve: ({ rules }) => rules.scheduling,
    }),
    hosts: t.field({
      type: [PublicHostRef],
      description: 'Hosts who may be booked, each once. A host who was erased since is absent.',
      resolve: async ({ hosts }, _args, { loaders }) =>
        (await Promise.all(hosts.map((id) => loaders.publicHost.load(id)))).flatMap((host) => host ?? []),
    }),
    seats: t.int({
      description: 'How many bookings may share a start at one host.',
      resolve: ({ rules }) => rules.seats,
    }),
    requireEmailVerification: t.boolean({
      description: 'True when the public books only with a code that was sent to its e-mail address.',
      resolve: ({ rules }) => rules.requireEmailVerification,
    }),
    maxPerAttendee: t.int({
      nullable: true,
      description: 'Most upcoming bookings of one e-mail address; null: no limit.',
      resolve: ({ rules }) => rules.maxPerAttendee,
    }),
    rules: t.field({
      type: RulesRef,
      nullable: true,
      description:
        'The rules in full; null without the admin token or a key with scope ADMIN in its organisation.',
      resolve: ({ rules, organisationId }, _args, { viewer }) =>
        hasScope(viewer, 'ADMIN') && viewer.organisation === organisationId ? rules : null,
    }),
  }),
});

builder.queryFields((t) => ({
  eventType: t.field({
    type: EventTypeRef,
    nullable: true,
    description:
      'An event type by its public address, /book/{owner}/{slug}; null when there is none. Public.',
    args: {
      owner: t.arg.string({ description: 'Slug of the host or team that owns it.', required: true }),
      slug: t.arg.string({ description: "The event type's own slug.", required: true }),
    },
    resolve: async (_root, { owner, slug }, { services: { store } }) => {
      const address = await addressBySlug(store, owner);
      return address ? eventTypeBySlug(store, address.ownerId, slug) : null;
    },
  }),
  eventTypes: t.connection(
    {
      type: EventTypeRef,
      description: 'Event types of the organisation, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('EventType', args, (page) =>
          listEventTypes(context.services.store, requireOrganisation(context), page),
        ),
    },
    { name: 'EventTypeConnection' },
    { name: 'EventTypeEdge' },
  ),
}));

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

export const EventTypeInputRef = builder.inputType('EventTypeInput', {
  description: 'All rules of an event type; a rule that is absent takes its default.',
  fields: (t) => ({
    owner: t.string({ required: true, description: 'Slug of the host or team that owns it.' }),
    slug: t.string({
      description: 'Last part of its public address, /book/{owner}/{slug}; unique for its owner.',
      required: true,
    }),
    title: t.string({ description: 'What the public reads.', required: true }),
    length: t.field({ type: 'Duration', description: 'How long a booking takes.', required: true }),
    interval: t.field({
      type: 'Duration',
      description: 'Distance between the starts that are offered; null: the length.',
    }),
    scheduling: t.field({
      type: SchedulingEnum,
      description: 'How the hosts share bookings.',
      defaultValue: 'SINGLE',
    }),
    hosts: t.idList({ description: 'Ids of the hosts (`host_…`) who may be booked.', required: true }),
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
    seats: t.int({ description: 'How many bookings may share a start at one host.', defaultValue: 1 }),
    maxPerDay: t.int({
      description: "Most bookings and holds of this event type in a host's day; null: no limit.",
    }),
    maxPerWeek: t.int({
      description:
        "Most bookings and holds of this event type in a host's week, from Monday on; null: no limit.",
    }),
    requireEmailVerification: t.boolean({
      defaultValue: false,
      description:
        'True when the public books only with a code that was sent to its e-mail address. The code goes out as the webhook VERIFICATION_REQUESTED.',
    }),
    maxPerAttendee: t.int({
      description: 'Most upcoming bookings of one e-mail address; null: no limit.',
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
  }),
});

export const eventTypeFields = (input: typeof EventTypeInputRef.$inferInput): EventTypeInput => ({
  owner: input.owner,
  slug: input.slug,
  title: input.title,
  hosts: input.hosts,
  rules: {
    length: input.length,
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
    requireEmailVerification: input.requireEmailVerification ?? false,
  },
});

async function reload({ loaders }: Context, id: string): Promise<EventType> {
  const type = await loaders.eventType.clear(id).load(id);
  if (!type) throw notFound('event type', id);
  return type;
}

builder.mutationFields((t) => ({
  createEventType: t.field({
    type: EventTypeRef,
    description: 'Creates an event type. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: EventTypeInputRef, description: 'Its rules.', required: true }) },
    resolve: async (_root, { input }, context) =>
      reload(
        context,
        await context.services.offers.rulebook.createEventType(
          requireOrganisation(context),
          eventTypeFields(input),
        ),
      ),
  }),
  updateEventType: t.field({
    type: EventTypeRef,
    description: 'Replaces every rule of an event type; a rule that is absent takes its default. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the event type (`et_…`).', required: true }),
      input: t.arg({ type: EventTypeInputRef, description: 'Its new rules.', required: true }),
    },
    resolve: async (_root, { id, input }, context) =>
      reload(
        context,
        await context.services.offers.rulebook.updateEventType(
          requireOrganisation(context),
          id,
          eventTypeFields(input),
        ),
      ),
  }),
  deleteEventType: t.field({
    type: 'Boolean',
    description: 'Deletes an event type and its holds; bookings stay. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the event type (`et_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.offers.rulebook.deleteEventType(requireOrganisation(context), id);
      context.loaders.eventType.clear(id);
      return true;
    },
  }),
}));
