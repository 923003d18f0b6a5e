import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import { createReadSlotOffer, type SlotOffer, type SlotOfferRequest } from '../../src/offers/offer-at.ts';
import { drawPullNumber } from '../../src/store/calendars/leases.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { openRecords, type Records } from './records.fixture.ts';
import { at, NOW } from './world.fixture.ts';

let records: Records;
beforeAll(async () => {
  records = await openRecords();
});
afterAll(() => records?.close());

const LONG_AGO = NOW - 2 * DAY;
const readOfferAt = createReadSlotOffer({ defaultStaleAfter: 15 * MINUTE });
let count = 0;

/** Hosts with one calendar each, read just now, and an event type of all of them. */
async function team(size: number, more: Partial<EventTypeRules> = {}) {
  const hosts: { id: string; calendar: string }[] = [];
  for (let i = 0; i < size; i++) {
    const id = await records.addHost(`Host${++count}`, LONG_AGO);
    const calendar = await records.addCalendar(id, LONG_AGO);
    await records.read(calendar, [], NOW);
    hosts.push({ id, calendar });
  }
  const [a, b] = hosts.map(({ id }) => id);
  const type = await records.addType(
    hosts.map(({ id }) => id),
    size > 1 ? { scheduling: 'ROUND_ROBIN', ...more } : more,
    LONG_AGO,
  );
  /** With hosts by their place. */
  const ask = async (start: number, asked: Partial<SlotOfferRequest> = {}) => {
    const found = await records.store.$transaction((tx) =>
      readOfferAt(tx, { eventType: type, start, now: NOW, readAfter: null, without: null, ...asked }),
    );
    return short(
      found,
      hosts.map(({ id }) => id),
    );
  };
  return { hosts, type, ask, a: a ?? '', b: b ?? '' };
}

function short(found: SlotOffer | null, ids: string[]) {
  if (!found) return null;
  const places = (some: string[]) => some.map((id) => ids.indexOf(id));
  const { offering, free, usable, seatsLeft, allowedByRules } = found;
  return {
    offering: places(offering),
    free: places(free),
    usable: places(usable),
    seatsLeft,
    allowedByRules,
  };
}

describe('one start', () => {
  it('is null for an event type that is not there', async () => {
    const { ask } = await team(1);
    expect(await ask(at(10), { eventType: 'et_none' })).toBeNull();
  });

  it('tells who offers it, and with what', async () => {
    const { ask, type, hosts } = await team(2, { seats: 2 });
    expect(await ask(at(10))).toEqual({
      offering: [0, 1],
      free: [0, 1],
      usable: [0, 1],
      seatsLeft: 4,
      allowedByRules: true,
    });
    const found = await readOfferAt(records.store, {
      eventType: type,
      start: at(10),
      now: NOW,
      readAfter: null,
      without: null,
    });
    expect(found?.type).toMatchObject({ id: type, organisation: 'org_1', rules: { seats: 2 } });
    expect(found?.hosts.map(({ host, calendars }) => [host.id, calendars[0]?.id])).toEqual(
      hosts.map(({ id, calendar }) => [id, calendar]),
    );
    expect(found?.issues).toEqual([]);
  });

  it('tells what rules forbid from what somebody took', async () => {
    const { ask } = await team(1, { minimumNotice: HOUR, horizon: 5 * HOUR });
    const forbidden = { offering: [], free: [0], usable: [0], seatsLeft: 0, allowedByRules: false };
    for (const start of [at(8, 30), at(9, 30), at(14), at(20)])
      expect(await ask(start), String(start)).toEqual(forbidden);
    expect(await ask(at(9))).toMatchObject({ offering: [0], allowedByRules: true });
  });

  it('sees busy time within its buffers, and nothing of other times', async () => {
    const { ask, hosts } = await team(1, { bufferAfter: 30 * MINUTE });
    const calendar = hosts[0]?.calendar ?? '';
    await records.read(calendar, [{ id: 'e', start: at(11, 15), end: at(11, 45) }], NOW);
    const taken = { offering: [], free: [], usable: [0], seatsLeft: 0, allowedByRules: true };
    expect(await ask(at(10))).toEqual(taken);
    expect(await ask(at(11))).toEqual(taken);
    expect(await ask(at(9))).toMatchObject({ offering: [0], free: [0] });
    expect(await ask(at(12))).toMatchObject({ offering: [0], free: [0] });
  });

  it('sees holds and bookings, but for the one that does not count', async () => {
    const { ask, type, a } = await team(2);
    await records.take({ host: a, eventType: type, owner: 'hold_1', start: at(10), expiresAt: NOW + 1 }, NOW);
    expect(await ask(at(10))).toEqual({
      offering: [1],
      free: [1],
      usable: [0, 1],
      seatsLeft: 1,
      allowedByRules: true,
    });
    expect(await ask(at(10), { without: 'hold_1' })).toMatchObject({ offering: [0, 1], free: [0, 1] });
    expect(await ask(at(10), { now: NOW + 1 })).toMatchObject({ offering: [0, 1], free: [0, 1] });
  });

  it('counts the seats and the limits', async () => {
    const { ask, type, a } = await team(1, { seats: 2, maxPerDay: 2 });
    await records.take({ host: a, eventType: type, owner: 'bkg_1', start: at(10) }, NOW);
    expect(await ask(at(10))).toMatchObject({ offering: [0], seatsLeft: 1 });
    await records.take({ host: a, eventType: type, owner: 'bkg_2', start: at(10) }, NOW);
    expect(await ask(at(10))).toMatchObject({ offering: [], free: [], seatsLeft: 0, allowedByRules: true });
    expect(await ask(at(12))).toMatchObject({ offering: [], free: [], allowedByRules: true });
    expect(await ask(at(12), { without: 'bkg_2' })).toMatchObject({ offering: [0], free: [0] });
    expect(await ask(at(10, 0, 1))).toMatchObject({ offering: [0], seatsLeft: 2 });
  });

  it('is free whatever became of hours, notice and horizon', async () => {
    const { ask, type, a } = await team(1);
    await records.changeType(type, [a], { minimumNotice: 30 * DAY, interval: 7 * MINUTE }, NOW);
    await records.setHours(a, { weekly: [] }, NOW);
    expect(await ask(at(10))).toMatchObject({ offering: [], free: [0], usable: [0], allowedByRules: false });
    await records.take({ host: a, eventType: type, owner: 'bkg_3', start: at(10) }, NOW);
    expect(await ask(at(10))).toMatchObject({ free: [] });
  });

  it('tells whose sources are not fresh enough', async () => {
    const { ask, hosts } = await team(2);
    const calendar = hosts[1]?.calendar ?? '';
    const readAfter = { at: NOW, number: await drawPullNumber(records.store) };
    expect(await ask(at(10), { readAfter })).toMatchObject({
      offering: [],
      free: [0, 1],
      usable: [],
      seatsLeft: 0,
      allowedByRules: false,
    });
    await records.read(calendar, [], NOW + 1);
    expect(await ask(at(10), { readAfter })).toMatchObject({
      offering: [1],
      usable: [1],
      allowedByRules: true,
    });
    await records.fail(calendar, 'auth-revoked', NOW);
    expect(await ask(at(10))).toMatchObject({ offering: [0], usable: [0] });
  });

  it('outside coverage is offered by nobody', async () => {
    const { ask } = await team(1);
    expect(await ask(at(10, 0, 100))).toEqual({
      offering: [],
      free: [],
      usable: [0],
      seatsLeft: 0,
      allowedByRules: false,
    });
  });

  it('of a team that lacks one is offered by none, though some would', async () => {
    const { ask, hosts } = await team(2, { scheduling: 'COLLECTIVE' });
    await records.read(hosts[0]?.calendar ?? '', [{ id: 'e', start: at(10), end: at(11) }], NOW);
    expect(await ask(at(10))).toEqual({
      offering: [1],
      free: [1],
      usable: [0, 1],
      seatsLeft: 0,
      allowedByRules: true,
    });
  });
});
