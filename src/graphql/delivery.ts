/** Delivery: a verified change notification as it came. */
import { type Delivery, listDeliveries, type Verdict } from '../store/calendars/deliveries.ts';
import { ProviderIdEnum } from './account.ts';
import { builder } from './builder.ts';
import { CalendarRef } from './calendar.ts';
import { requireOrganisation } from './context.ts';
import { paginate } from './pagination.ts';

const VERDICTS = ['ACCEPTED', 'DUPLICATE', 'IGNORED'] as const satisfies readonly Verdict[];
const DeliveryVerdictEnum = builder.enumType('DeliveryVerdict', { values: VERDICTS });

const DeliveryRef = builder.objectRef<Delivery>('Delivery');
builder.node(DeliveryRef, {
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (delivery) => delivery.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.delivery.load(id))),
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderIdEnum }),
    calendar: t.field({
      type: CalendarRef,
      nullable: true,
      resolve: ({ calendarId }, _args, { loaders }) => loaders.calendar.load(calendarId),
    }),
    receivedAt: t.field({ type: 'DateTime', resolve: ({ receivedAt }) => receivedAt.getTime() }),
    verdict: t.expose('verdict', { type: DeliveryVerdictEnum }),
    replayOf: t.exposeID('replayOf', { nullable: true }),
  }),
});

builder.queryField('deliveries', (t) =>
  t.connection(
    {
      type: DeliveryRef,
      description: 'Change notifications of the last DELIVERY_RETENTION, the oldest first.',
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('Delivery', args, (page) =>
          listDeliveries(context.services.store, requireOrganisation(context), page),
        ),
    },
    { name: 'DeliveryConnection' },
    { name: 'DeliveryEdge' },
  ),
);

builder.mutationField('replayDelivery', (t) =>
  t.field({
    type: DeliveryRef,
    description:
      'Run a stored change notification again, to the same effect; stored as a delivery of its own.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => context.services.webhooks.replay(requireOrganisation(context), id),
  }),
);
