/** Bookings as operators find them: filtered, in order, counted. */
import type { BookingWithToken } from '../booking/outcome.ts';
import { listBookings } from '../store/bookings/bookings.ts';
import { BookingRef, BookingStatusEnum } from './booking.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { checkSearch, checkSpan, paginate, searchDescription } from './pagination.ts';

const BookingOrderEnum = builder.enumType('BookingOrder', {
  description:
    'How a list of bookings is put in order. A cursor belongs to the order that it came with, or its reverse.',
  values: {
    CREATED_ASC: { description: 'As they were made, the oldest first.' },
    CREATED_DESC: { description: 'As they were made, the newest first.' },
    START_ASC: { description: 'By their start, the earliest first.' },
    START_DESC: { description: 'By their start, the latest first.' },
  } as const,
});

builder.queryField('bookings', (t) =>
  t.connection(
    {
      type: BookingRef,
      description:
        'Bookings of the organisation, cancelled ones included, the oldest first unless `order` says otherwise. Admin.',
      authScopes: { scope: 'ADMIN' },
      args: {
        host: t.arg.id({ description: 'Only those of this host (`host_…`). Null: all.' }),
        eventType: t.arg.id({ description: 'Only those of this event type (`et_…`). Null: all.' }),
        attendee: t.arg.string({ description: searchDescription("the attendee's name and e-mail address") }),
        status: t.arg({ type: BookingStatusEnum, description: 'Only those with this status. Null: all.' }),
        from: t.arg({ type: 'DateTime', description: 'Only those that start at this instant or later.' }),
        to: t.arg({ type: 'DateTime', description: 'Only those that start before this instant.' }),
        order: t.arg({
          type: BookingOrderEnum,
          description: 'How they are put in order.',
          defaultValue: 'CREATED_ASC',
        }),
      },
      resolve: (_root, { host, eventType, attendee, status, from, to, order, ...args }, context) => {
        checkSearch(attendee, 'attendee');
        checkSpan(from, to);
        const byStart = order === 'START_ASC' || order === 'START_DESC';
        const filter = { host, eventType, attendee, status, from, to };
        const list = listBookings(context.services.store, requireOrganisation(context), filter, byStart);
        return paginate(
          'Booking',
          args,
          {
            read: async (page) =>
              (await list.read(page)).map((booking): BookingWithToken => ({ ...booking, token: null })),
            count: list.count,
          },
          {
            descending: order === 'CREATED_DESC' || order === 'START_DESC',
            at: byStart ? ({ startsAt }) => startsAt.getTime() : null,
          },
        );
      },
    },
    { name: 'BookingConnection' },
    { name: 'BookingEdge' },
  ),
);
