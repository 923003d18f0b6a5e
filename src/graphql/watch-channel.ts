/** Watch channel: a subscription at the provider, as operators see it. */
import { type WatchState, watchStateOf } from '../calendars/watch-state.ts';
import type { WatchChannel } from '../store/calendars/health.ts';
import { builder, type EnumValues } from './builder.ts';

const WatchStateEnum = builder.enumType('WatchState', {
  description: 'How a watch channel is doing.',
  values: {
    ACTIVE: { description: 'Changes are notified.' },
    EXPIRING: {
      description: 'Changes are notified, but the channel ends soon and should have been renewed.',
    },
    FAILED: { description: 'It has ended or could not be opened; the calendar is polled.' },
  } as const satisfies EnumValues<WatchState>,
});

export const WatchChannelRef = builder.objectRef<WatchChannel>('WatchChannel').implement({
  description: 'A subscription at the provider, which notifies of changes. Slotwire renews it by itself.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Starts with `chan_`.' }),
    state: t.field({
      type: WatchStateEnum,
      description: 'Whether changes are notified.',
      resolve: (channel, _args, { services }) => watchStateOf(channel, services.clock.now()),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the provider ends it unless it is renewed; null: never.',
      resolve: ({ expiresAt }) => expiresAt?.getTime(),
    }),
    lastNotificationAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its last change notification came; null: none yet.',
      resolve: ({ lastNotificationAt }) => lastNotificationAt?.getTime(),
    }),
  }),
});
