/** Block: busy time that was put into a host's native calendar by hand. */
import { type Block, blocksOf } from '../store/bookings/blocks.ts';
import { builder } from './builder.ts';
import { BusyKindEnum } from './busy.ts';
import { requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';
import { checkWindow } from './limits.ts';

export const BlockRef = builder.objectRef<Block>('Block');
builder.node(BlockRef, {
  description: "Busy time that was put into a host's native calendar by hand. Admin.",
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `blk_`.', resolve: (block) => block.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.block.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      description: 'The host whose time is blocked.',
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    start: t.expose('start', { type: 'DateTime', description: 'Start, included.' }),
    end: t.expose('end', { type: 'DateTime', description: 'End, excluded.' }),
    kind: t.expose('kind', { type: BusyKindEnum, description: 'How busy the host is.' }),
    title: t.exposeString('title', {
      nullable: true,
      description: 'What it is for, for operators; null: untitled. The public never sees it.',
    }),
  }),
});

builder.objectField(HostRef, 'blocks', (t) =>
  t.field({
    type: [BlockRef],
    description: 'Blocks of the native calendar that overlap the window, in the order of their start.',
    args: {
      from: t.arg({ type: 'DateTime', description: 'Start of the window, included.', required: true }),
      to: t.arg({
        type: 'DateTime',
        description: 'End of the window, excluded; at most 62 days after from.',
        required: true,
      }),
    },
    resolve: ({ id }, window, { services }) => {
      checkWindow(window);
      return blocksOf(services.store, id, window.from, window.to);
    },
  }),
);

const BlockInput = builder.inputType('BlockInput', {
  description: 'A block to create, or all that it becomes.',
  fields: (t) => ({
    host: t.id({ description: 'Id of the host (`host_…`).', required: true }),
    start: t.field({ type: 'DateTime', description: 'Start, included.', required: true }),
    end: t.field({ type: 'DateTime', description: 'End, excluded.', required: true }),
    kind: t.field({ type: BusyKindEnum, description: 'How busy the host is.', defaultValue: 'BUSY' }),
    title: t.string({ description: 'What it is for, for operators; null: untitled.' }),
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
    description: "Adds busy time to a host's native calendar. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: BlockInput, description: 'The block.', required: true }) },
    resolve: (_root, { input }, context) =>
      context.services.booking.blocks.create(requireOrganisation(context), blockFields(input)),
  }),
  updateBlock: t.field({
    type: BlockRef,
    description: 'Replaces a block. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the block (`blk_…`).', required: true }),
      input: t.arg({ type: BlockInput, description: 'All that the block becomes.', required: true }),
    },
    resolve: (_root, { id, input }, context) =>
      context.services.booking.blocks.update(requireOrganisation(context), id, blockFields(input)),
  }),
  deleteBlock: t.boolean({
    description: 'Deletes a block; true when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the block (`blk_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.booking.blocks.remove(requireOrganisation(context), id);
      return true;
    },
  }),
}));
