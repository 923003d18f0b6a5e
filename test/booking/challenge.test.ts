import { solveChallenge } from 'altcha-lib/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHALLENGE_LIFETIME, type ChallengeGate } from '../../src/booking/challenge/gate.ts';
import { createMemoryLimiter } from '../../src/cache/memory/limiter.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { DAY, SECOND } from '../../src/time/clock.ts';
import { readPuzzle, solutionOf, solvingNumber } from './solver.fixture.ts';
import { at, createWorld, NOW, VISITOR, type World } from './world.fixture.ts';

/** Holds a minute that are no pressure. */
const CALM = 20;

let world: World;
beforeAll(async () => {
  world = await createWorld({ challenge: 'pressure' });
});
afterAll(() => world.close());
beforeEach(() => {
  world.clock.at = NOW;
  Object.assign(world.openStarts, { count: 0, asked: 0 });
});

/** An event type that no other test knows. */
const typeWithSeats = async (seats = 1_000) => world.addType([await world.addHost()], { seats });

async function challengeOf(gate: ChallengeGate, eventType: string, solution: string | null = null) {
  const required = await gate.admit(eventType, solution);
  if (required?.is !== 'ChallengeRequired') throw new Error('no challenge was asked for');
  return required.challenge;
}

describe('pressure on an event type', () => {
  it('is what the public holds past 20 in a minute, and a hold then costs the solution of a challenge', async () => {
    const type = await typeWithSeats();
    for (let i = 0; i < CALM; i++) await world.hold(type, at(9));
    const refused = await world.bookings.hold(type, at(9), VISITOR);
    if (refused.is !== 'ChallengeRequired') throw new Error(`answered ${refused.is}`);
    const solved = await world.bookings.hold(type, at(9), VISITOR, solutionOf(refused.challenge));
    expect(solved.is).toBe('SlotHold');
    expect((await world.bookings.hold(await typeWithSeats(), at(9), VISITOR)).is).toBe('SlotHold');
  });

  it('begins at a third of its open starts of the next 30 days where these are more, counted once a minute', async () => {
    const type = await typeWithSeats();
    world.openStarts.count = 75;
    for (let i = 0; i < 25; i++) await world.hold(type, at(9));
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('ChallengeRequired');
    expect(world.openStarts.asked).toBe(1);
    world.clock.at += 60 * SECOND;
    world.openStarts.count = 300;
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotHold');
    expect(world.openStarts.asked).toBe(2);
  });

  it('is not made by times that are taken already, and not by holds of a key that books for the organisation', async () => {
    const type = await typeWithSeats(1);
    await world.hold(type, at(9));
    for (let i = 0; i < CALM; i++)
      expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotTaken');
    const roomy = await typeWithSeats();
    for (let i = 0; i <= CALM; i++) await world.hold(roomy, at(9), { ...VISITOR, booksFor: 'org' });
    expect((await world.bookings.hold(type, at(10), VISITOR)).is).toBe('SlotHold');
    expect((await world.bookings.hold(roomy, at(9), VISITOR)).is).toBe('SlotHold');
    expect(world.openStarts.asked).toBe(0);
  });
});

describe('CHALLENGE', () => {
  it('asks everybody when it is always, and nobody when it is off', async () => {
    expect(await world.challengesOf('always').admit('et_1', null)).toMatchObject({ is: 'ChallengeRequired' });
    const off = world.challengesOf('off');
    for (let i = 0; i < 2 * CALM; i++) expect(await off.admit('et_1', null)).toBeNull();
  });
});

describe('a solution', () => {
  it("can be found by ALTCHA's own solver, and be sent as JSON or in base64", async () => {
    const gate = world.challengesOf('always');
    const challenge = await challengeOf(gate, 'et_1');
    const { algorithm, salt, maxnumber, ...puzzle } = readPuzzle(challenge);
    // Its last tries alone, which take as long as all others.
    const start = Math.max(0, solvingNumber(readPuzzle(challenge)) - 50);
    const found = await solveChallenge(puzzle.challenge, salt, algorithm, maxnumber, start).promise;
    const { number } = found ?? {};
    expect(await gate.admit('et_1', JSON.stringify({ algorithm, salt, ...puzzle, number }))).toBeNull();
  });

  it('lets one hold through, over all gateways that share a limiter', async () => {
    const [one, other] = [world.challengesOf('always'), world.challengesOf('always')];
    const solution = solutionOf(await challengeOf(one, 'et_1'));
    const answers = await Promise.all([one, other, one, other].map((gate) => gate.admit('et_1', solution)));
    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    expect(readPuzzle(await challengeOf(one, 'et_1', solution)).challenge).not.toBe(
      JSON.parse(Buffer.from(solution, 'base64').toString()).challenge,
    );
  });

  it('is good for five minutes, also at a gateway whose first key is another one', async () => {
    const [old, young] = [Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
    const before = world.challengesOf('always', { keys: createKeyRing([old]) });
    const after = world.challengesOf('always', { keys: createKeyRing([young, old]) });
    const early = solutionOf(await challengeOf(before, 'et_1'));
    const late = solutionOf(await challengeOf(before, 'et_1'));
    world.clock.at += CHALLENGE_LIFETIME;
    expect(await after.admit('et_1', early)).toBeNull();
    world.clock.at += 1;
    await challengeOf(after, 'et_1', late);
  });

  it('of another event type, of other keys, altered, or no solution at all is answered by a new challenge', async () => {
    // Each gate of its own: nothing is refused for being used.
    const gate = () => world.challengesOf('always', { shared: createMemoryLimiter({ clock: world.clock }) });
    const challenge = await challengeOf(gate(), 'et_1');
    const good = solutionOf(challenge);
    const number = solvingNumber(readPuzzle(challenge));
    const { salt } = readPuzzle(challenge);
    const [head = '', expiry = ''] = salt.split('expires=');
    const later = `${head}expires=${Number.parseInt(expiry, 10) + DAY / SECOND}&`;
    const foreign = world.challengesOf('always', { keys: createKeyRing([Buffer.alloc(32, 9)]) });
    const wrong = [
      solutionOf(await challengeOf(gate(), 'et_2')),
      solutionOf(await challengeOf(foreign, 'et_1')),
      solutionOf(challenge, { number: number + 1 }),
      solutionOf(challenge, { number: String(number) }),
      // The hash is the same with the expiry in the number.
      solutionOf(challenge, { salt: head, number: `expires=${expiry}${number}` }),
      solutionOf(challenge, { salt: later }),
      solutionOf(challenge, { algorithm: 'SHA-1' }),
      solutionOf(challenge, { signature: '0'.repeat(64) }),
      solutionOf(challenge, { signature: 'é'.repeat(64) }),
      ...['', 'null', '{}', '[]', '{', 'AAAA', ' '.repeat(10_000), good.repeat(10)],
    ];
    for (const solution of wrong) expect(await gate().admit('et_1', solution), solution).not.toBeNull();
    expect(await gate().admit('et_1', good)).toBeNull();
  });
});
