/** Delivery: a verified change notification as it came. */
import { type Delivery, listDeliveries, type Verdict } from '../store/calendars/deliveries.ts';
import { ProviderIdEnum } from './account.ts';
import { builder, type EnumValues } from './builder.ts';
import { CalendarRef } from './calendar.ts';
import { requireOrganisation } from './context.ts';
import { checkSpan, paginate } from './pagination.ts';

const DeliveryVerdictEnum = builder.enumType('DeliveryVerdict', {
  description: 'What was done with a change notification.',
  values: {
    ACCEPTED: { description: 'Its calendar is read.' },
    DUPLICATE: { description: 'It had come before.' },
    IGNORED: {
      description:
        'It called for no read: the greeting of a new channel, or, on replay, of a channel that is gone.',
    },
  } as const satisfies EnumValues<Verdict>,
});

const DeliveryRef = builder.objectRef<Delivery>('Delivery');
builder.node(DeliveryRef, {
  description:
    'A change notification from a provider whose secret was right, as it came. Kept for DELIVERY_RETENTION. Admin.',
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `dlv_`.', resolve: (delivery) => delivery.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.delivery.load(id))),
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderIdEnum, description: 'Who sent it.' }),
    calendar: t.field({
      type: CalendarRef,
      nullable: true,
      description: 'The calendar that it is about; null when that is gone.',
      resolve: ({ calendarId }, _args, { loaders }) => loaders.calendar.load(calendarId),
    }),
    receivedAt: t.field({
      type: 'DateTime',
      description: 'When it came.',
      resolve: ({ receivedAt }) => receivedAt.getTime(),
    }),
    verdict: t.expose('verdict', { type: DeliveryVerdictEnum, description: 'What was done with it.' }),
    replayOf: t.exposeID('replayOf', {
      nullable: true,
      description: 'Id of the delivery that this one ran again; null: it came from the provider.',
    }),
  }),
});

builder.queryField('deliveries', (t) =>
  t.connection(
    {
      type: DeliveryRef,
      description: 'Change notifications of the last DELIVERY_RETENTION, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      args: {
        calendar: t.arg.id({ description: 'Only those about this calendar (`cal_…`). Null: all.' }),
        verdict: t.arg({
          type: DeliveryVerdictEnum,
          description: 'Only those with this verdict. Null: all.',
        }),
        from: t.arg({ type: 'DateTime', description: 'Only those that came at this instant or later.' }),
        to: t.arg({ type: 'DateTime', description: 'Only those that came before this instant.' }),
      },
      resolve: (_root, { calendar, verdict, from, to, ...args }, context) => {
        checkSpan(from, to);
        const filter = { calendar, verdict, from, to };
        const list = listDeliveries(context.services.store, requireOrganisation(context), filter);
        return paginate('Delivery', args, list);
      },
    },
    { name: 'DeliveryConnection' },
    { name: 'DeliveryEdge' },
  ),
);

builder.mutationField('replayDelivery', (t) =>
  t.field({
    type: DeliveryRef,
    description:
      'Applies a stored change notification again, to the same effect, and stores it as a delivery of its own. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the delivery (`dlv_…`).', required: true }) },
    resolve: (_root, { id }, context) => context.services.webhooks.replay(requireOrganisation(context), id),
  }),
);
