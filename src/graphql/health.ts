/** Health: how the installation is, in figures, each leading to the list behind it. */
import type { BudgetUse } from '../connect/limits/request-budget.ts';
import {
  type DueFigure,
  type DueKind,
  dueFigures,
  type StateFigure,
  stateFigures,
} from '../store/health-figures.ts';
import { countWorkers } from '../store/workers.ts';
import { WORKER_SEEN_WITHIN } from '../sync/worker-presence.ts';
import { ProviderIdEnum } from './account.ts';
import { builder, type EnumValues } from './builder.ts';
import { CalendarStateEnum, stateTime } from './calendar-state.ts';
import { visibleOrganisation } from './visible-organisation.ts';

interface Health {
  /** Null: of the whole installation. */
  organisation: string | null;
  states: StateFigure[];
}

const STATES = ['REVOKED', 'FAILING', 'NEVER_READ', 'STALE', 'UNWATCHED', 'FRESH'] as const;

const StateCountRef = builder
  .objectRef<Pick<StateFigure, 'state' | 'count'>>('CalendarStateCount')
  .implement({
    description: 'How many selected calendars are in a state. Admin.',
    fields: (t) => ({
      state: t.expose('state', { type: CalendarStateEnum, description: 'The state.' }),
      count: t.exposeInt('count', { description: 'How many calendars are in it.' }),
    }),
  });

const DueKindEnum = builder.enumType('DueWorkKind', {
  description: 'What kind of work waits for a process to do it.',
  values: {
    CALENDARS: { description: 'Calendars that are to be read.' },
    WATCH_CHANNELS: { description: 'Watch channels that are to be opened, renewed or closed.' },
    BOOKING_WRITES: { description: "Bookings on their way into hosts' calendars, or out of them." },
    WEBHOOK_MESSAGES: { description: 'Messages to active webhook endpoints.' },
    MAILS: { description: 'Mails to visitors and hosts.' },
  } as const satisfies EnumValues<DueKind>,
});

const DueWorkRef = builder.objectRef<DueFigure & { now: number }>('DueWork').implement({
  description: 'Work of one kind that is due: what is done in time is due for a moment only. Admin.',
  fields: (t) => ({
    kind: t.expose('kind', { type: DueKindEnum, description: 'What kind of work it is.' }),
    count: t.exposeInt('count', { description: 'How much of it is due.' }),
    age: t.field({
      type: 'Duration',
      nullable: true,
      description: 'For how long the oldest of it has been due; null: none is.',
      resolve: ({ oldest, now }) => (oldest === null ? null : Math.max(0, now - oldest)),
    }),
  }),
});

const BudgetRef = builder.objectRef<BudgetUse>('ProviderBudget').implement({
  description:
    "Requests to a provider in its present window, by all processes on the same Redis, and the installation's limit.",
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderIdEnum, description: 'The provider.' }),
    window: t.expose('window', { type: 'Duration', description: 'How long a window is.' }),
    limit: t.exposeInt('limit', { description: 'Requests that a window has.' }),
    used: t.exposeInt('used', { description: 'Requests that were made in it.' }),
    left: t.int({
      description: 'Requests that are left of it; at 0 further ones wait.',
      resolve: ({ limit, used }) => Math.max(0, limit - used),
    }),
  }),
});

const HealthRef = builder.objectRef<Health>('InstallationHealth').implement({
  description: "How the installation is, or a key's organisation. Admin.",
  authScopes: { scope: 'ADMIN' },
  fields: (t) => ({
    calendars: t.field({
      type: [StateCountRef],
      description: 'Selected calendars by state, each state once. The list: `calendars(state)`.',
      resolve: ({ states }) =>
        STATES.map((state) => ({ state, count: states.find((each) => each.state === state)?.count ?? 0 })),
    }),
    oldestProof: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The oldest `provenAsOf` of a selected calendar that was ever read; null: none was.',
      resolve: ({ states }) => {
        const proofs = states.flatMap(({ oldestProof }) => oldestProof ?? []);
        return proofs.length === 0 ? null : Math.min(...proofs);
      },
    }),
    lostNotifications: t.int({
      description:
        'Selected calendars of which a poll found a change within the last day although an open watch channel should have notified of it.',
      resolve: ({ states }) => states.reduce((sum, { lost }) => sum + lost, 0),
    }),
    dueWork: t.field({
      type: [DueWorkRef],
      description: 'Work that is due, each kind once.',
      resolve: async ({ organisation }, _args, { services: { store, clock } }) => {
        const now = clock.now();
        return (await dueFigures(store, organisation, now)).map((figure) => ({ ...figure, now }));
      },
    }),
    workers: t.int({
      description:
        'Processes that take jobs, seen within the last 35 seconds; at 0 nothing of what is due is done.',
      resolve: async (_health, _args, { services }) =>
        (await countWorkers(services.store, WORKER_SEEN_WITHIN)).count,
    }),
    providerBudgets: t.field({
      type: [BudgetRef],
      description:
        'Use of the providers that limit the whole installation. Of the installation: empty for a key, and in another than the default organisation.',
      resolve: ({ organisation }, _args, { services }) =>
        organisation === null ? services.connect.budgetUse() : [],
    }),
  }),
});

builder.queryField('health', (t) =>
  t.field({
    type: HealthRef,
    description:
      "How things are: calendars by state, oldest proof, due work, lost notifications, what is left of providers' budgets. A key sees its own organisation's; the admin token those of all, or of the organisation that X-Slotwire-Organisation names. Admin.",
    authScopes: { scope: 'ADMIN' },
    resolve: async (_root, _args, context) => {
      const organisation = await visibleOrganisation(context);
      const states = await stateFigures(context.services.store, organisation, stateTime(context));
      return { organisation, states };
    },
  }),
);
