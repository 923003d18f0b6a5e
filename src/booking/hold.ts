/** Holds a slot for a few minutes, in which the slot is taken for everyone, its holder included. */
import type { NativeTime } from '../availability/native.ts';
import { cacheKey } from '../cache/keys.ts';
import { conflict, notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import type { SlotOffer } from '../offers/offer-at.ts';
import { checkLength } from '../offers/query.ts';
import { teamOffer } from '../offers/team.ts';
import { hashSecret, randomSecret } from '../secrets.ts';
import { holdByHash, holdInsertion, isLiveHold } from '../store/bookings/holds.ts';
import { slotKeyOf, takeNativeTime } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';
import { chooseHosts } from './assign.ts';
import { type BookingsDeps, blockedBy, type Caller, isPublic } from './deps.ts';
import { type HoldResult, SLOT_NOT_OFFERED, SLOT_TAKEN, type SlotHold } from './outcome.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';

/**
 * @param solution of a challenge, null for none; looked at only when a challenge is due
 * @param length one of the event type's, in milliseconds; null: its first
 * @param token the hold's, made by the caller: asked for again, as by a form that is sent twice, it is the same hold; null: a new one
 * @throws SlotwireError CONFLICT for a token whose hold is over, NOT_FOUND for an unknown event type, BAD_USER_INPUT for a length that it doesn't have, FORBIDDEN by a block rule, RATE_LIMITED when the caller's address holds enough.
 */
export type HoldSlot = (
  eventType: string,
  start: Instant,
  caller: Caller,
  solution?: string | null,
  length?: number | null,
  token?: string | null,
) => Promise<HoldResult>;

export function createHold({
  store,
  withHostLocks,
  readSlotOffer,
  blockRules,
  holdQuota,
  challenges,
  clock,
  holdTtl,
}: Pick<
  BookingsDeps,
  | 'store'
  | 'withHostLocks'
  | 'readSlotOffer'
  | 'blockRules'
  | 'holdQuota'
  | 'challenges'
  | 'clock'
  | 'holdTtl'
>): HoldSlot {
  async function readOffer(
    tx: Tx,
    slot: { eventType: string; start: Instant; length: number | null },
    now: Instant,
  ): Promise<SlotOffer> {
    const offer = await readSlotOffer(tx, { ...slot, now, readAfter: null, without: null });
    if (!offer) throw notFound('event type', slot.eventType);
    checkLength(offer.type, slot.length, 'input.length');
    return offer;
  }

  const asked = createAskedSlots();

  return (eventType, start, caller, solution = null, length = null, given = null) => {
    const wanted = { eventType, start, length };
    /** A solution serves once, and a hold counts once, however often its transaction is tried. */
    let isAdmitted = false;
    const slot = asked.ask(slotKeyOf(eventType, start));
    const attempt = () =>
      retryOnConflict(async (): Promise<HoldResult> => {
        // A request that comes too late is refused without a lock: requests for a popular slot would all queue for it.
        const seen = await readOffer(store, wanted, clock.now());
        const counted = isPublic(caller, seen.type.organisation) ? caller.address : null;
        await blockRules.refuse(seen.type.organisation, blockedBy(caller, seen.type.organisation, null));
        if (counted !== null) await holdQuota.check(store, counted, clock.now());
        if (seen.seatsLeft === 0) return refusal(seen);
        if (counted !== null && !isAdmitted) {
          const challenge = await challenges.admit(eventType, solution);
          if (challenge) return challenge;
          isAdmitted = true;
        }
        const recheck = async () => {
          if (!slot.isContested()) return null;
          const offer = await readOffer(store, wanted, clock.now());
          return offer.seatsLeft === 0 ? refusal(offer) : null;
        };
        return withHostLocks<HoldResult>(
          seen.type.hosts,
          async (tx) => {
            const now = clock.now();
            const offer = await readOffer(tx, wanted, now);
            const { type } = offer;
            if (!type.hosts.every((host) => seen.type.hosts.includes(host))) throw new RetryTransaction();
            const made = given === null ? null : await heldBefore(tx, given, offer, now);
            if (made) return { result: made, keys: [] };
            const hosts = offer.seatsLeft > 0 && (await chooseHosts(tx, type, offer.offering, now, null));
            if (!hosts) return { result: refusal(offer), keys: [] };

            if (counted !== null) await holdQuota.check(tx, counted, now);
            const token = given ?? randomSecret();
            const id = newId('Hold');
            const [end, expiresAt] = [start + type.rules.length, now + holdTtl];
            const inserted = holdInsertion({
              id,
              organisationId: type.organisation,
              eventTypeId: eventType,
              tokenHash: hashSecret(token),
              startsAt: new Date(start),
              endsAt: new Date(end),
              hosts,
              expiresAt: new Date(expiresAt),
              createdAt: new Date(now),
              ...holdQuota.hashes(counted),
            });
            const { bufferBefore, bufferAfter } = type.rules;
            const claimant = { hosts, organisation: type.organisation, eventType, owner: id };
            const time = { start, end, bufferBefore, bufferAfter, expiresAt, byHost: false };
            await takeNativeTime(tx, { kind: 'hold', ...claimant, ...time }, now, { beside: [inserted] });
            const taken = { owner: id, eventType, start, end, bufferBefore, bufferAfter, expiresAt };
            const result: HoldResult = {
              is: 'SlotHold',
              token,
              slot: {
                start,
                end,
                hosts: publicHosts(offer, hosts),
                seatsLeft: seatsLeftAfter(offer, hosts, taken, now),
              },
              expiresAt,
            };
            return { result, keys: hosts.map(cacheKey.native) };
          },
          { recheck, network: counted === null ? null : holdQuota.networkToLock(counted) },
        );
      }, SLOT_TAKEN);
    return attempt().finally(slot.answered);
  };
}

/**
 * The slots that are asked for just now in this process: only who waits for others that want the same slot looks whether it is gone
 * before the locks are taken.
 */
function createAskedSlots() {
  const requests = new Map<string, number>();
  return {
    ask(slot: string) {
      const before = requests.get(slot) ?? 0;
      requests.set(slot, before + 1);
      return {
        isContested: () => before > 0,
        answered() {
          const left = (requests.get(slot) ?? 1) - 1;
          if (left === 0) requests.delete(slot);
          else requests.set(slot, left);
        },
      };
    },
  };
}

/** The hold that has this token already; its seats were counted when it was made. @throws SlotwireError CONFLICT once it is over */
async function heldBefore(tx: Tx, token: string, offer: SlotOffer, now: Instant): Promise<SlotHold | null> {
  const hold = await holdByHash(tx, hashSecret(token));
  if (!hold) return null;
  if (hold.eventTypeId !== offer.type.id || !isLiveHold(hold, now)) throw conflict('This hold is over.');
  const { startsAt, endsAt, expiresAt } = hold;
  return {
    is: 'SlotHold',
    token,
    slot: {
      start: startsAt.getTime(),
      end: endsAt.getTime(),
      hosts: publicHosts(offer, hold.hosts),
      seatsLeft: offer.seatsLeft,
    },
    expiresAt: expiresAt.getTime(),
  };
}

const refusal = (offer: SlotOffer) => (offer.allowedByRules ? SLOT_TAKEN : SLOT_NOT_OFFERED);

/** The seats left once the chosen hosts are taken. The engine counts them, since a limit may be reached. */
function seatsLeftAfter(
  { type, hosts, usable }: SlotOffer,
  chosen: readonly string[],
  taken: Omit<NativeTime, 'kind' | 'busyKind'>,
  now: Instant,
): number {
  const time: NativeTime = { ...taken, kind: 'hold', busyKind: 'BUSY' };
  const after = hosts.map((found) =>
    chosen.includes(found.host.id) ? { ...found, native: [...found.native, time] } : found,
  );
  const window = { from: taken.start, to: taken.end };
  const { seats } = teamOffer(type, after, { ...window, now, without: null, usable: new Set(usable) });
  return seats[0] ?? 0;
}

const publicHosts = ({ hosts }: SlotOffer, chosen: readonly string[]) =>
  hosts.flatMap(({ host: { id, name, slug } }) => (chosen.includes(id) ? [{ id, name, slug }] : []));
