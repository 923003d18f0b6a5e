import { beforeEach, describe, expect, it } from 'vitest';
import { createHolder, type Holder, type Holding } from '../../../src/web/booking/holder.ts';
import type { Held } from '../../../src/web/booking/keep.ts';
import { createServer } from './server.fixture.ts';

const TTL = 300_000;
const TEN = Date.UTC(2026, 10, 23, 10);
const ELEVEN = Date.UTC(2026, 10, 23, 11);
const GRACE = { name: 'Grace', email: 'grace@example.net', notes: null, timeZone: 'UTC' };
const BOOKING = { confirmBooking: { __typename: 'Booking', id: 'bk_1', token: 'bk_1.s' } };

let server: ReturnType<typeof createServer>;
let now: number;
let kept: Held | null;
let told: Holding[];
let holder: Holder;

function create() {
  return createHolder({
    ...server.deps,
    eventType: 'et_1',
    keep: {
      hold: () => kept,
      keepHold: (_eventType, held) => {
        kept = held;
      },
    },
    clock: () => now,
    tell: (holding) => told.push(holding),
  });
}

beforeEach(() => {
  server = createServer();
  [now, kept, told] = [TEN - 7_200_000, null, []];
  holder = create();
});

const granted = (token: string, start: number) => ({
  holdSlot: {
    __typename: 'SlotHold',
    token,
    expiresAt: new Date(now + TTL).toISOString(),
    slot: {
      start: new Date(start).toISOString(),
      end: new Date(start + 1_800_000).toISOString(),
      hosts: [{ id: 'host_1', name: 'Ada' }],
      seatsLeft: 0,
    },
  },
});

async function held(start = TEN, token = 'h1') {
  const done = holder.hold(start);
  (await server.last()).reply(granted(token, start));
  expect(await done).toBe(true);
}

describe('holding', () => {
  it('tells what is held, by whom and until when, and keeps it for a reload', async () => {
    await held();
    const expected = { token: 'h1', start: TEN, end: TEN + 1_800_000, expiresAt: now + TTL, hosts: ['Ada'] };
    expect(told).toEqual([
      { kind: 'asking', start: TEN },
      { kind: 'held', held: expected, sending: false, problem: null },
    ]);
    expect(kept).toEqual(expected);
    expect(create().now()).toEqual({ kind: 'held', held: expected, sending: false, problem: null });
    now += TTL;
    expect(create().now().kind).toBe('none');
  });

  it('asks once however often the same time is clicked', async () => {
    void holder.hold(TEN);
    void holder.hold(TEN);
    expect(await server.names()).toEqual(['HoldSlot']);
  });

  it.each([
    ['SlotTaken', 'taken'],
    ['SlotNotOffered', 'not-offered'],
  ])('says why not: %s', async (member, kind) => {
    const done = holder.hold(TEN);
    (await server.last()).reply({ holdSlot: { __typename: member } });
    expect(await done).toBe(false);
    expect(holder.now()).toEqual({ kind: 'none', problem: { kind }, start: TEN });
  });

  it('does not ask again by itself when no answer came: the time may be held, for nobody', async () => {
    const done = holder.hold(TEN);
    (await server.last()).fail('NETWORK');
    expect(await done).toBe(false);
    expect(await server.names()).toEqual(['HoldSlot']);
    expect(holder.now()).toMatchObject({ problem: { kind: 'network' } });
  });

  it('gives back what comes too late: another time was chosen', async () => {
    const first = holder.hold(TEN);
    const early = await server.last();
    const second = holder.hold(ELEVEN);
    (await server.last()).reply(granted('h2', ELEVEN));
    expect(await second).toBe(true);
    early.reply(granted('h1', TEN));
    expect(await first).toBe(false);
    expect(await server.last()).toMatchObject({ name: 'ReleaseHold', variables: { token: 'h1' } });
    expect(holder.now()).toMatchObject({ kind: 'held', held: { token: 'h2' } });
  });

  it('gives back what comes after the visitor went back', async () => {
    const done = holder.hold(TEN);
    const request = await server.last();
    holder.release();
    request.reply(granted('h1', TEN));
    expect(await done).toBe(false);
    expect(await server.last()).toMatchObject({ name: 'ReleaseHold', variables: { token: 'h1' } });
    expect(holder.now().kind).toBe('none');
  });

  it('gives one back before it takes the next', async () => {
    await held();
    const next = holder.hold(ELEVEN);
    const release = await server.last();
    expect(release.name).toBe('ReleaseHold');
    release.reply({ releaseHold: true });
    (await server.last()).reply(granted('h2', ELEVEN));
    expect(await next).toBe(true);
    holder.release();
    expect(await server.last()).toMatchObject({ name: 'ReleaseHold', variables: { token: 'h2' } });
    expect(kept).toBeNull();
  });
});

describe('confirming', () => {
  it('sends once however often it is clicked', async () => {
    await held();
    const first = holder.confirm(GRACE);
    expect(await holder.confirm(GRACE)).toBeNull();
    const request = await server.last();
    expect(request).toMatchObject({ name: 'ConfirmBooking', variables: { input: { hold: 'h1', ...GRACE } } });
    request.reply(BOOKING);
    expect(await first).toMatchObject({ id: 'bk_1' });
    expect((await server.names()).filter((name) => name === 'ConfirmBooking')).toHaveLength(1);
    expect([holder.now().kind, kept]).toEqual(['none', null]);
  });

  it('asks again where no answer came, and learns of the booking though its time has passed', async () => {
    await held();
    const first = holder.confirm(GRACE);
    for (let i = 0; i < 3; i++) (await server.last()).fail('NETWORK');
    expect(await first).toBeNull();
    expect(holder.now()).toMatchObject({ kind: 'held', sending: false, problem: { kind: 'network' } });
    now += 2 * TTL;
    holder.lapse();
    expect(holder.now().kind).toBe('held');
    const again = holder.confirm(GRACE);
    (await server.last()).reply(BOOKING);
    expect(await again).toMatchObject({ id: 'bk_1' });
  });

  it('keeps the hold where a calendar can not be checked, or too much was asked', async () => {
    await held();
    const first = holder.confirm(GRACE);
    (await server.last()).reply({ confirmBooking: { __typename: 'SourceStale' } });
    await first;
    expect(holder.now()).toMatchObject({ kind: 'held', problem: { kind: 'stale' } });
    const second = holder.confirm(GRACE);
    (await server.last()).fail('RATE_LIMITED', 7_000);
    await second;
    expect(holder.now()).toMatchObject({ kind: 'held', problem: { kind: 'limited', until: now + 7_000 } });
  });

  it('lets go of a time that was taken', async () => {
    await held();
    const done = holder.confirm(GRACE);
    (await server.last()).reply({ confirmBooking: { __typename: 'SlotTaken' } });
    expect(await done).toBeNull();
    expect(holder.now()).toEqual({ kind: 'none', problem: { kind: 'taken' }, start: TEN });
  });

  it('is over when the server says so, or the time has passed, and can be held again', async () => {
    await held();
    const done = holder.confirm(GRACE);
    (await server.last()).reply({ confirmBooking: { __typename: 'HoldExpired' } });
    await done;
    expect(holder.now().kind).toBe('over');
    const again = holder.hold(TEN);
    (await server.last()).reply({ releaseHold: false });
    (await server.last()).reply(granted('h2', TEN));
    expect(await again).toBe(true);
    now += TTL - 1;
    holder.lapse();
    expect(holder.now().kind).toBe('held');
    now += 1;
    holder.lapse();
    expect(holder.now().kind).toBe('over');
  });

  it('gives nothing back while the answer is out, and then does when there is no booking', async () => {
    await held();
    const done = holder.confirm(GRACE);
    const request = await server.last();
    holder.release();
    expect(await server.names()).not.toContain('ReleaseHold');
    request.reply({ confirmBooking: { __typename: 'SourceStale' } });
    await done;
    expect(await server.last()).toMatchObject({ name: 'ReleaseHold', variables: { token: 'h1' } });
    expect(holder.now().kind).toBe('none');
  });

  it('leaves the next hold alone when an answer comes after another time was chosen', async () => {
    await held();
    const done = holder.confirm(GRACE);
    const request = await server.last();
    holder.release();
    const next = holder.hold(ELEVEN);
    (await server.last()).reply({ releaseHold: true });
    (await server.last()).reply(granted('h2', ELEVEN));
    expect(await next).toBe(true);
    request.reply({ confirmBooking: { __typename: 'HoldExpired' } });
    expect(await done).toBeNull();
    expect(holder.now()).toMatchObject({ kind: 'held', held: { token: 'h2' }, problem: null });
  });
});
