/** Reserves a slot for a few minutes: from then on it is taken for everyone, its holder included. */
import type { NativeTime } from '../availability/native.ts';
import { cacheKey } from '../cache/port.ts';
import { notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import type { OfferAt } from '../offers/offer-at.ts';
import { teamOffer } from '../offers/team.ts';
import { hashSecret, randomSecret } from '../secrets.ts';
import { insertHold } from '../store/bookings/holds.ts';
import { takeTime } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';
import { assigned } from './assign.ts';
import type { BookingsDeps } from './deps.ts';
import { type HoldResult, SLOT_NOT_OFFERED, SLOT_TAKEN } from './outcome.ts';
import { Again, untilThrough } from './retry-on-conflict.ts';

/** @throws SlotwireError NOT_FOUND for an unknown event type. */
export type HoldSlot = (eventType: string, start: Instant) => Promise<HoldResult>;

export function createHold({
  store,
  locked,
  readOfferAt,
  clock,
  holdTtl,
}: Pick<BookingsDeps, 'store' | 'locked' | 'readOfferAt' | 'clock' | 'holdTtl'>): HoldSlot {
  async function look(tx: Tx, eventType: string, start: Instant, now: Instant): Promise<OfferAt> {
    const offer = await readOfferAt(tx, { eventType, start, now, provenSince: null, without: null });
    if (!offer) throw notFound('event type', eventType);
    return offer;
  }

  return (eventType, start) =>
    untilThrough(async (): Promise<HoldResult> => {
      // Who comes too late learns so without a lock: a wanted slot would make all of them queue.
      const seen = await look(store, eventType, start, clock.now());
      if (seen.seatsLeft === 0) return refusal(seen);
      const meanwhile = async () => {
        const offer = await look(store, eventType, start, clock.now());
        return offer.seatsLeft === 0 ? refusal(offer) : null;
      };
      return locked<HoldResult>(
        seen.type.hosts,
        async (tx) => {
          const now = clock.now();
          const offer = await look(tx, eventType, start, now);
          const { type } = offer;
          if (!type.hosts.every((host) => seen.type.hosts.includes(host))) throw new Again();
          const hosts = offer.seatsLeft > 0 && (await assigned(tx, type, offer.offering, now, null));
          if (!hosts) return { result: refusal(offer), keys: [] };

          const token = randomSecret();
          const [end, expiresAt] = [start + type.rules.length, now + holdTtl];
          const hold = await insertHold(tx, {
            id: newId('Hold'),
            organisationId: type.organisation,
            eventTypeId: eventType,
            tokenHash: hashSecret(token),
            startsAt: new Date(start),
            endsAt: new Date(end),
            hosts,
            expiresAt: new Date(expiresAt),
            createdAt: new Date(now),
          });
          const { bufferBefore, bufferAfter } = type.rules;
          const whose = { hosts, organisation: type.organisation, eventType, owner: hold.id };
          const time = { start, end, bufferBefore, bufferAfter, expiresAt, byHost: false };
          await takeTime(tx, { kind: 'hold', ...whose, ...time }, now);
          const taken = { owner: hold.id, eventType, start, end, bufferBefore, bufferAfter, expiresAt };
          const result: HoldResult = {
            is: 'SlotHold',
            token,
            slot: {
              start,
              end,
              hosts: publicHosts(offer, hosts),
              seatsLeft: leftAfter(offer, hosts, taken, now),
            },
            expiresAt,
          };
          return { result, keys: hosts.map(cacheKey.native) };
        },
        meanwhile,
      );
    }, SLOT_TAKEN);
}

const refusal = (offer: OfferAt) => (offer.byRules ? SLOT_TAKEN : SLOT_NOT_OFFERED);

/** Seats of the start once these hosts are taken too: by the engine, since a limit may be reached. */
function leftAfter(
  { type, hosts, usable }: OfferAt,
  chosen: readonly string[],
  taken: Omit<NativeTime, 'kind' | 'busyKind'>,
  now: Instant,
): number {
  const time: NativeTime = { ...taken, kind: 'hold', busyKind: 'BUSY' };
  const after = hosts.map((found) =>
    chosen.includes(found.host.id) ? { ...found, native: [...found.native, time] } : found,
  );
  const window = { from: taken.start, to: taken.end };
  const { offered } = teamOffer(type, after, { ...window, now, without: null, usable: new Set(usable) });
  return offered.seats[0] ?? 0;
}

const publicHosts = ({ hosts }: OfferAt, chosen: readonly string[]) =>
  hosts.flatMap(({ host: { id, name, slug } }) => (chosen.includes(id) ? [{ id, name, slug }] : []));
