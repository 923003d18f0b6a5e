/** Blocks: busy time that was entered into a host's native calendar. Rows of native time, with history. */
import type { BusyKind } from '../../availability/period.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import type { NativeTime as NativeTimeRow } from '../generated/client.ts';

export interface Block {
  id: string;
  organisationId: string;
  hostId: string;
  start: Instant;
  end: Instant;
  kind: BusyKind;
  title: string | null;
}

const blockOf = (row: NativeTimeRow): Block => ({
  id: row.ownerId,
  organisationId: row.organisationId,
  hostId: row.hostId,
  start: row.startsAt.getTime(),
  end: row.endsAt.getTime(),
  kind: row.busyKind,
  title: row.title,
});

/** Inserts a block, or replaces its current version. The host must be locked. */
export const writeBlock = (tx: Tx, block: Block, now: Instant): Promise<void> =>
  writeBlocks(tx, [block], now);

/** Inserts blocks, or replaces their current versions. Their hosts must be locked. */
export async function writeBlocks(tx: Tx, blocks: readonly Block[], now: Instant): Promise<void> {
  await tx.nativeTime.createMany({
    data: blocks.map(({ id, start, end, kind, ...block }) => ({
      ...block,
      kind: 'block',
      ownerId: id,
      startsAt: new Date(start),
      endsAt: new Date(end),
      busyKind: kind,
      validFrom: new Date(now),
    })),
  });
}

/** Ends the native time of these blocks. @returns their hosts */
export async function endBlocks(tx: Tx, ids: readonly string[], now: Instant): Promise<string[]> {
  const rows = await tx.$queryRaw<{ host: string }[]>`
    update native_time set valid_to = greatest(valid_from, ${new Date(now)})
    where owner_id = any(${[...ids]}) and kind = 'block' and valid_to is null returning host_id as host`;
  return [...new Set(rows.map(({ host }) => host))];
}

export async function blocksByIds(tx: Tx, organisation: string, ids: readonly string[]): Promise<Block[]> {
  const rows = await tx.nativeTime.findMany({
    where: { organisationId: organisation, ownerId: { in: [...ids] }, kind: 'block', validTo: null },
  });
  return rows.map(blockOf);
}

/** A host's blocks that overlap [from, to), the earliest first. */
export async function blocksOf(tx: Tx, host: string, from: Instant, to: Instant): Promise<Block[]> {
  const rows = await tx.nativeTime.findMany({
    where: {
      hostId: host,
      kind: 'block',
      validTo: null,
      startsAt: { lt: new Date(to) },
      endsAt: { gt: new Date(from) },
    },
    orderBy: [{ startsAt: 'asc' }, { ownerId: 'asc' }],
  });
  return rows.map(blockOf);
}
