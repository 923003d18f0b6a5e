/** Rules of an event type as the API shows them: what administrators alone read. */
import type { EventTypeRules, HostRule } from '../availability/rules.ts';
import { notFound } from '../errors.ts';
import { builder, type EnumValues } from './builder.ts';
import { PublicHostRef } from './host.ts';

export const SchedulingEnum = builder.enumType('Scheduling', {
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

export const StalePolicyEnum = builder.enumType('StalePolicy', {
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

export const RulesRef = builder.objectRef<EventTypeRules>('EventTypeRules').implement({
  description: "Rules of an event type that the public doesn't see. Admin.",
  authScopes: { scope: 'ADMIN' },
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
    reminders: t.field({
      type: ['Duration'],
      description: 'How long before the start its visitor is reminded by mail.',
      resolve: ({ reminders }) => [...reminders],
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
