/** A task of the sweep: the window moves, so active invitations are expanded again, and long ended ones are deleted. */

import type { Log } from '../../log.ts';
import {
  deleteInvitation,
  dueInvitations,
  findInvitation,
  postponeInvitation,
} from '../../store/bookings/invitations.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import type { Store } from '../../store/client.ts';
import type { Publisher } from '../../sync/publisher.ts';
import { HOUR, type Instant } from '../../time/clock.ts';
import { applyInvitation, type InvitationWindow } from './blocks.ts';

const BATCH_SIZE = 50;

export interface InvitationRefreshDeps {
  store: Store;
  publisher: Pick<Publisher, 'change'>;
  window: InvitationWindow;
  log: Log;
}

export function createInvitationRefresh({ store, publisher, window, log }: InvitationRefreshDeps) {
  const refreshInvitation = (hostId: string, uid: string) =>
    publisher.change(async (tx, now) => {
      await lockHosts(tx, [hostId]);
      const invitation = await findInvitation(tx, hostId, uid);
      // Another process or a mail was faster.
      if (!invitation || invitation.dueAt > now) return { result: undefined, keys: [] };
      const host = await tx.host.findUnique({ where: { id: hostId } });
      if (host)
        return { result: undefined, keys: (await applyInvitation(tx, invitation, host, window, now)).keys };
      await deleteInvitation(tx, hostId, uid);
      return { result: undefined, keys: [] };
    });

  return async function refreshInvitations(now: Instant): Promise<void> {
    for (const { hostId, uid } of await dueInvitations(store, now, BATCH_SIZE)) {
      await refreshInvitation(hostId, uid).catch(async (error: unknown) => {
        log.error({ err: error, host: hostId }, 'invitation not refreshed');
        // The failed invitation must not delay the others.
        await postponeInvitation(store, hostId, uid, now + HOUR);
      });
    }
  };
}
