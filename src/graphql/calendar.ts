/** Calendar: a source of busy time, its watch channel and how its sync is doing. */
import { watchStateOf } from '../calendars/watch-state.ts';
import { badInput, notFound } from '../errors.ts';
import { listStoredCalendars } from '../store/calendars/calendars.ts';
import type { CalendarState, WatchChannel } from '../store/calendars/health.ts';
import { AccountRef } from './account.ts';
import { builder } from './builder.ts';
import { type Context, requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';
import { type CalendarNode, rejectNative } from './native-calendar.ts';
import { paginate } from './pagination.ts';

const WatchStateEnum = builder.enumType('WatchState', { values: ['ACTIVE', 'EXPIRING', 'FAILED'] as const });

const WatchChannelRef = builder.objectRef<WatchChannel>('WatchChannel').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    state: t.field({
      type: WatchStateEnum,
      resolve: (channel, _args, { services }) => watchStateOf(channel, services.clock.now()),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ expiresAt }) => expiresAt?.getTime(),
    }),
    lastNotificationAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ lastNotificationAt }) => lastNotificationAt?.getTime(),
    }),
  }),
});

const INSTANTS = ['provenAsOf', 'lastStartedAt', 'lastSucceededAt', 'coveredFrom', 'coveredTo'] as const;
type Sync = Pick<CalendarState, (typeof INSTANTS)[number] | 'failures' | 'error'>;

/** Of a native calendar: nothing that happens to it is ever unknown. */
const nativeSyncState = (now: Date): Sync => ({
  ...{ provenAsOf: now, lastStartedAt: now, lastSucceededAt: now, coveredFrom: null, coveredTo: null },
  ...{ failures: 0, error: null },
});

const SyncStateRef = builder.objectRef<Sync | null>('SyncState').implement({
  fields: (t) => {
    const instant = (name: (typeof INSTANTS)[number]) =>
      t.field({ type: 'DateTime', nullable: true, resolve: (state) => state?.[name]?.getTime() });
    return {
      provenAsOf: instant('provenAsOf'),
      lastStartedAt: instant('lastStartedAt'),
      lastSucceededAt: instant('lastSucceededAt'),
      consecutiveFailures: t.int({ resolve: (state) => state?.failures ?? 0 }),
      error: t.string({ nullable: true, resolve: (state) => state?.error }),
      coveredFrom: instant('coveredFrom'),
      coveredTo: instant('coveredTo'),
    };
  },
});

export const CalendarRef = builder.objectRef<CalendarNode>('Calendar');
builder.node(CalendarRef, {
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (calendar) => calendar.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.calendar.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      resolve: ({ accountId }, _args, { loaders }) =>
        accountId === null ? null : loaders.account.load(accountId),
    }),
    externalId: t.exposeString('externalId', { description: "The provider's own id." }),
    name: t.exposeString('name'),
    timeZone: t.expose('timeZone', { type: 'TimeZone', nullable: true }),
    primary: t.exposeBoolean('primary'),
    writable: t.exposeBoolean('writable'),
    watchable: t.exposeBoolean('watchable', {
      description: 'False where the provider refuses channels: such a calendar is polled.',
    }),
    selected: t.exposeBoolean('selected'),
    watch: t.field({
      type: WatchChannelRef,
      nullable: true,
      // A channel that is left of a calendar that no longer counts is being closed.
      resolve: async ({ id, accountId, selected }, _args, { loaders }) =>
        selected && accountId !== null ? (await loaders.channel.load(id))?.channel : null,
    }),
    sync: t.field({
      type: SyncStateRef,
      description: 'Of a native calendar: fresh now.',
      resolve: ({ id, accountId }, _args, { loaders, services }) =>
        accountId === null ? nativeSyncState(new Date(services.clock.now())) : loaders.state.load(id),
    }),
  }),
});

interface Refusal {
  message: string;
}
const refusal = <Name extends string>(name: Name) =>
  builder
    .objectRef<Refusal & { refusal: Name }>(name)
    .implement({ fields: (t) => ({ message: t.exposeString('message') }) });
const WatchNotSupportedRef = refusal('WatchNotSupported');
export const ProviderRefusedRef = refusal('ProviderRefused');

const WatchCalendarResult = builder.unionType('WatchCalendarResult', {
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
      description: 'Calendars of connected accounts; native ones are found on their host.',
      authScopes: { scope: 'ADMIN' },
      args: { host: t.arg.id() },
      resolve: async (_root, { host, ...args }, context) => {
        if (host != null && !(await context.loaders.host.load(host))) throw notFound('host', host);
        return paginate('Calendar', args, (page) =>
          listStoredCalendars(context.services.store, requireOrganisation(context), host ?? null, page),
        );
      },
    },
    { name: 'CalendarConnection' },
    { name: 'CalendarEdge' },
  ),
}));

builder.mutationFields((t) => ({
  selectCalendar: t.field({
    type: CalendarRef,
    description: 'Does this calendar count as busy time?',
    authScopes: { scope: 'ADMIN' },
    args: { calendar: t.arg.id({ required: true }), selected: t.arg.boolean({ required: true }) },
    resolve: async (_root, { calendar, selected }, context) => {
      rejectNative(await context.loaders.calendar.load(calendar));
      await context.services.connect.selectCalendar(requireOrganisation(context), calendar, selected);
      return reload(context, calendar);
    },
  }),
  watchCalendar: t.field({
    type: WatchCalendarResult,
    description: 'Open a watch channel with the provider; a second call finds the first.',
    authScopes: { scope: 'ADMIN' },
    args: { calendar: t.arg.id({ required: true }) },
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
    authScopes: { scope: 'ADMIN' },
    args: { calendar: t.arg.id({ required: true }) },
    resolve: async (_root, { calendar }, context) => {
      rejectNative(await reload(context, calendar));
      await context.services.sync.watchCalendar(requireOrganisation(context), calendar, false);
      return reload(context, calendar);
    },
  }),
  syncCalendar: t.field({
    type: CalendarRef,
    description: 'Read what changed now, and answer once it is applied.',
    authScopes: { scope: 'ADMIN' },
    args: { calendar: t.arg.id({ required: true }) },
    resolve: async (_root, { calendar }, context) => {
      const { clock, offers } = context.services;
      const found = await reload(context, calendar);
      rejectNative(found);
      if (!found.selected) throw badInput('calendar', 'is not selected; select it first');
      const now = clock.now();
      const { calendars: refresh, deadline } = offers.refresh;
      await refresh([calendar], { startedAfter: now, deadline: now + deadline });
      return reload(context, calendar);
    },
  }),
}));

builder.subscriptionField('calendarChanged', (t) =>
  t.field({
    type: CalendarRef,
    description: "Admin: each calendar's watch and sync state as it changes.",
    authScopes: { scope: 'ADMIN' },
    args: { host: t.arg.id() },
    subscribe: async (_root, { host }, context) => {
      if (host != null && !(await context.loaders.host.load(host))) throw notFound('host', host);
      return context.services.live.follow(requireOrganisation(context), host ?? null);
    },
    resolve: (id, _args, context) => reload(context, id),
  }),
);
