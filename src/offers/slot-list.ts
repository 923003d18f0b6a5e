/**
 * Slots as columns: a slot becomes an object only when it is read, and slots with the same hosts share one list of them. How two
 * lists differ, and a list as bytes.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
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

/** A slot is its times, hosts and seats: one that differs in any of them was removed and added. */
export function diffSlots(from: SlotList, to: SlotList): { added: SlotList; removed: SlotList } {
  const removed: number[] = [];
  const added: number[] = [];
  const sameTeam = matchTeams(from, to);
  const sameLength = from.length === to.length;
  let [i, j] = [0, 0];
  while (i < from.starts.length || j < to.starts.length) {
    const before = from.starts[i] ?? Number.POSITIVE_INFINITY;
    const after = to.starts[j] ?? Number.POSITIVE_INFINITY;
    const same =
      before === after &&
      sameLength &&
      from.seats[i] === to.seats[j] &&
      sameTeam[from.teamOf[i] ?? -1] === to.teamOf[j];
    if (before <= after) {
      if (!same) removed.push(i);
      i++;
    }
    if (after <= before) {
      if (!same) added.push(j);
      j++;
    }
  }
  return { added: pickSlots(to, added), removed: pickSlots(from, removed) };
}

/** Index in the other list of each team of one list; undefined where the other list lacks the team. */
function matchTeams(from: SlotList, to: SlotList): (number | undefined)[] {
  const indices = new Map(to.teams.map((team, i) => [JSON.stringify(team), i]));
  return from.teams.map((team) => indices.get(JSON.stringify(team)));
}

/** The first byte of each value. It changes with the form of the value, and of PublicHost. */
const SLOT_SET_FORMAT = 1;

/** Bytes for clients that resume at another gateway: a header with the teams, then the columns, deflated. */
export function encodeSlotSet({ starts, length, seats, teamOf, teams }: SlotList): Buffer {
  const head = Buffer.from(JSON.stringify({ length, count: starts.length, teams }));
  const size = Buffer.alloc(5);
  size[0] = SLOT_SET_FORMAT;
  size.writeUInt32LE(head.length, 1);
  const columns = [starts, seats, teamOf].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return deflateRawSync(Buffer.concat([size, head, ...columns]), { level: 1 });
}

/** @returns null for bytes of another version of the code, and for foreign ones. */
export function decodeSlotSet(bytes: Buffer): SlotList | null {
  try {
    const raw = inflateRawSync(bytes, { maxOutputLength: 16 * 1024 * 1024 });
    if (raw[0] !== SLOT_SET_FORMAT) return null;
    const columns = 5 + raw.readUInt32LE(1);
    const { length, count, teams } = JSON.parse(raw.subarray(5, columns).toString());
    if (raw.length !== columns + 16 * count) return null;
    // Copied, as typed arrays need aligned memory.
    const column = (from: number, to: number) =>
      new Uint8Array(raw.subarray(columns + from, columns + to)).buffer;
    return {
      length,
      teams,
      starts: new Float64Array(column(0, 8 * count)),
      seats: new Uint32Array(column(8 * count, 12 * count)),
      teamOf: new Uint32Array(column(12 * count, 16 * count)),
    };
  } catch {
    return null;
  }
}
