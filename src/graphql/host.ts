/** Host: a person whose calendars these are. */
import type { DateOverride, DayRange, WeeklyHours, WorkingHours, ZoneChange } from '../availability/hours.ts';
import { notFound } from '../errors.ts';
import type { HostInput } from '../offers/rulebook.ts';
import { setBookingCalendar } from '../store/bookings/calendars.ts';
import { type Host, listHosts } from '../store/rules/hosts.ts';
import { AccountRef } from './account.ts';
import { builder } from './builder.ts';
import { CalendarRef } from './calendar.ts';
import { requireOrganisation } from './context.ts';
import type { Loaders } from './loaders.ts';
import { nativeCalendarOf } from './native-calendar.ts';
import { paginate } from './pagination.ts';
import { WEEKDAYS, weekdayNumbers } from './scalars.ts';

const WeekdayEnum = builder.enumType('Weekday', { values: WEEKDAYS });

const TimeRange = builder.objectRef<DayRange>('TimeRange').implement({
  fields: (t) => ({
    start: t.expose('start', { type: 'LocalTime' }),
    end: t.expose('end', { type: 'LocalTime' }),
  }),
});

const WeeklyHoursRef = builder.objectRef<WeeklyHours>('WeeklyHours').implement({
  fields: (t) => ({
    days: t.field({
      type: [WeekdayEnum],
      resolve: ({ days }) => days.flatMap((day) => WEEKDAYS[day] ?? []),
    }),
    start: t.expose('start', { type: 'LocalTime' }),
    end: t.expose('end', { type: 'LocalTime' }),
  }),
});

const DateOverrideRef = builder.objectRef<DateOverride>('DateOverride').implement({
  fields: (t) => ({
    date: t.expose('date', { type: 'LocalDate' }),
    ranges: t.expose('ranges', { type: [TimeRange] }),
  }),
});

const WorkingHoursRef = builder.objectRef<WorkingHours>('WorkingHours').implement({
  fields: (t) => ({
    timeZone: t.expose('timeZone', { type: 'TimeZone' }),
    weekly: t.expose('weekly', { type: [WeeklyHoursRef] }),
    overrides: t.expose('overrides', { type: [DateOverrideRef] }),
  }),
});

const ZoneChangeRef = builder.objectRef<ZoneChange>('ZoneChange').implement({
  description: "From this local date on the host's hours are in this zone.",
  fields: (t) => ({
    from: t.expose('from', { type: 'LocalDate' }),
    timeZone: t.expose('timeZone', { type: 'TimeZone' }),
  }),
});

export const PublicHostRef = builder
  .objectRef<{ id: string; name: string; slug: string }>('PublicHost')
  .implement({
    description: 'All that the public learns of a host.',
    fields: (t) => ({ id: t.exposeID('id'), name: t.exposeString('name'), slug: t.exposeString('slug') }),
  });

/** @throws SlotwireError NOT_FOUND; another organisation's too */
export async function loadHost(loaders: Pick<Loaders, 'host'>, id: string): Promise<Host> {
  const host = await loaders.host.load(id);
  if (!host) throw notFound('host', id);
  return host;
}

export const HostRef = builder.objectRef<Host>('Host');
builder.node(HostRef, {
  description: 'Admin.',
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (host) => host.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.host.load(id))),
  fields: (t) => ({
    name: t.exposeString('name'),
    slug: t.exposeString('slug'),
    email: t.expose('email', { type: 'EmailAddress', nullable: true }),
    timeZone: t.expose('timeZone', { type: 'TimeZone' }),
    workingHours: t.field({
      type: WorkingHoursRef,
      resolve: async ({ id }, _args, { loaders }) => (await loadHours(id, loaders)).hours,
    }),
    zoneChanges: t.field({
      type: [ZoneChangeRef],
      resolve: async ({ id }, _args, { loaders }) => (await loadHours(id, loaders)).zoneChanges,
    }),
    accounts: t.field({
      type: [AccountRef],
      resolve: ({ id }, _args, { loaders }) => loaders.accountsOfHost.load(id),
    }),
    calendars: t.field({
      type: [CalendarRef],
      description: 'Calendars of the accounts; the native one is nativeCalendar.',
      resolve: ({ id }, _args, { loaders }) => loaders.calendarsOfHost.load(id),
    }),
    nativeCalendar: t.field({
      type: CalendarRef,
      description: 'Of nobody but us: bookings are there before any provider has heard of them.',
      resolve: (host) => nativeCalendarOf(host),
    }),
    bookingCalendar: t.field({
      type: CalendarRef,
      description:
        'Where bookings are written from now on: the one that was set, while it is writable and its account connected; else the first writable primary calendar, else the native one.',
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
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { loaders }) => loadHost(loaders, id),
  }),
  hosts: t.connection(
    {
      type: HostRef,
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('Host', args, (page) =>
          listHosts(context.services.store, requireOrganisation(context), page),
        ),
    },
    { name: 'HostConnection' },
    { name: 'HostEdge' },
  ),
}));

const TimeRangeInput = builder.inputType('TimeRangeInput', {
  fields: (t) => ({
    start: t.field({ type: 'LocalTime', required: true }),
    end: t.field({ type: 'LocalTime', required: true }),
  }),
});

export const WorkingHoursInput = builder.inputType('WorkingHoursInput', {
  fields: (t) => ({
    timeZone: t.field({ type: 'TimeZone', required: true }),
    weekly: t.field({
      required: true,
      type: [
        builder.inputType('WeeklyHoursInput', {
          fields: (w) => ({
            days: w.field({ type: [WeekdayEnum], required: true }),
            start: w.field({ type: 'LocalTime', required: true }),
            end: w.field({ type: 'LocalTime', required: true }),
          }),
        }),
      ],
    }),
    overrides: t.field({
      type: [
        builder.inputType('DateOverrideInput', {
          description: 'No ranges: closed that day.',
          fields: (d) => ({
            date: d.field({ type: 'LocalDate', required: true }),
            ranges: d.field({ type: [TimeRangeInput], required: true }),
          }),
        }),
      ],
    }),
  }),
});

const CreateHostInput = builder.inputType('CreateHostInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    slug: t.string({ required: true }),
    timeZone: t.field({ type: 'TimeZone', required: true }),
    email: t.field({ type: 'EmailAddress' }),
    workingHours: t.field({
      type: WorkingHoursInput,
      description:
        'Absent: Monday to Friday, 09:00 to 17:00, in timeZone. In an update, absent leaves them as they are.',
    }),
    zoneChanges: t.field({
      type: [
        builder.inputType('ZoneChangeInput', {
          fields: (z) => ({
            from: z.field({ type: 'LocalDate', required: true }),
            timeZone: z.field({ type: 'TimeZone', required: true }),
          }),
        }),
      ],
      description: 'In an update, absent leaves them as they are.',
    }),
  }),
});

type HoursInput = typeof WorkingHoursInput.$inferInput;

export const workingHoursFields = (input: HoursInput): WorkingHours => ({
  timeZone: input.timeZone,
  weekly: input.weekly.map(({ days, start, end }) => ({ days: weekdayNumbers(days), start, end })),
  overrides: (input.overrides ?? []).map(({ date, ranges }) => ({
    date,
    ranges: ranges.map((range) => ({ ...range })),
  })),
});

const hostFields = (input: typeof CreateHostInput.$inferInput): HostInput => ({
  name: input.name,
  slug: input.slug,
  timeZone: input.timeZone,
  email: input.email ?? null,
  workingHours: input.workingHours ? workingHoursFields(input.workingHours) : null,
  zoneChanges: input.zoneChanges?.map((change) => ({ ...change })) ?? null,
});

builder.mutationFields((t) => ({
  createHost: t.field({
    type: HostRef,
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: CreateHostInput, required: true }) },
    resolve: (_root, { input }, context) =>
      context.services.offers.rulebook.createHost(requireOrganisation(context), hostFields(input)),
  }),
  updateHost: t.field({
    type: HostRef,
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }), input: t.arg({ type: CreateHostInput, required: true }) },
    resolve: (_root, { id, input }, context) =>
      context.services.offers.rulebook.updateHost(requireOrganisation(context), id, hostFields(input)),
  }),
  deleteHost: t.field({
    type: 'Boolean',
    description: 'Erases the host and all that is held of them.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.booking.deleteHost(requireOrganisation(context), id);
      context.loaders.host.clear(id);
      return true;
    },
  }),
  setBookingCalendar: t.field({
    type: HostRef,
    description:
      'Where bookings are written; null: the first writable primary calendar, else the native one.',
    authScopes: { scope: 'ADMIN' },
    args: { host: t.arg.id({ required: true }), calendar: t.arg.id() },
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
    authScopes: { scope: 'ADMIN' },
    args: { host: t.arg.id({ required: true }), input: t.arg({ type: WorkingHoursInput, required: true }) },
    resolve: (_root, { host, input }, context) =>
      context.services.offers.rulebook.setWorkingHours(
        requireOrganisation(context),
        host,
        workingHoursFields(input),
      ),
  }),
}));
