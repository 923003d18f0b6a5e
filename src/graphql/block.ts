/** Block: busy time that was put into a host's native calendar by hand. */
import { type Block, blocksOf } from '../store/bookings/blocks.ts';
import { builder } from './builder.ts';
import { BusyKindEnum } from './busy.ts';
import { requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';
import { checkWindow } from './window.ts';

export const BlockRef = builder.objectRef<Block>('Block');
builder.node(BlockRef, {
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (block) => block.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.block.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    start: t.expose('start', { type: 'DateTime' }),
    end: t.expose('end', { type: 'DateTime' }),
    kind: t.expose('kind', { type: BusyKindEnum }),
    title: t.exposeString('title', { nullable: true }),
  }),
});

builder.objectField(HostRef, 'blocks', (t) =>
  t.field({
    type: [BlockRef],
    description:
      'Blocks of the native calendar that overlap [from, to), at most 62 days, the earliest first.',
    args: {
      from: t.arg({ type: 'DateTime', required: true }),
      to: t.arg({ type: 'DateTime', required: true }),
    },
    resolve: ({ id }, window, { services }) => {
      checkWindow(window);
      return blocksOf(services.store, id, window.from, window.to);
    },
  }),
);

const BlockInput = builder.inputType('BlockInput', {
  fields: (t) => ({
    host: t.id({ required: true }),
    start: t.field({ type: 'DateTime', required: true }),
    end: t.field({ type: 'DateTime', required: true }),
    kind: t.field({ type: BusyKindEnum, defaultValue: 'BUSY' }),
    title: t.string(),
  }),
});

const blockFields = ({ host, start, end, kind, title }: typeof BlockInput.$inferInput) => ({
  host,
  start,
  end,
  kind: kind ?? ('BUSY' as const),
  title: title ?? null,
});

builder.mutationFields((t) => ({
  createBlock: t.field({
    type: BlockRef,
    description: "Busy time in the host's native calendar.",
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: BlockInput, required: true }) },
    resolve: (_root, { input }, context) =>
      context.services.booking.blocks.create(requireOrganisation(context), blockFields(input)),
  }),
  updateBlock: t.field({
    type: BlockRef,
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }), input: t.arg({ type: BlockInput, required: true }) },
    resolve: (_root, { id, input }, context) =>
      context.services.booking.blocks.update(requireOrganisation(context), id, blockFields(input)),
  }),
  deleteBlock: t.boolean({
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.booking.blocks.remove(requireOrganisation(context), id);
      return true;
    },
  }),
}));
