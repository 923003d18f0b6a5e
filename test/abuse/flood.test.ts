/** Fifty addresses take what they can of one host's time, while somebody who solves challenges wants one of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPuzzle, solutionOf } from '../booking/solver.fixture.ts';
import type { Ask } from '../e2e/client.fixture.ts';
import { asking, availability, daily, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

const DAY = 86_400_000;
const ADDRESSES = 50;

let redis: RedisServer;
let gateway: SmallGateway;
beforeAll(async () => {
  redis = await startRedis();
  gateway = await startSmallGateway({ REDIS_URL: redis.url, TRUSTED_PROXIES: '127.0.0.0/8' });
});
afterAll(async () => {
  await gateway?.close();
  await redis?.stop();
});

/** Asks as a proxy does for somebody with that address. */
const askerFrom = (address: string): Ask => asking(gateway.url, { 'x-forwarded-for': address });

const HOLD = `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) {
  __typename ... on SlotHold { token } ... on ChallengeRequired { challenge } } }`;
const CONFIRM = `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }`;

interface Held {
  __typename: string;
  token?: string;
  challenge?: string;
}

async function hold(ask: Ask, input: { eventType: string; start: string; solution?: string }): Promise<Held> {
  return (await ask<{ holdSlot: Held }>(HOLD, { input })).holdSlot;
}

async function confirm(ask: Ask, token: string, email: string): Promise<string> {
  const input = { hold: token, name: 'Somebody', email, timeZone: 'UTC' };
  return (await ask<{ confirmBooking: { __typename: string } }>(CONFIRM, { input })).confirmBooking
    .__typename;
}

/** An event type with four starts a day for the next 30 days, and the starts that are open. */
async function makeWorld(slug: string) {
  const host = await makeHost(gateway.admin, slug, { workingHours: daily('09:00', '11:00') });
  const eventType = await makeEventType(gateway.admin, host, 'talk', { horizon: 'P30D' });
  const openStarts = async () => {
    const [from, to] = [Date.now(), Date.now() + 31 * DAY].map((at) => new Date(at).toISOString());
    const { slots } = await availability(gateway.admin, { eventType, from, to });
    return slots.map(({ start }) => start);
  };
  return { eventType, openStarts };
}

/** What each of the addresses does for one of the starts, over and over, until each start was asked for. */
async function flood(
  starts: readonly string[],
  attack: (ask: Ask, start: string, by: number) => Promise<string>,
) {
  const waiting = [...starts];
  const answers: string[] = [];
  await Promise.all(
    Array.from({ length: ADDRESSES }, async (_, by) => {
      const ask = askerFrom(`198.51.100.${by + 1}`);
      for (let start = waiting.shift(); start !== undefined; start = waiting.shift()) {
        answers.push(await attack(ask, start, by));
      }
    }),
  );
  return answers;
}

/** Holds and books the last open start, and solves what is asked. @returns the answers on the way */
async function visit(world: Awaited<ReturnType<typeof makeWorld>>, address: string): Promise<string[]> {
  const [ask, start = ''] = [askerFrom(address), (await world.openStarts()).at(-1)];
  const first = await hold(ask, { eventType: world.eventType, start });
  const solution = first.challenge && solutionOf(first.challenge);
  const held = solution ? await hold(ask, { eventType: world.eventType, start, solution }) : first;
  return [first.__typename, held.__typename, await confirm(ask, held.token ?? '', 'visitor@example.com')];
}

describe('a flood from fifty addresses', () => {
  it('of holds is stopped by challenges, and a visitor who solves one gets his slot', async () => {
    const world = await makeWorld('ada');
    const starts = await world.openStarts();
    await gateway.attacked(async () => {
      const answers = await flood(starts, async (ask, start) => {
        const { __typename, challenge } = await hold(ask, { eventType: world.eventType, start });
        if (challenge) expect(readPuzzle(challenge).algorithm).toBe('SHA-256');
        return __typename;
      });
      expect(new Set(answers)).toEqual(new Set(['SlotHold', 'ChallengeRequired']));
      expect((await visit(world, '203.0.113.1')).slice(1)).toEqual(['SlotHold', 'Booking']);
    });
  });

  it('of bookings is stopped by challenges, and a visitor who solves one gets his slot', async () => {
    const world = await makeWorld('grace');
    const starts = await world.openStarts();
    await gateway.attacked(async () => {
      const answers = await flood(starts, async (ask, start, by) => {
        const { __typename, token } = await hold(ask, { eventType: world.eventType, start });
        return token ? confirm(ask, token, `robot-${by}@example.net`) : __typename;
      });
      expect(new Set(answers)).toEqual(new Set(['Booking', 'ChallengeRequired']));
      expect((await visit(world, '203.0.113.2')).slice(1)).toEqual(['SlotHold', 'Booking']);
    });
  });
});
