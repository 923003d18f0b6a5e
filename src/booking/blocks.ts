/** Blocks in hosts' native calendars: a block is busy for every event type at once, and viewers see it at once. */
import type { BusyKind } from '../availability/period.ts';
import { cacheKey } from '../cache/keys.ts';
import { badInput, notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import { recordChange } from '../store/audit/audited.ts';
import { type Block, blocksByIds, writeBlock } from '../store/bookings/blocks.ts';
import { endNativeTime, lockHosts } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { Publisher } from '../sync/publisher.ts';
import { DAY, type Instant } from '../time/clock.ts';

const LENGTH_MAX = 366 * DAY;
const TITLE_MAX = 200;

export interface BlockInput {
  host: string;
  start: Instant;
  end: Instant;
  kind: BusyKind;
  title: string | null;
}

/** Every function throws SlotwireError: BAD_USER_INPUT, NOT_FOUND. */
export type Blocks = ReturnType<typeof createBlocks>;

export function createBlocks({ publisher }: { publisher: Pick<Publisher, 'change'> }) {
  async function requireHost(tx: Tx, organisation: string, host: string) {
    const [found] = await hostsByIds(tx, organisation, [host]);
    if (!found) throw notFound('host', host);
  }

  /** Reads a block with its host locked; `alsoLock`: ids of other hosts to lock. @throws SlotwireError NOT_FOUND */
  async function lockBlock(
    tx: Tx,
    organisation: string,
    id: string,
    alsoLock: string[] = [],
  ): Promise<Block> {
    const [seen] = await blocksByIds(tx, organisation, [id]);
    if (!seen) throw notFound('block', id);
    await lockHosts(tx, [seen.hostId, ...alsoLock]);
    const [block] = await blocksByIds(tx, organisation, [id]);
    if (!block) throw notFound('block', id);
    return block;
  }

  return {
    create: (organisationId: string, input: BlockInput): Promise<Block> =>
      publisher.change(async (tx, now) => {
        const { host: hostId, ...fields } = checkBlock(input);
        await lockHosts(tx, [hostId]);
        await requireHost(tx, organisationId, hostId);
        const block = { id: newId('Block'), organisationId, hostId, ...fields };
        await writeBlock(tx, block, now);
        return { result: block, keys: [cacheKey.native(hostId)] };
      }),

    /** Replaces a block's fields; the block may go to another host. */
    update: (organisation: string, id: string, input: BlockInput): Promise<Block> =>
      publisher.change(async (tx, now) => {
        const { host: hostId, ...fields } = checkBlock(input);
        const before = await lockBlock(tx, organisation, id, [hostId]);
        await requireHost(tx, organisation, hostId);
        await endNativeTime(tx, id, now);
        // The title, which the log doesn't have, may be all that changes.
        recordChange(tx);
        const block = { id, organisationId: organisation, hostId, ...fields };
        await writeBlock(tx, block, now);
        return { result: block, keys: [before.hostId, hostId].map(cacheKey.native) };
      }),

    remove: (organisation: string, id: string): Promise<void> =>
      publisher.change(async (tx, now) => {
        const block = await lockBlock(tx, organisation, id);
        await endNativeTime(tx, id, now);
        return { result: undefined, keys: [cacheKey.native(block.hostId)] };
      }),
  };
}

function checkBlock(input: BlockInput): BlockInput {
  const { start, end, title } = input;
  if (end <= start) throw badInput('input.end', 'must be after start');
  if (end - start > LENGTH_MAX)
    throw badInput('input.end', `must be at most ${LENGTH_MAX / DAY} days after start`);
  if (title !== null && title.length > TITLE_MAX) {
    throw badInput('input.title', `takes at most ${TITLE_MAX} characters`);
  }
  return input;
}
