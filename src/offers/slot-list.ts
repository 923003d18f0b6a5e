/**
 * Slots as columns: a slot becomes an object only when it is read, and slots with the same hosts share one list of them. How two
 * lists differ, and a list as bytes.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Parts } from '../async/event-loop.ts';
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
  const slots = createSlotCollector(type, hosts);
  slots.add(offered);
  return slots.finish();
}

/** The slots of a window that come part by part, each later than those before. */
export interface SlotCollector {
  add(offered: TeamStarts): void;
  finish(): SlotList;
}

export function createSlotCollector(type: EventTypeOffer, hosts: readonly HostSources[]): SlotCollector {
  const byId = new Map(hosts.map(({ host: { id, name, slug } }) => [id, { id, name, slug }]));
  const known = type.hosts.map((id) => byId.get(id));
  const teams: PublicHost[][] = [];
  /** By the bits of their members. */
  const teamByBits = new Map<string, number>();
  const parts: Pick<SlotList, 'starts' | 'seats' | 'teamOf'>[] = [];

  function teamOfBits(bits: Uint32Array): number {
    const key = bits.join();
    const seen = teamByBits.get(key);
    if (seen !== undefined) return seen;
    const isIn = (at: number) => (((bits[at >> 5] ?? 0) >>> (at & 31)) & 1) === 1;
    teams.push(known.flatMap((host, at) => (host && isIn(at) ? [host] : [])));
    teamByBits.set(key, teams.length - 1);
    return teams.length - 1;
  }

  /** Starts that follow each other mostly have the same team. */
  function teamsOf({ starts, words }: TeamStarts, members: Uint32Array): Uint32Array {
    const teamOf = new Uint32Array(starts.length);
    for (let i = 0; i < starts.length; i++) {
      let word = i === 0 ? words : 0;
      while (word < words && members[i * words + word] === members[(i - 1) * words + word]) word++;
      const isSame = i > 0 && word === words;
      teamOf[i] = isSame
        ? (teamOf[i - 1] as number)
        : teamOfBits(members.subarray(i * words, (i + 1) * words));
    }
    return teamOf;
  }

  return {
    add(offered) {
      const { starts, seats, members } = offered;
      if (starts.length === 0) return;
      if (members === null && teams.length === 0) teams.push(known.flatMap((host) => host ?? []));
      const teamOf = members === null ? new Uint32Array(starts.length) : teamsOf(offered, members);
      parts.push({ starts, seats, teamOf });
    },
    finish() {
      const { length } = type.rules;
      const [only] = parts;
      if (only && parts.length === 1) return { ...only, length, teams };
      const count = parts.reduce((sum, { starts }) => sum + starts.length, 0);
      const joined = {
        starts: new Float64Array(count),
        seats: new Uint32Array(count),
        teamOf: new Uint32Array(count),
      };
      let at = 0;
      for (const { starts, seats, teamOf } of parts) {
        joined.starts.set(starts, at);
        joined.seats.set(seats, at);
        joined.teamOf.set(teamOf, at);
        at += starts.length;
      }
      return { ...joined, length, teams };
    },
  };
}

/** The slots at the given indices, which ascend. */
export function pickSlots(slots: SlotList, indices: readonly number[]): SlotList {
  const count = indices.length;
  const starts = new Float64Array(count);
  const seats = new Uint32Array(count);
  const teamOf = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const i = indices[at] as number;
    starts[at] = slots.starts[i] as number;
    seats[at] = slots.seats[i] as number;
    teamOf[at] = slots.teamOf[i] as number;
  }
  return { ...slots, starts, seats, teamOf };
}

/** Names of hosts that are hashed in a row. */
const HASHED_HOSTS = 10_000;

/** Equal on every gateway: of the event type, the window, and the slots with their hosts and seats. */
export function* slotsEtag(
  { eventType, from, to }: { eventType: string; from: Instant; to: Instant },
  { starts, length, seats, teamOf, teams }: SlotList,
): Parts<string> {
  const hash = createHash('sha256');
  // Of `[eventType, from, to, length, teams]` as JSON, whose teams can be many.
  let text = `${JSON.stringify([eventType, from, to, length]).slice(0, -1)},[`;
  let hosts = 0;
  for (const [i, team] of teams.entries()) {
    text += `${i > 0 ? ',' : ''}${JSON.stringify(team)}`;
    hosts += team.length;
    if (hosts < HASHED_HOSTS) continue;
    hash.update(text);
    [text, hosts] = ['', 0];
    yield;
  }
  hash.update(`${text}]]`);
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

/** Bytes of a slot in the columns. */
const COLUMNS = 16;
/** How many times shorter columns become: starts on one grid with the same seats and team 5.8 times. */
const COLUMNS_RATIO = 6;
/** Bytes that are deflated in one piece. Names of teams that repeat each other become many times shorter. */
const DEFLATED_MAX = 1024 * 1024;
/** Bytes of a host in a team at the least. */
const HOST_LEAST = 40;

/**
 * Bytes for clients that resume at another gateway: a header with the teams, then the columns, deflated.
 * @param most bytes that are of use
 * @returns null, without having deflated anything, for a list that would hardly fit
 */
export function encodeSlotSet(
  { starts, length, seats, teamOf, teams }: SlotList,
  most: number,
): Buffer | null {
  const columnBytes = COLUMNS * starts.length;
  const hosts = teams.reduce((sum, team) => sum + team.length, 0);
  if (columnBytes > COLUMNS_RATIO * most || columnBytes + HOST_LEAST * hosts > DEFLATED_MAX) return null;
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
    if (raw.length !== columns + COLUMNS * count) return null;
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
