/** A duty of the sweep: the window slides, so invitations are read anew, and those long over are forgotten. */

import type { Log } from '../../log.ts';
import {
  dueInvitations,
  forgetInvitation,
  invitationOf,
  postponeInvitation,
} from '../../store/bookings/invitations.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import type { Store } from '../../store/client.ts';
import type { Publisher } from '../../sync/publisher.ts';
import { HOUR, type Instant } from '../../time/clock.ts';
import { type InvitationWindow, settle } from './blocks.ts';

const AT_ONCE = 50;

export interface SlideDeps {
  store: Store;
  publisher: Pick<Publisher, 'change'>;
  window: InvitationWindow;
  log: Log;
}

export function createSlideInvitations({ store, publisher, window, log }: SlideDeps) {
  const slide = (hostId: string, uid: string) =>
    publisher.change(async (tx, now) => {
      await lockHosts(tx, [hostId]);
      const invitation = await invitationOf(tx, hostId, uid);
      // Another process, or a mail, was first.
      if (!invitation || invitation.dueAt > now) return { result: undefined, keys: [] };
      const host = await tx.host.findUnique({ where: { id: hostId } });
      if (host) return { result: undefined, keys: (await settle(tx, invitation, host, window, now)).keys };
      await forgetInvitation(tx, hostId, uid);
      return { result: undefined, keys: [] };
    });

  return async function slideInvitations(now: Instant): Promise<void> {
    for (const { hostId, uid } of await dueInvitations(store, now, AT_ONCE)) {
      await slide(hostId, uid).catch(async (error: unknown) => {
        log.error({ err: error, host: hostId }, 'invitation not read anew');
        // It must not stand in the way of the others.
        await postponeInvitation(store, hostId, uid, now + HOUR);
      });
    }
  };
}
