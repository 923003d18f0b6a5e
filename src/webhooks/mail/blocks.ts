/** Turns an invitation's instances into blocks of the host's native calendar, within a window around now. */
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
import { zoneDataInfo } from '../../time/installed-zones.ts';

/** Active invitations are expanded again this often, since the window moves. */
const REFRESH_INTERVAL = DAY;
/** Blocks reach beyond the window, so that it stays covered until the next expansion. */
const LOOKAHEAD = 2 * DAY;
/** How long an ended invitation is stored, so that an older message doesn't revive it. */
const RETENTION = 366 * DAY;
const TITLE_MAX = 200;
/** Limits of one invitation; time beyond them counts as busy. */
const LIMITS = {
  characters: 1024 * 1024,
  components: 2_000,
  seriesInstances: 1_000,
  instances: 2_000,
  steps: 200_000,
};
/** Limits for testing whether anything follows after the window. */
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
 * Replaces the invitation's blocks by its current instances, and saves it. The host must be locked.
 * @returns stale cache keys, and whether some of the invitation could not be read
 */
export async function applyInvitation(
  tx: Tx,
  invitation: Omit<StoredInvitation, 'dueAt' | 'zoneData'>,
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
  // A block that was removed or edited by hand stays so until the organizer changes its instance.
  const isUnchanged = (key: string, block: InstanceBlock | undefined) => block && isSame(block, desired[key]);
  // Blocks before the window are history and stay as they are.
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
    await saveInvitation(tx, { ...invitation, blocks: desired, dueAt, zoneData: zoneDataInfo().version });
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
      // FREE instances were filtered out before.
      return [key, { id, start, end, kind: kind === 'FREE' ? 'BUSY' : kind, title: short }];
    }),
  );
}

const isSame = (a: InstanceBlock, b: InstanceBlock | undefined) =>
  a.start === b?.start && a.end === b.end && a.kind === b.kind && a.title === b.title;
