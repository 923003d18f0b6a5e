/** What is held of a person: exported and blanked when the person asks for it. */
import { exportHostData } from '../store/privacy/person.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { loadHost } from './host.ts';

builder.queryFields((t) => ({
  exportAttendee: t.string({
    description:
      'All that the organisation holds of the person behind an e-mail address, as JSON: bookings with their holds, times and calendar writes, events of them that were read back, messages to webhook endpoints, invitations, and bookings of others who invited that person. Upper and lower case are the same. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      email: t.arg({
        type: 'EmailAddress',
        description: 'The address that was booked with.',
        required: true,
      }),
    },
    resolve: async (_root, { email }, context) => {
      const data = await context.services.booking.attendees.export(requireOrganisation(context), email);
      return JSON.stringify({ email, ...data });
    },
  }),
  exportHost: t.string({
    description:
      'All that is held of a host, as JSON, without secrets: hours, accounts, calendars, events and bookings, history among them. deleteHost erases it. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }) },
    resolve: async (_root, { id }, { loaders, services }) => {
      const host = await loadHost(loaders, id);
      return JSON.stringify(await exportHostData(services.store, host.id));
    },
  }),
}));

builder.mutationField('eraseAttendee', (t) =>
  t.int({
    description:
      "Blanks what the organisation holds of the person behind an e-mail address: name, address, notes, answers and guests of bookings, in messages and in read-back events too, and what that person invited to. As a guest of others' bookings the person is taken out of them. Bookings and their times stay, and so do the events in hosts' own calendars. Returns how many rows were blanked. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      email: t.arg({
        type: 'EmailAddress',
        description: 'The address that was booked with, in upper or lower case.',
        required: true,
      }),
    },
    resolve: (_root, { email }, context) =>
      context.services.booking.attendees.erase(requireOrganisation(context), email),
  }),
);
