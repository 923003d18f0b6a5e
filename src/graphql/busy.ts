/** Busy time of hosts, merged, without titles. */

import type { BusyKind } from '../availability/period.ts';
import { KINDS } from '../availability/period.ts';
import { badInput, notFound } from '../errors.ts';
import type { HostBusy } from '../offers/busy.ts';
import { builder, type EnumValues } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { ConsistencyEnum, FreshnessRef, IssueRef } from './freshness.ts';
import { PublicHostRef } from './host.ts';
import { checkWindow } from './limits.ts';

const HOSTS_MOST = 50;

export const BusyKindEnum = builder.enumType('BusyKind', {
  description: 'How busy somebody is: the FBTYPE of RFC 5545.',
  values: {
    BUSY: { description: 'Busy.' },
    BUSY_TENTATIVE: {
      description: "Tentatively busy. The event type's rule tentativeBlocks says whether it blocks.",
    },
    BUSY_UNAVAILABLE: { description: 'Out of office or otherwise unavailable.' },
  } as const satisfies EnumValues<BusyKind>,
});

const BusyPeriodRef = builder
  .objectRef<{ start: number; end: number; kind: BusyKind }>('BusyPeriod')
  .implement({
    description: 'A half-open period [start, end) of busy time.',
    fields: (t) => ({
      start: t.expose('start', { type: 'DateTime', description: 'Start, included.' }),
      end: t.expose('end', { type: 'DateTime', description: 'End, excluded.' }),
      kind: t.expose('kind', {
        type: BusyKindEnum,
        description: 'How busy the host is; where sources overlap, the strongest kind.',
      }),
    }),
  });

const HostBusyRef = builder.objectRef<HostBusy>('HostBusy').implement({
  description: 'Merged busy time of one host, and how far it can be trusted.',
  fields: (t) => ({
    host: t.expose('host', { type: PublicHostRef, description: 'Whose time it is.' }),
    periods: t.field({
      type: [BusyPeriodRef],
      description: "Busy periods in their order; they don't overlap.",
      resolve: ({ busy: { bounds, kinds } }) =>
        Array.from(kinds, (kind, i) => ({
          start: bounds[2 * i] ?? 0,
          end: bounds[2 * i + 1] ?? 0,
          kind: KINDS[kind] ?? 'BUSY',
        })),
    }),
    complete: t.exposeBoolean('complete', {
      description:
        'True when every calendar that counts is known over the whole window and was read within its age bound.',
    }),
    freshness: t.field({
      type: FreshnessRef,
      description: 'How old the answer can be.',
      resolve: ({ freshness, computedAt }) => ({ ...freshness, computedAt }),
    }),
    issues: t.expose('issues', {
      type: [IssueRef],
      description: "What is wrong with the host's calendars; empty when nothing is.",
    }),
  }),
});

builder.queryField('busy', (t) =>
  t.field({
    type: [HostBusyRef],
    description: 'Merged busy time of hosts, without titles. Needs a key with scope READ_BUSY.',
    authScopes: { scope: 'READ_BUSY' },
    args: {
      hosts: t.arg.idList({ description: 'Ids of hosts (`host_…`), at most 50.', required: true }),
      from: t.arg({ type: 'DateTime', description: 'Start of the window, included.', required: true }),
      to: t.arg({
        type: 'DateTime',
        description: 'End of the window, excluded; at most 62 days after from.',
        required: true,
      }),
      consistency: t.arg({
        type: ConsistencyEnum,
        description: 'Whether to ask the providers first.',
        defaultValue: 'CACHED',
      }),
      maxAge: t.arg({
        type: 'Duration',
        description:
          'Before answering, reads every calendar whose last complete read is older than this. Null: no calendar is read.',
      }),
    },
    resolve: async (_root, { hosts, from, to, consistency, maxAge }, context) => {
      checkWindow({ from, to });
      if (hosts.length > HOSTS_MOST) throw badInput('hosts', `takes at most ${HOSTS_MOST}`);
      const ids = [...new Set(hosts)];
      const found = await context.services.offers.busy(requireOrganisation(context), {
        hosts: ids,
        from,
        to,
        consistency: consistency ?? 'CACHED',
        maxAge: maxAge ?? null,
      });
      const missing = ids.find((id) => !found.some(({ host }) => host.id === id));
      if (missing !== undefined) throw notFound('host', missing);
      return found;
    },
  }),
);
