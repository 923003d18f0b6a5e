/** Event type: what can be booked, by whom it is hosted, and by which rules. */
import { notFound } from '../errors.ts';
import { addressBySlug } from '../store/rows.ts';
import { type EventType, eventTypeBySlug, listEventTypes } from '../store/rules/event-types.ts';
import { builder } from './builder.ts';
import { type Context, hasScope, requireOrganisation } from './context.ts';
import { PlaceRef, QuestionRef } from './event-form.ts';
import { EventTypeInputRef, eventTypeFields } from './event-type-input.ts';
import { EventTypePatchRef, patchedEventType } from './event-type-patch.ts';
import { RulesRef, SchedulingEnum } from './event-type-rules.ts';
import { PublicHostRef } from './host.ts';
import { checkSearch, paginate, searchDescription } from './pagination.ts';

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
    description: t.string({
      nullable: true,
      description: 'Text with links that the public reads beside the title; null: none.',
      resolve: ({ form }) => form.description,
    }),
    questions: t.field({
      type: [QuestionRef],
      description: 'What the visitor is asked.',
      resolve: ({ form }) => [...form.questions],
    }),
    maxGuests: t.int({
      description: 'How many others the visitor may invite.',
      resolve: ({ form }) => form.maxGuests,
    }),
    places: t.field({
      type: [PlaceRef],
      description: 'Where it can take place; the visitor chooses when there are several.',
      resolve: ({ form, organisationId }) => form.places.map((place) => ({ ...place, organisationId })),
    }),
    redirectUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where the browser goes after booking; null: the page shows the booking.',
      resolve: ({ form }) => form.redirectUrl,
    }),
    length: t.field({
      type: 'Duration',
      description: 'How long a booking takes.',
      resolve: ({ rules }) => rules.length,
    }),
    lengths: t.field({
      type: ['Duration'],
      description: 'Lengths to choose from; the first is that of who chooses none.',
      resolve: ({ rules }) => [...rules.lengths],
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
    approval: t.boolean({
      description: 'True when a booking waits, PENDING, until it is accepted.',
      resolve: ({ rules }) => rules.approval,
    }),
    active: t.boolean({
      description: 'False: nothing is offered at the moment.',
      resolve: ({ rules }) => rules.active,
    }),
    listed: t.boolean({
      description: "Shown on the owner's page, /book/{owner}.",
      resolve: ({ rules }) => rules.listed,
    }),
    maxPerAttendee: t.int({
      nullable: true,
      description: 'Most upcoming bookings of one e-mail address; null: no limit.',
      resolve: ({ rules }) => rules.maxPerAttendee,
    }),
    changeNotice: t.field({
      type: 'Duration',
      nullable: true,
      description:
        'Least distance from now at which the visitor may still cancel or move a booking; null: any.',
      resolve: ({ rules }) => rules.changeNotice,
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
      args: {
        owner: t.arg.string({
          description: 'Only those of the host or team with this slug; none when nobody has it. Null: all.',
        }),
        search: t.arg.string({ description: searchDescription('the title') }),
        active: t.arg.boolean({ description: 'Only those that are active, or are not. Null: all.' }),
      },
      resolve: async (_root, { owner, search, active, ...args }, context) => {
        checkSearch(search);
        const { store } = context.services;
        const organisation = requireOrganisation(context);
        const ownerId = owner == null ? null : ((await addressBySlug(store, owner))?.ownerId ?? '');
        return paginate('EventType', args, listEventTypes(store, organisation, { ownerId, search, active }));
      },
    },
    { name: 'EventTypeConnection' },
    { name: 'EventTypeEdge' },
  ),
}));

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
  patchEventType: t.field({
    type: EventTypeRef,
    description: 'Changes some rules of an event type: what is absent stays, null takes the default. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the event type (`et_…`).', required: true }),
      patch: t.arg({ type: EventTypePatchRef, description: 'What changes.', required: true }),
    },
    resolve: async (_root, { id, patch }, context) =>
      reload(
        context,
        await context.services.offers.rulebook.patchEventType(requireOrganisation(context), id, (current) =>
          patchedEventType(current, patch),
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
