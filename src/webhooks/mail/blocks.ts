/** An invitation's instances as blocks of the host's native calendar, over the window that is kept around now. */
import { cacheKey } from '../../cache/port.ts';
import { type CalendarRead, readCalendar } from '../../ical/read/calendar.ts';
import { newId } from '../../ids.ts';
import { endBlocks, writeBlocks } from '../../store/bookings/blocks.ts';
import {
  forgetInvitation,
  type InstanceBlock,
  type InstanceBlocks,
  type Invitation,
  saveInvitation,
} from '../../store/bookings/invitations.ts';
import type { Tx } from '../../store/client.ts';
import type { Host } from '../../store/rules/hosts.ts';
import { DAY, type Instant } from '../../time/clock.ts';

/** What is live is looked at this often: the window has slid, or the host's zone is another. */
const LOOK_EVERY = DAY;
/** Blocks reach beyond the window, so that it is whole until the next look. */
const BEYOND = 2 * DAY;
/** How long the memory of what is over keeps an older message from reviving it. */
const REMEMBERED = 366 * DAY;
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
const FAR = { ...LIMITS, seriesInstances: 1, instances: 10 };
const AGES = 36_525 * DAY;

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
export async function settle(
  tx: Tx,
  invitation: Omit<Invitation, 'dueAt'>,
  host: Pick<Host, 'id' | 'timeZone'>,
  { past, ahead }: InvitationWindow,
  now: Instant,
): Promise<{ keys: string[]; partial: boolean }> {
  const from = now - past;
  const to = now + ahead + BEYOND;
  const { calendar, organisationId, hostId, uid } = invitation;
  const read = readInvitation(calendar, host.timeZone, from, to);
  const wanted = wantedBlocks(read, invitation.blocks);
  const before = Object.entries(invitation.blocks);
  // A block that was taken out or changed by hand stays so until the organizer says something new of it.
  const kept = (key: string, block: InstanceBlock | undefined) => block && isSame(block, wanted[key]);
  // What the window has left behind is history, and stays as it was.
  const over = before.filter(([key, block]) => !kept(key, block) && (wanted[key] || block.end > from));
  const begun = Object.entries(wanted).filter(([key]) => !kept(key, invitation.blocks[key]));
  const ids = over.map(([, { id }]) => id);
  const touched = ids.length > 0 ? await endBlocks(tx, ids, now) : [];
  const blocks = begun.map(([, block]) => ({ organisationId, hostId, ...block }));
  if (blocks.length > 0) await writeBlocks(tx, blocks, now);
  if (blocks.length > 0) touched.push(hostId);

  const live = Object.values(wanted).some((block) => block.end > now);
  const goesOn = live || hasMore(readInvitation(calendar, host.timeZone, to, to + AGES, FAR));
  const forgetAt = invitation.updatedAt + REMEMBERED;
  if (!goesOn && forgetAt <= now) await forgetInvitation(tx, hostId, uid);
  else {
    const dueAt = goesOn ? now + LOOK_EVERY : forgetAt;
    await saveInvitation(tx, { ...invitation, blocks: wanted, dueAt });
  }
  return { keys: [...new Set(touched)].map(cacheKey.native), partial: read.partial };
}

const hasMore = ({ events, partial }: CalendarRead) => events.length > 0 || partial;

function wantedBlocks({ events }: CalendarRead, before: InstanceBlocks): InstanceBlocks {
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
