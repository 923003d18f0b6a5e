/** Event type: what can be booked, by whom it is hosted, and by which rules. */
import type { EventTypeRules, HostRule } from '../availability/rules.ts';
import { notFound } from '../errors.ts';
import type { EventTypeInput } from '../offers/rulebook.ts';
import { addressBySlug } from '../store/rows.ts';
import { type EventType, eventTypeBySlug, listEventTypes } from '../store/rules/event-types.ts';
import { builder } from './builder.ts';
import { type Context, hasScope, requireOrganisation } from './context.ts';
import { PublicHostRef } from './host.ts';
import { paginate } from './pagination.ts';

const SchedulingEnum = builder.enumType('Scheduling', {
  values: {
    SINGLE: { description: 'One host.' },
    COLLECTIVE: { description: 'Every host must be free.' },
    ROUND_ROBIN: { description: 'Any one host; the fairest is assigned.' },
    QUORUM: { description: 'At least `quorum` hosts must be free.' },
  } as const,
});

const StalePolicyEnum = builder.enumType('StalePolicy', {
  description: 'What a calendar that is stale, broken or never read does to the slots.',
  values: {
    FAIL_CLOSED: { description: 'Its host is not offered.' },
    WARN: {
      description:
        'Offer from the last known state, with an issue. What was never read or lies outside coverage is not offered all the same.',
    },
  } as const,
});

const HostRuleRef = builder.objectRef<HostRule>('HostRule').implement({
  fields: (t) => ({
    host: t.field({
      type: PublicHostRef,
      resolve: async ({ host }, _args, { loaders }) => {
        const found = await loaders.publicHost.load(host);
        if (!found) throw notFound('host', host);
        return found;
      },
    }),
    priority: t.exposeInt('priority'),
    weight: t.exposeInt('weight'),
    fixed: t.exposeBoolean('fixed'),
  }),
});

const RulesRef = builder.objectRef<EventTypeRules>('EventTypeRules').implement({
  fields: (t) => ({
    quorum: t.exposeInt('quorum', { nullable: true }),
    bufferBefore: t.expose('bufferBefore', { type: 'Duration' }),
    bufferAfter: t.expose('bufferAfter', { type: 'Duration' }),
    minimumNotice: t.expose('minimumNotice', { type: 'Duration' }),
    horizon: t.expose('horizon', { type: 'Duration', nullable: true }),
    maxPerDay: t.exposeInt('maxPerDay', { nullable: true }),
    maxPerWeek: t.exposeInt('maxPerWeek', { nullable: true }),
    tentativeBlocks: t.exposeBoolean('tentativeBlocks'),
    onStale: t.expose('onStale', { type: StalePolicyEnum }),
    staleAfter: t.field({
      type: 'Duration',
      resolve: ({ staleAfter }, _args, { services }) => staleAfter ?? services.offers.defaultStaleAfter,
    }),
    hostRules: t.expose('hostRules', { type: [HostRuleRef] }),
  }),
});

export const EventTypeRef = builder.objectRef<EventType>('EventType');
builder.node(EventTypeRef, {
  description:
    'Public: what a booking page shows. The rules below `hosts` are null without a key of scope ADMIN.',
  id: { resolve: (type) => type.id },
  loadMany: (ids, { loaders, viewer }) =>
    Promise.all(
      ids.map(async (id) => {
        const type = await loaders.eventType.load(id);
        return type?.organisationId === viewer.organisation ? type : null;
      }),
    ),
  fields: (t) => ({
    owner: t.exposeString('owner'),
    slug: t.exposeString('slug'),
    title: t.exposeString('title'),
    length: t.field({ type: 'Duration', resolve: ({ rules }) => rules.length }),
    interval: t.field({ type: 'Duration', resolve: ({ rules }) => rules.interval }),
    scheduling: t.field({ type: SchedulingEnum, resolve: ({ rules }) => rules.scheduling }),
    hosts: t.field({
      type: [PublicHostRef],
      resolve: async ({ hosts }, _args, { loaders }) =>
        (await Promise.all(hosts.map((id) => loaders.publicHost.load(id)))).flatMap((host) => host ?? []),
    }),
    seats: t.int({ resolve: ({ rules }) => rules.seats }),
    rules: t.field({
      type: RulesRef,
      nullable: true,
      resolve: ({ rules, organisationId }, _args, { viewer }) =>
        hasScope(viewer, 'ADMIN') && viewer.organisation === organisationId ? rules : null,
    }),
  }),
});

builder.queryFields((t) => ({
  eventType: t.field({
    type: EventTypeRef,
    nullable: true,
    description: 'A bookable event type by its public address, /book/{owner}/{slug}.',
    args: { owner: t.arg.string({ required: true }), slug: t.arg.string({ required: true }) },
    resolve: async (_root, { owner, slug }, { services: { store } }) => {
      const address = await addressBySlug(store, owner);
      return address ? eventTypeBySlug(store, address.ownerId, slug) : null;
    },
  }),
  eventTypes: t.connection(
    {
      type: EventTypeRef,
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
  description:
    'Fixed hosts are in every booking of a ROUND_ROBIN beside the one assigned; higher priority first, then by weight.',
  fields: (t) => ({
    host: t.id({ required: true }),
    priority: t.int({ defaultValue: 0 }),
    weight: t.int({ defaultValue: 100 }),
    fixed: t.boolean({ defaultValue: false }),
  }),
});

export const EventTypeInputRef = builder.inputType('EventTypeInput', {
  fields: (t) => ({
    owner: t.string({ required: true, description: 'Slug of the host or team that owns it.' }),
    slug: t.string({ required: true }),
    title: t.string({ required: true }),
    length: t.field({ type: 'Duration', required: true }),
    interval: t.field({
      type: 'Duration',
      description: 'Distance between offered starts; the length when absent.',
    }),
    scheduling: t.field({ type: SchedulingEnum, defaultValue: 'SINGLE' }),
    hosts: t.idList({ required: true }),
    quorum: t.int(),
    bufferBefore: t.field({ type: 'Duration' }),
    bufferAfter: t.field({ type: 'Duration' }),
    minimumNotice: t.field({ type: 'Duration' }),
    horizon: t.field({
      type: 'Duration',
      description: 'How far ahead it can be booked: from now to the start.',
    }),
    seats: t.int({ defaultValue: 1 }),
    maxPerDay: t.int(),
    maxPerWeek: t.int(),
    tentativeBlocks: t.boolean({ defaultValue: true, description: 'Does a tentative event block?' }),
    onStale: t.field({ type: StalePolicyEnum, defaultValue: 'FAIL_CLOSED' }),
    staleAfter: t.field({
      type: 'Duration',
      description: 'How old a source may be before onStale applies; three poll intervals when absent.',
    }),
    hostRules: t.field({ type: [HostRuleInput] }),
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
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: EventTypeInputRef, required: true }) },
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
    description: 'Replaces every rule; what is absent takes its default.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }), input: t.arg({ type: EventTypeInputRef, required: true }) },
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
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.offers.rulebook.deleteEventType(requireOrganisation(context), id);
      context.loaders.eventType.clear(id);
      return true;
    },
  }),
}));
