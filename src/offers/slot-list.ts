/** Slots as columns: a slot becomes an object only when it is read, and slots with the same hosts share one list of them. */
import { createHash } from 'node:crypto';
import type { EventTypeOffer } from '../availability/rules.ts';
import type { TeamStarts } from '../availability/teams.ts';
import type { Instant } from '../time/clock.ts';
import type { HostSources } from './sources.ts';

export interface PublicHost {
  id: string;
  name: string;
  slug: string;
}

export interface SlotList {
  /** Ascending. */
  starts: Float64Array;
  length: number;
  /** Per start: how many more bookings it takes. */
  seats: Uint32Array;
  /** Per start: who could take it, an index into `teams`. */
  teamOf: Uint32Array;
  /** Each different, in the order in which they first appear. */
  teams: readonly (readonly PublicHost[])[];
}

export function toSlotList(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  offered: TeamStarts,
): SlotList {
  const { starts, seats, members, words } = offered;
  const byId = new Map(hosts.map(({ host: { id, name, slug } }) => [id, { id, name, slug }]));
  const known = type.hosts.map((id) => byId.get(id));
  const teams: PublicHost[][] = [];
  const teamOf = new Uint32Array(starts.length);
  if (members === null) {
    if (starts.length > 0) teams.push(known.flatMap((host) => host ?? []));
  } else {
    const seen = new Map<string, number>();
    for (let i = 0; i < starts.length; i++) {
      const key = members.subarray(i * words, (i + 1) * words).join();
      let team = seen.get(key);
      if (team === undefined) {
        team = teams.length;
        seen.set(key, team);
        const isIn = (at: number) => (((members[i * words + (at >> 5)] ?? 0) >>> (at & 31)) & 1) === 1;
        teams.push(known.flatMap((host, at) => (host && isIn(at) ? [host] : [])));
      }
      teamOf[i] = team;
    }
  }
  return { starts, length: type.rules.length, seats, teamOf, teams };
}

/** The slots at the given indices, which ascend. */
export const pickSlots = (slots: SlotList, indices: readonly number[]): SlotList => ({
  ...slots,
  starts: Float64Array.from(indices, (i) => slots.starts[i] ?? 0),
  seats: Uint32Array.from(indices, (i) => slots.seats[i] ?? 0),
  teamOf: Uint32Array.from(indices, (i) => slots.teamOf[i] ?? 0),
});

/** Equal on every gateway: of the event type, the window, and the slots with their hosts and seats. */
export function slotsEtag(
  { eventType, from, to }: { eventType: string; from: Instant; to: Instant },
  { starts, length, seats, teamOf, teams }: SlotList,
): string {
  const hash = createHash('sha256').update(JSON.stringify([eventType, from, to, length, teams]));
  for (const { buffer, byteOffset, byteLength } of [starts, seats, teamOf]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('base64url').slice(0, 22);
}
