/** Busy time of hosts, merged, without titles. */

import type { BusyKind } from '../availability/period.ts';
import { KINDS } from '../availability/period.ts';
import { badInput, notFound } from '../errors.ts';
import type { HostBusy } from '../offers/busy.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { ConsistencyEnum, FreshnessRef, IssueRef } from './freshness.ts';
import { PublicHostRef } from './host.ts';
import { checkWindow } from './window.ts';

const HOSTS_MOST = 50;

export const BusyKindEnum = builder.enumType('BusyKind', { description: 'RFC 5545 FBTYPE.', values: KINDS });

const BusyPeriodRef = builder
  .objectRef<{ start: number; end: number; kind: BusyKind }>('BusyPeriod')
  .implement({
    fields: (t) => ({
      start: t.expose('start', { type: 'DateTime' }),
      end: t.expose('end', { type: 'DateTime' }),
      kind: t.expose('kind', { type: BusyKindEnum }),
    }),
  });

const HostBusyRef = builder.objectRef<HostBusy>('HostBusy').implement({
  fields: (t) => ({
    host: t.expose('host', { type: PublicHostRef }),
    periods: t.field({
      type: [BusyPeriodRef],
      resolve: ({ busy: { bounds, kinds } }) =>
        Array.from(kinds, (kind, i) => ({
          start: bounds[2 * i] ?? 0,
          end: bounds[2 * i + 1] ?? 0,
          kind: KINDS[kind] ?? 'BUSY',
        })),
    }),
    complete: t.exposeBoolean('complete'),
    freshness: t.field({
      type: FreshnessRef,
      resolve: ({ freshness, computedAt }) => ({ ...freshness, computedAt }),
    }),
    issues: t.expose('issues', { type: [IssueRef] }),
  }),
});

builder.queryField('busy', (t) =>
  t.field({
    type: [HostBusyRef],
    description:
      'Merged busy time of hosts, without titles; at most 62 days, 50 hosts. Needs a key with scope READ_BUSY.',
    authScopes: { scope: 'READ_BUSY' },
    args: {
      hosts: t.arg.idList({ required: true }),
      from: t.arg({ type: 'DateTime', required: true }),
      to: t.arg({ type: 'DateTime', required: true }),
      consistency: t.arg({ type: ConsistencyEnum, defaultValue: 'CACHED' }),
      maxAge: t.arg({ type: 'Duration' }),
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
