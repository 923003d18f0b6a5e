/** An invitation's instances as blocks of the host's native calendar, over the window that is kept around now. */
import { cacheKey } from '../../cache/keys.ts';
import { type CalendarRead, readCalendar } from '../../ical/read/calendar.ts';
import { newId } from '../../ids.ts';
import { endBlocks, writeBlocks } from '../../store/bookings/blocks.ts';
import {
  deleteInvitation,
  type InstanceBlock,
  type InstanceBlocks,
  type StoredInvitation,
  saveInvitation,
} from '../../store/bookings/invitations.ts';
import type { Tx } from '../../store/client.ts';
import type { Host } from '../../store/rules/hosts.ts';
import { DAY, type Instant } from '../../time/clock.ts';

/** What is live is looked at this often: the window has slid, or the host's zone is another. */
const REFRESH_INTERVAL = DAY;
/** Blocks reach beyond the window, so that it is whole until the next look. */
const LOOKAHEAD = 2 * DAY;
/** How long the memory of what is over keeps an older message from reviving it. */
const RETENTION = 366 * DAY;
const TITLE_MAX = 200;
/** Of one invitation. What is beyond counts as busy. */
const LIMITS = {
  characters: 1024 * 1024,
  components: 2_000,
  seriesInstances: 1_000,
  instances: 2_000,
  steps: 200_000,
};
/** To know whether anything comes after the window. */
const FUTURE_LIMITS = { ...LIMITS, seriesInstances: 1, instances: 10 };
const HUNDRED_YEARS = 36_525 * DAY;

export interface InvitationWindow {
  /** Milliseconds around now: SYNC_PAST, SYNC_AHEAD. */
  past: number;
  ahead: number;
}

/** @throws UnreadableCalendar */
export function readInvitation(
  text: string,
  zone: string,
  from: Instant,
  to: Instant,
  limits = LIMITS,
): CalendarRead {
  const read = readCalendar(text, { zone, owner: [], window: { from, to }, limits });
  return { ...read, events: read.events.filter(({ kind, start, end }) => kind !== 'FREE' && start < end) };
}

/**
 * Brings the blocks to what the invitation says, and saves it. The host must be locked.
 * @returns cache keys to touch, and whether some of it can only be guessed
 */
export async function applyInvitation(
  tx: Tx,
  invitation: Omit<StoredInvitation, 'dueAt'>,
  host: Pick<Host, 'id' | 'timeZone'>,
  { past, ahead }: InvitationWindow,
  now: Instant,
): Promise<{ keys: string[]; partial: boolean }> {
  const from = now - past;
  const to = now + ahead + LOOKAHEAD;
  const { calendar, organisationId, hostId, uid } = invitation;
  const read = readInvitation(calendar, host.timeZone, from, to);
  const desired = desiredBlocks(read, invitation.blocks);
  const before = Object.entries(invitation.blocks);
  // A block that was taken out or changed by hand stays so until the organizer says something new of it.
  const isUnchanged = (key: string, block: InstanceBlock | undefined) => block && isSame(block, desired[key]);
  // What the window has left behind is history, and stays as it was.
  const ended = before.filter(
    ([key, block]) => !isUnchanged(key, block) && (desired[key] || block.end > from),
  );
  const started = Object.entries(desired).filter(([key]) => !isUnchanged(key, invitation.blocks[key]));
  const ids = ended.map(([, { id }]) => id);
  const changedHosts = ids.length > 0 ? await endBlocks(tx, ids, now) : [];
  const blocks = started.map(([, block]) => ({ organisationId, hostId, ...block }));
  if (blocks.length > 0) await writeBlocks(tx, blocks, now);
  if (blocks.length > 0) changedHosts.push(hostId);

  const live = Object.values(desired).some((block) => block.end > now);
  const isActive =
    live || hasMore(readInvitation(calendar, host.timeZone, to, to + HUNDRED_YEARS, FUTURE_LIMITS));
  const forgetAt = invitation.updatedAt + RETENTION;
  if (!isActive && forgetAt <= now) await deleteInvitation(tx, hostId, uid);
  else {
    const dueAt = isActive ? now + REFRESH_INTERVAL : forgetAt;
    await saveInvitation(tx, { ...invitation, blocks: desired, dueAt });
  }
  return { keys: [...new Set(changedHosts)].map(cacheKey.native), partial: read.partial };
}

const hasMore = ({ events, partial }: CalendarRead) => events.length > 0 || partial;

function desiredBlocks({ events }: CalendarRead, before: InstanceBlocks): InstanceBlocks {
  return Object.fromEntries(
    events.map(({ uid, recurrenceId, start, end, kind, title }): [string, InstanceBlock] => {
      const key = uid === 'too-many' ? uid : String(recurrenceId ?? 'single');
      const id = before[key]?.id ?? newId('Block');
      const short = title?.slice(0, TITLE_MAX).toWellFormed() ?? null;
      // Only what takes time was kept.
      return [key, { id, start, end, kind: kind === 'FREE' ? 'BUSY' : kind, title: short }];
    }),
  );
}

const isSame = (a: InstanceBlock, b: InstanceBlock | undefined) =>
  a.start === b?.start && a.end === b.end && a.kind === b.kind && a.title === b.title;
