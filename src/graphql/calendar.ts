/** Calendar: a source of busy time, and what operators have done to it. */
import { badInput, notFound } from '../errors.ts';
import { listStoredCalendars } from '../store/calendars/calendars.ts';
import { AccountRef, ProviderIdEnum } from './account.ts';
import { builder } from './builder.ts';
import { CalendarStateEnum, stateTime } from './calendar-state.ts';
import { type Context, requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';
import { type CalendarNode, rejectNative } from './native-calendar.ts';
import { paginate } from './pagination.ts';
import { nativeSyncState, SyncStateRef } from './sync-state.ts';
import { WatchChannelRef } from './watch-channel.ts';

export const CalendarRef = builder.objectRef<CalendarNode>('Calendar');
builder.node(CalendarRef, {
  description:
    "A source of busy time: a calendar of a connected account, or a host's native calendar. Admin.",
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `cal_`.', resolve: (calendar) => calendar.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.calendar.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      description: 'The host whose time it shows.',
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'The account that it belongs to; null for a native calendar.',
      resolve: ({ accountId }, _args, { loaders }) =>
        accountId === null ? null : loaders.account.load(accountId),
    }),
    externalId: t.exposeString('externalId', {
      description: "The provider's own id of the calendar; `native` for a native one.",
    }),
    name: t.exposeString('name', { description: 'What the provider calls it.' }),
    timeZone: t.expose('timeZone', {
      type: 'TimeZone',
      nullable: true,
      description: "The calendar's own time zone; null when the provider gives none.",
    }),
    primary: t.exposeBoolean('primary', {
      description: "True for the account's main calendar, as the provider says.",
    }),
    writable: t.exposeBoolean('writable', { description: 'True when bookings can be written into it.' }),
    watchable: t.exposeBoolean('watchable', {
      description: 'False where the provider refuses watch channels: such a calendar is polled.',
    }),
    selected: t.exposeBoolean('selected', {
      description: 'True when it counts as busy time; a native calendar always does.',
    }),
    watch: t.field({
      type: WatchChannelRef,
      nullable: true,
      description:
        'The watch channel through which the provider notifies of changes; null when none is open and the calendar is polled.',
      // A channel that is left of a calendar that no longer counts is being closed.
      resolve: async ({ id, accountId, selected }, _args, { loaders }) =>
        selected && accountId !== null ? (await loaders.channel.load(id))?.channel : null,
    }),
    sync: t.field({
      type: SyncStateRef,
      description: 'How reading it is going. A native calendar is always fresh.',
      resolve: ({ id, accountId }, _args, { loaders, services }) =>
        accountId === null ? nativeSyncState(new Date(services.clock.now())) : loaders.state.load(id),
    }),
  }),
});

interface Refusal<Name extends string> {
  refusal: Name;
  message: string;
}

const refusal = <Name extends string>(name: Name, description: string) =>
  builder.objectRef<Refusal<Name>>(name).implement({
    description,
    fields: (t) => ({
      message: t.exposeString('message', { description: 'Why, for people; the text may change.' }),
    }),
  });

const WatchNotSupportedRef = refusal(
  'WatchNotSupported',
  'The provider opens no watch channels for this calendar: it is polled.',
);
export const ProviderRefusedRef = refusal(
  'ProviderRefused',
  'The provider, or the server at the given address, refused.',
);

const WatchCalendarResult = builder.unionType('WatchCalendarResult', {
  description: "The watched calendar, or why it can't be watched.",
  types: [CalendarRef, WatchNotSupportedRef, ProviderRefusedRef],
  resolveType: (value) => ('refusal' in value ? value.refusal : 'Calendar'),
});

/** The calendar as it is now; what the request had loaded of it before is forgotten. */
async function reload(context: Context, id: string): Promise<CalendarNode> {
  const { calendar, channel, state } = context.loaders;
  for (const loader of [calendar, channel, state]) loader.clear(id);
  const found = await calendar.load(id);
  if (!found) throw notFound('calendar', id);
  return found;
}

builder.queryFields((t) => ({
  calendars: t.connection(
    {
      type: CalendarRef,
      description:
        'Calendars of connected accounts, the oldest first; native ones are found on their host. Admin.',
      authScopes: { scope: 'ADMIN' },
      args: {
        host: t.arg.id({
          description: 'Id of a host (`host_…`) whose calendars are asked for; null: of every host.',
        }),
        state: t.arg({
          type: CalendarStateEnum,
          description: 'Only selected ones in this state. Null: all.',
        }),
        provider: t.arg({ type: ProviderIdEnum, description: 'Only those of this provider. Null: all.' }),
      },
      resolve: async (_root, { host, state, provider, ...args }, context) => {
        if (host != null && !(await context.loaders.host.load(host))) throw notFound('host', host);
        const { store } = context.services;
        const filter = { host, state, provider };
        const list = listStoredCalendars(store, requireOrganisation(context), filter, stateTime(context));
        return paginate('Calendar', args, list);
      },
    },
    { name: 'CalendarConnection' },
    { name: 'CalendarEdge' },
  ),
}));

builder.mutationFields((t) => ({
  selectCalendar: t.field({
    type: CalendarRef,
    description: 'Sets whether a calendar counts as busy time. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      calendar: t.arg.id({
        description: 'Id of the calendar (`cal_…`), not of a native one.',
        required: true,
      }),
      selected: t.arg.boolean({ description: 'True when it is to count.', required: true }),
    },
    resolve: async (_root, { calendar, selected }, context) => {
      rejectNative(await context.loaders.calendar.load(calendar));
      await context.services.connect.selectCalendar(requireOrganisation(context), calendar, selected);
      return reload(context, calendar);
    },
  }),
  watchCalendar: t.field({
    type: WatchCalendarResult,
    description:
      'Opens a watch channel at the provider; for a calendar that has one it changes nothing. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { calendar: t.arg.id({ description: 'Id of a selected calendar (`cal_…`).', required: true }) },
    resolve: async (_root, { calendar }, context) => {
      const found = await reload(context, calendar);
      rejectNative(found);
      if (!found.selected) throw badInput('calendar', 'is not selected; select it first');
      const outcome = await context.services.sync.watchCalendar(requireOrganisation(context), calendar, true);
      if (outcome.type === 'not-supported')
        return { refusal: 'WatchNotSupported' as const, message: outcome.message };
      if (outcome.type === 'refused')
        return { refusal: 'ProviderRefused' as const, message: outcome.message };
      return reload(context, calendar);
    },
  }),
  unwatchCalendar: t.field({
    type: CalendarRef,
    description: "Closes the calendar's watch channel; from then on it is polled. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: { calendar: t.arg.id({ description: 'Id of the calendar (`cal_…`).', required: true }) },
    resolve: async (_root, { calendar }, context) => {
      rejectNative(await reload(context, calendar));
      await context.services.sync.watchCalendar(requireOrganisation(context), calendar, false);
      return reload(context, calendar);
    },
  }),
  syncCalendar: t.field({
    type: CalendarRef,
    description:
      'Reads what changed at the provider, and answers once that is applied, or once it failed: `sync.error` says why. After a minute it answers in any case, with `sync.error` when the read still goes on. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { calendar: t.arg.id({ description: 'Id of a selected calendar (`cal_…`).', required: true }) },
    resolve: async (_root, { calendar }, context) => {
      const found = await reload(context, calendar);
      rejectNative(found);
      if (!found.selected) throw badInput('calendar', 'is not selected; select it first');
      const error = await context.services.sync.syncCalendar(calendar);
      const synced = await reload(context, calendar);
      const { state } = context.loaders;
      const known = await state.load(calendar);
      if (error && known) state.clear(calendar).prime(calendar, { ...known, error });
      return synced;
    },
  }),
}));

builder.subscriptionField('calendarChanged', (t) =>
  t.field({
    type: CalendarRef,
    description:
      'Calendars whose watch or sync state changed, each as it is when its event is written. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      host: t.arg.id({
        description: 'Id of a host (`host_…`) whose calendars are followed; null: of every host.',
      }),
    },
    subscribe: async (_root, { host }, context) => {
      if (host != null && !(await context.loaders.host.load(host))) throw notFound('host', host);
      return context.services.live.calendars(requireOrganisation(context), host ?? null);
    },
    resolve: (id, _args, context) => reload(context, id),
  }),
);
