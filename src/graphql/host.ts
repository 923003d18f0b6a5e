/** Host: a person whose calendars these are. */
import type { WorkingHours, ZoneChange } from '../availability/hours.ts';
import { notFound } from '../errors.ts';
import { setBookingCalendar } from '../store/bookings/calendars.ts';
import { type Host, hostBySlug, listHosts } from '../store/rules/hosts.ts';
import { AccountRef } from './account.ts';
import { BrandRef, ownBrand } from './brand.ts';
import { builder } from './builder.ts';
import { CalendarRef } from './calendar.ts';
import { stateTime } from './calendar-state.ts';
import { requireOrganisation } from './context.ts';
import { CreateHostInputRef, HostPatchRef, hostFields, hostPatch } from './host-input.ts';
import type { Loaders } from './loaders.ts';
import { nativeCalendarOf } from './native-calendar.ts';
import { checkSearch, paginate, searchDescription } from './pagination.ts';
import { WorkingHoursInput, WorkingHoursRef, workingHoursFields, ZoneChangeRef } from './working-hours.ts';

export const PublicHostRef = builder
  .objectRef<{ id: string; name: string; slug: string }>('PublicHost')
  .implement({
    description: 'All that the public learns of a host.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Starts with `host_`.' }),
      name: t.exposeString('name', { description: "The host's name." }),
      slug: t.exposeString('slug', { description: 'Part of public addresses, /book/{slug}/….' }),
    }),
  });

/** @throws SlotwireError NOT_FOUND; another organisation's too */
export async function loadHost(loaders: Pick<Loaders, 'host'>, id: string): Promise<Host> {
  const host = await loaders.host.load(id);
  if (!host) throw notFound('host', id);
  return host;
}

export const HostRef = builder.objectRef<Host>('Host');
builder.node(HostRef, {
  description: 'A person whose time can be booked. Admin.',
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `host_`.', resolve: (host) => host.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.host.load(id))),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name, as the public sees it.' }),
    slug: t.exposeString('slug', { description: 'Part of public addresses, /book/{slug}/….' }),
    email: t.expose('email', {
      type: 'EmailAddress',
      nullable: true,
      description: "The host's address; null: none was given.",
    }),
    timeZone: t.expose('timeZone', {
      type: 'TimeZone',
      description: "The host's own time zone, in which days and weeks are counted.",
    }),
    workingHours: t.field({
      type: WorkingHoursRef,
      description: 'When the host takes bookings.',
      resolve: async ({ id }, _args, { loaders }) => (await loadHours(id, loaders)).hours,
    }),
    zoneChanges: t.field({
      type: [ZoneChangeRef],
      description: 'Changes of the time zone of the hours, in the order of their dates.',
      resolve: async ({ id }, _args, { loaders }) => (await loadHours(id, loaders)).zoneChanges,
    }),
    brand: t.field({
      type: BrandRef,
      description: "The host's own brand; what it has not is as of the organisation.",
      resolve: ({ id }, _args, { loaders }) => ownBrand(loaders, id),
    }),
    accounts: t.field({
      type: [AccountRef],
      description: 'Accounts that the host connected, disconnected ones included.',
      resolve: ({ id }, _args, { loaders }) => loaders.accountsOfHost.load(id),
    }),
    calendars: t.field({
      type: [CalendarRef],
      description: "Calendars of the host's accounts; the native one is nativeCalendar.",
      resolve: ({ id }, _args, { loaders }) => loaders.calendarsOfHost.load(id),
    }),
    nativeCalendar: t.field({
      type: CalendarRef,
      description:
        "Slotwire's own calendar of the host: holds, bookings and blocks, at once and before any provider has heard of them.",
      resolve: (host) => nativeCalendarOf(host),
    }),
    bookingCalendar: t.field({
      type: CalendarRef,
      description:
        'Where bookings are written: the calendar that was set, while it is writable and its account connected; else the first writable primary calendar; else the native one.',
      resolve: async (host, _args, { loaders }) =>
        (await loaders.bookingCalendarOfHost.load(host.id)) ?? nativeCalendarOf(host),
    }),
  }),
});

async function loadHours(
  host: string,
  loaders: {
    hours: { load(id: string): Promise<{ hours: WorkingHours; zoneChanges: ZoneChange[] } | null> };
  },
) {
  const hours = await loaders.hours.load(host);
  if (!hours) throw notFound('host', host);
  return hours;
}

builder.queryFields((t) => ({
  host: t.field({
    type: HostRef,
    nullable: true,
    description: 'A host by id. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }) },
    resolve: (_root, { id }, { loaders }) => loadHost(loaders, id),
  }),
  hostBySlug: t.field({
    type: HostRef,
    nullable: true,
    description: 'A host by slug, in upper or lower case; null when the organisation has none of it. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { slug: t.arg.string({ description: "The host's slug.", required: true }) },
    resolve: (_root, { slug }, context) =>
      hostBySlug(context.services.store, requireOrganisation(context), slug),
  }),
  hosts: t.connection(
    {
      type: HostRef,
      description: 'Hosts of the organisation, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      args: {
        search: t.arg.string({ description: searchDescription('name, slug and e-mail address') }),
        hasTrouble: t.arg.boolean({
          description:
            'True: only those with a selected calendar that is STALE, FAILING, REVOKED or NEVER_READ; false: only those without. Null: all.',
        }),
      },
      resolve: (_root, { search, hasTrouble, ...args }, context) => {
        checkSearch(search);
        const { store } = context.services;
        const { staleBefore } = stateTime(context);
        const filter = { search, hasTrouble };
        return paginate('Host', args, listHosts(store, requireOrganisation(context), filter, staleBefore));
      },
    },
    { name: 'HostConnection' },
    { name: 'HostEdge' },
  ),
}));

builder.mutationFields((t) => ({
  createHost: t.field({
    type: HostRef,
    description: 'Creates a host. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: CreateHostInputRef, description: 'The host.', required: true }) },
    resolve: (_root, { input }, context) =>
      context.services.offers.rulebook.createHost(requireOrganisation(context), hostFields(input)),
  }),
  updateHost: t.field({
    type: HostRef,
    description:
      "Replaces a host's fields; email, workingHours, zoneChanges and brand stay when they are absent. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }),
      input: t.arg({ type: CreateHostInputRef, description: 'What the host becomes.', required: true }),
    },
    resolve: (_root, { id, input }, context) => {
      context.loaders.brand.clear(id);
      return context.services.offers.rulebook.updateHost(requireOrganisation(context), id, hostFields(input));
    },
  }),
  patchHost: t.field({
    type: HostRef,
    description: 'Changes some fields of a host: what is absent stays, null takes the default. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }),
      patch: t.arg({ type: HostPatchRef, description: 'What changes.', required: true }),
    },
    resolve: (_root, { id, patch }, context) => {
      context.loaders.brand.clear(id);
      return context.services.offers.rulebook.patchHost(requireOrganisation(context), id, hostPatch(patch));
    },
  }),
  deleteHost: t.field({
    type: 'Boolean',
    description:
      'Erases a host and everything that is stored about them: coming bookings are cancelled, accounts disconnected, rows deleted. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.booking.deleteHost(requireOrganisation(context), id);
      context.loaders.host.clear(id);
      return true;
    },
  }),
  setBookingCalendar: t.field({
    type: HostRef,
    description: "Sets the calendar that the host's bookings are written into. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      host: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }),
      calendar: t.arg.id({
        description:
          'Id of a writable calendar of the host; null: the first writable primary calendar, else the native one.',
      }),
    },
    resolve: (_root, { host, calendar }, context) => {
      const organisation = requireOrganisation(context);
      context.loaders.bookingCalendarOfHost.clear(host);
      return context.services.store.$transaction((tx) =>
        setBookingCalendar(tx, organisation, host, calendar ?? null),
      );
    },
  }),
  setWorkingHours: t.field({
    type: HostRef,
    description: "Replaces a host's working hours. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      host: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }),
      input: t.arg({ type: WorkingHoursInput, description: 'The new hours.', required: true }),
    },
    resolve: (_root, { host, input }, context) =>
      context.services.offers.rulebook.setWorkingHours(
        requireOrganisation(context),
        host,
        workingHoursFields(input),
      ),
  }),
}));
