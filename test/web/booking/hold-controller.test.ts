import { beforeEach, describe, expect, it } from 'vitest';
import {
  createHoldController,
  type HoldController,
  type HoldState,
} from '../../../src/web/booking/hold-controller.ts';
import type { ClientHold } from '../../../src/web/booking/page-storage.ts';
import { createServer } from './server.fixture.ts';

const TTL = 300_000;
const TEN = Date.UTC(2026, 10, 23, 10);
const ELEVEN = Date.UTC(2026, 10, 23, 11);
const GRACE = { name: 'Grace', email: 'grace@example.net', notes: null, timeZone: 'UTC', locale: 'en' };
const BOOKING = { confirmBooking: { __typename: 'Booking', id: 'bk_1', token: 'bk_1.s' } };

let server: ReturnType<typeof createServer>;
let now: number;
let kept: ClientHold | null;
let received: HoldState[];
let holder: HoldController;
/** Challenges that the page is solving. */
let puzzles: { challenge: string; signal: AbortSignal; solved(solution: string | null): void }[];

function create() {
  return createHoldController({
    ...server.deps,
    eventType: 'et_1',
    solve: (challenge, signal) =>
      new Promise((solved) => {
        puzzles.push({ challenge, signal, solved });
      }),
    storage: {
      hold: () => kept,
      saveHold: (_eventType, held) => {
        kept = held;
      },
    },
    clock: () => now,
    onChange: (holding) => received.push(holding),
  });
}

beforeEach(() => {
  server = createServer();
  puzzles = [];
  [now, kept, received] = [TEN - 7_200_000, null, []];
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
  it('reports a hold with its hosts and expiry, and stores it for a reload', async () => {
    await held();
    const expected = { token: 'h1', start: TEN, end: TEN + 1_800_000, expiresAt: now + TTL, hosts: ['Ada'] };
    expect(received).toEqual([
      { kind: 'pending', start: TEN, checking: false },
      { kind: 'held', held: expected, sending: false, problem: null },
    ]);
    expect(kept).toEqual(expected);
    expect(create().state()).toEqual({ kind: 'held', held: expected, sending: false, problem: null });
    now += TTL;
    expect(create().state().kind).toBe('none');
  });

  it('sends one request however often the same time is clicked', async () => {
    void holder.hold(TEN);
    void holder.hold(TEN);
    expect(await server.names()).toEqual(['HoldSlot']);
  });

  it.each([
    ['SlotTaken', 'taken'],
    ['SlotNotOffered', 'not-offered'],
  ])('reports why a hold failed: %s', async (member, kind) => {
    const done = holder.hold(TEN);
    (await server.last()).reply({ holdSlot: { __typename: member } });
    expect(await done).toBe(false);
    expect(holder.state()).toEqual({ kind: 'none', problem: { kind }, start: TEN });
  });

  it('does not retry a hold without an answer, because the time may be held for nobody', async () => {
    const done = holder.hold(TEN);
    (await server.last()).fail('NETWORK');
    expect(await done).toBe(false);
    expect(await server.names()).toEqual(['HoldSlot']);
    expect(holder.state()).toMatchObject({ problem: { kind: 'network' } });
  });

  it('releases a hold that arrives after another time was chosen', async () => {
    const first = holder.hold(TEN);
    const early = await server.last();
    const second = holder.hold(ELEVEN);
    (await server.last()).reply(granted('h2', ELEVEN));
    expect(await second).toBe(true);
    early.reply(granted('h1', TEN));
    expect(await first).toBe(false);
    expect(await server.last()).toMatchObject({ name: 'ReleaseHold', variables: { token: 'h1' } });
    expect(holder.state()).toMatchObject({ kind: 'held', held: { token: 'h2' } });
  });

  it('releases a hold that arrives after the visitor went back', async () => {
    const done = holder.hold(TEN);
    const request = await server.last();
    holder.release();
    request.reply(granted('h1', TEN));
    expect(await done).toBe(false);
    expect(await server.last()).toMatchObject({ name: 'ReleaseHold', variables: { token: 'h1' } });
    expect(holder.state().kind).toBe('none');
  });

  it('releases a hold before it requests the next', async () => {
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

const required = (challenge: string) => ({ holdSlot: { __typename: 'ChallengeRequired', challenge } });

describe('a challenge', () => {
  it('is solved unseen, and the hold asked for again with the solution', async () => {
    const done = holder.hold(TEN);
    (await server.last()).reply(required('one'));
    await server.last();
    expect(holder.state()).toEqual({ kind: 'pending', start: TEN, checking: true });
    puzzles[0]?.solved('two');
    const again = await server.last();
    expect(again.variables).toMatchObject({ input: { eventType: 'et_1', solution: 'two' } });
    again.reply(granted('h1', TEN));
    expect(await done).toBe(true);
    expect(puzzles.map(({ challenge }) => challenge)).toEqual(['one']);
  });

  it('that follows another one is solved, too, and after three the visitor is asked to try again', async () => {
    const done = holder.hold(TEN);
    for (const challenge of ['one', 'two', 'three']) {
      (await server.last()).reply(required(challenge));
      await server.last();
      puzzles.at(-1)?.solved(`solution of ${challenge}`);
    }
    (await server.last()).reply(required('four'));
    expect(await done).toBe(false);
    expect(puzzles).toHaveLength(3);
    expect(holder.state()).toEqual({ kind: 'none', problem: { kind: 'unproven' }, start: TEN });
  });

  it('that is not solved is a problem that can be tried again', async () => {
    const done = holder.hold(TEN);
    (await server.last()).reply(required('one'));
    await server.last();
    puzzles[0]?.solved(null);
    expect(await done).toBe(false);
    expect(holder.state()).toMatchObject({ kind: 'none', problem: { kind: 'unproven' } });
  });

  it('is given up when the visitor goes back, and asks for no hold', async () => {
    const done = holder.hold(TEN);
    (await server.last()).reply(required('one'));
    await server.last();
    holder.release();
    expect(puzzles[0]?.signal.aborted).toBe(true);
    puzzles[0]?.solved('two');
    expect(await done).toBe(false);
    expect(await server.names()).toEqual(['HoldSlot']);
    expect(holder.state().kind).toBe('none');
  });
});

describe('confirming', () => {
  it('sends one confirmation however often the button is clicked', async () => {
    await held();
    const first = holder.confirm(GRACE);
    expect(await holder.confirm(GRACE)).toBeNull();
    const request = await server.last();
    expect(request).toMatchObject({ name: 'ConfirmBooking', variables: { input: { hold: 'h1', ...GRACE } } });
    request.reply(BOOKING);
    expect(await first).toMatchObject({ id: 'bk_1' });
    expect((await server.names()).filter((name) => name === 'ConfirmBooking')).toHaveLength(1);
    expect([holder.state().kind, kept]).toEqual(['none', null]);
  });

  it('retries a confirmation without an answer, and finds the booking although the hold has expired', async () => {
    await held();
    const first = holder.confirm(GRACE);
    for (let i = 0; i < 3; i++) (await server.last()).fail('NETWORK');
    expect(await first).toBeNull();
    expect(holder.state()).toMatchObject({ kind: 'held', sending: false, problem: { kind: 'network' } });
    now += 2 * TTL;
    holder.lapse();
    expect(holder.state().kind).toBe('held');
    const again = holder.confirm(GRACE);
    (await server.last()).reply(BOOKING);
    expect(await again).toMatchObject({ id: 'bk_1' });
  });

  it('keeps the hold when a calendar can not be checked, or at a rate limit', async () => {
    await held();
    const first = holder.confirm(GRACE);
    (await server.last()).reply({ confirmBooking: { __typename: 'SourceStale' } });
    await first;
    expect(holder.state()).toMatchObject({ kind: 'held', problem: { kind: 'stale' } });
    const second = holder.confirm(GRACE);
    (await server.last()).fail('RATE_LIMITED', 7_000);
    await second;
    expect(holder.state()).toMatchObject({ kind: 'held', problem: { kind: 'limited', until: now + 7_000 } });
  });

  it('drops the hold of a time that was taken', async () => {
    await held();
    const done = holder.confirm(GRACE);
    (await server.last()).reply({ confirmBooking: { __typename: 'SlotTaken' } });
    expect(await done).toBeNull();
    expect(holder.state()).toEqual({ kind: 'none', problem: { kind: 'taken' }, start: TEN });
  });

  it('ends a hold that the server ended or that has expired, and can request it again', async () => {
    await held();
    const done = holder.confirm(GRACE);
    (await server.last()).reply({ confirmBooking: { __typename: 'HoldExpired' } });
    await done;
    expect(holder.state().kind).toBe('over');
    const again = holder.hold(TEN);
    (await server.last()).reply({ releaseHold: false });
    (await server.last()).reply(granted('h2', TEN));
    expect(await again).toBe(true);
    now += TTL - 1;
    holder.lapse();
    expect(holder.state().kind).toBe('held');
    now += 1;
    holder.lapse();
    expect(holder.state().kind).toBe('over');
  });

  it('releases no hold while its confirmation is pending, and releases it when there is no booking', async () => {
    await held();
    const done = holder.confirm(GRACE);
    const request = await server.last();
    holder.release();
    expect(await server.names()).not.toContain('ReleaseHold');
    request.reply({ confirmBooking: { __typename: 'SourceStale' } });
    await done;
    expect(await server.last()).toMatchObject({ name: 'ReleaseHold', variables: { token: 'h1' } });
    expect(holder.state().kind).toBe('none');
  });

  it('does not touch the next hold when an answer arrives after another time was chosen', async () => {
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
    expect(holder.state()).toMatchObject({ kind: 'held', held: { token: 'h2' }, problem: null });
  });
});
