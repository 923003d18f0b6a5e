/**
 * Invitations are expanded again: in the sweep, for the window moves and zone data is renewed, and when their host moves to
 * another zone. Long ended ones are deleted.
 */

import type { Log } from '../../log.ts';
import {
  deleteInvitation,
  dueInvitations,
  findInvitation,
  postponeInvitation,
  refreshOtherZoneData,
  takeInvitations,
} from '../../store/bookings/invitations.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import type { Store, Tx } from '../../store/client.ts';
import type { Host } from '../../store/rules/hosts.ts';
import type { Publisher } from '../../sync/publisher.ts';
import { HOUR, type Instant } from '../../time/clock.ts';
import { zoneDataInfo } from '../../time/installed-zones.ts';
import { applyInvitation, type InvitationWindow } from './blocks.ts';

const BATCH_SIZE = 50;
/** As many invitations fit into the transaction that moves a host. A host with more is rare, and the sweep has the rest. */
const MOVED_AT_ONCE = 500;

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

  let zonesCompared = false;

  /** What was read with other zone data than this process has may lie elsewhere; data changes only between two starts. */
  async function compareZones(now: Instant) {
    if (zonesCompared) return;
    await refreshOtherZoneData(store, zoneDataInfo().version, now);
    zonesCompared = true;
  }

  async function refreshDue(now: Instant): Promise<void> {
    await compareZones(now);
    for (const { hostId, uid } of await dueInvitations(store, now, BATCH_SIZE)) {
      await refreshInvitation(hostId, uid).catch(async (error: unknown) => {
        log.error({ err: error, host: hostId }, 'invitation not refreshed');
        // The failed invitation must not delay the others.
        await postponeInvitation(store, hostId, uid, now + HOUR);
      });
    }
  }

  return {
    refreshDue,

    /**
     * Expands the host's invitations in the zone that the host has now. The host must be locked.
     * @returns stale cache keys
     */
    async moveWithHost(tx: Tx, host: Host, now: Instant): Promise<string[]> {
      const keys = new Set<string>();
      for (const uid of await takeInvitations(tx, host.id, MOVED_AT_ONCE, now)) {
        const invitation = await findInvitation(tx, host.id, uid);
        if (!invitation) continue;
        for (const key of (await applyInvitation(tx, invitation, host, window, now)).keys) keys.add(key);
      }
      return [...keys];
    },
  };
}
