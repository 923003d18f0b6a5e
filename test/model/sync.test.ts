/**
 * Whatever happens between a provider and the gateway, after the sweep both hold the same busy time; and at every moment
 * before, what the gateway holds is what the provider held at some instant since it says it is proven.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type BusyList, clipBusy, mergePeriods } from '../../src/availability/period.ts';
import { meetsDemand } from '../../src/calendars/source.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { type Edit, edit, FROM, perform, TO } from './edits.fixture.ts';
import { createHouse, type House, START } from './world.fixture.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 500);
/** The same lives every time, unless asked otherwise: a change is judged by what it changes. `MODEL_SEED=random` for new ones. */
const { MODEL_SEED = '20261120' } = process.env;
const SEED = MODEL_SEED === 'random' ? Date.now() % 2 ** 31 : Number(MODEL_SEED);

let house: House;
beforeAll(async () => {
  // Leases are renewed by it, and a worker that was killed renews none, however long a life takes.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  house = await createHouse();
});
afterAll(async () => {
  vi.useRealTimers();
  await house?.close();
});

const which = fc.nat(1000);

/** What the network, the provider and the machines do. */
const happening = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit' as const), edit }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('deliver', 'duplicate', 'lose' as const), which }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('work' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      for: fc.constantFrom(SECOND, MINUTE, 6 * MINUTE, HOUR, 26 * HOUR),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('strict' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late-writer' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('overtaken' as const), edit }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire-cursors' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      status: fc.constantFrom(...(['cut', 410, 429, 500, 503, 403] as const)),
      after: fc.nat(2),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('set-clock' as const),
      ahead: fc.constantFrom(0, SECOND, -SECOND, 20 * SECOND, -20 * SECOND, HOUR, -HOUR),
      /** Is it compared with the database's before anything else happens? */
      compared: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('pages' as const),
      size: fc.constantFrom(1, 3, null),
      empty: fc.nat(2),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const scenario = fc.record({
  provider: fc.constantFrom('google', 'microsoft' as const),
  timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'),
  /** Does the provider tell of a changed series by its master alone? */
  terse: fc.boolean(),
  /** Does it tell each item twice, an older state first? */
  repeating: fc.boolean(),
  /** Does it tell occurrences without their master? */
  orphans: fc.boolean(),
  before: fc.array(edit, { maxLength: 4 }),
  happenings: fc.array(happening, { minLength: 1, maxLength: 14 }),
});

const EVENTS = '/(events|delta|instances|calendarView)';
/** Is all the time that `least` takes, taken in `held`? Both as text. */
function blocks(held: string, least: string): boolean {
  const periods = (text: string) => Float64Array.from((JSON.parse(text) as [number[], number[]])[0]);
  return String(mergePeriods([periods(held), periods(least)])) === String(mergePeriods([periods(held)]));
}
const text = ({ bounds, kinds }: BusyList) => JSON.stringify([[...bounds], [...kinds]]);

async function live(run: {
  provider: 'google' | 'microsoft';
  timeZone: string;
  terse: boolean;
  repeating: boolean;
  orphans: boolean;
  before: Edit[];
  happenings: Happening[];
}) {
  const { clock, machine, shared, world, faults, sync, sweep, gate } = house;
  clock.at = START;
  machine.ahead = 0;
  await shared.measure();
  const calm = () => {
    faults.clear();
    faults.add({ kind: 'terse-series', terse: run.terse });
    faults.add({ kind: 'repeat-items', on: run.repeating });
    // Where the master alone is sent, it can't be left out.
    faults.add({ kind: 'no-masters', on: run.orphans && !run.terse });
  };
  calm();
  (await house.mail()).splice(0);
  const calendar = await house.calendar(run.provider, run.timeZone);
  const refusing = run.happenings.some((event) => event.do === 'fail' && event.status === 403);
  const made: string[] = [];
  for (const change of run.before) perform(world, calendar.remote, made, change);

  /** What the provider held, and since when. */
  const past = [{ since: START, text: text(house.truth(calendar.remote, FROM, TO)) }];
  const note = () => {
    const now = text(house.truth(calendar.remote, FROM, TO));
    if (past.at(-1)?.text !== now) past.push({ since: clock.at, text: now });
  };
  let proven = 0;
  async function expectHonesty() {
    const { provenAsOf, coveredFrom, coveredTo, busy } = await house.held(calendar.id);
    expect(provenAsOf ?? 0, 'what is proven stays proven').toBeGreaterThanOrEqual(proven);
    if (provenAsOf === null) return;
    proven = provenAsOf;
    expect(coveredFrom).toBeLessThanOrEqual(clock.at - 7 * DAY);
    expect(coveredTo).toBeGreaterThanOrEqual(provenAsOf + 90 * DAY);
    const held = text(clipBusy(busy, FROM, TO));
    const possible = past
      .filter((_, i) => (past[i + 1]?.since ?? Infinity) > provenAsOf)
      .map((one) => one.text);
    // An event about which the provider refuses to answer counts as busy.
    if (refusing && possible.some((one) => blocks(held, one))) return;
    expect(possible).toContain(held);
  }

  const lost: Promise<unknown>[] = [];
  /** A worker takes the calendar and is heard of no more, until its lease has ended. */
  async function kill() {
    const reached = gate.hold();
    const pull = sync.handlers.pull({ calendar: calendar.id }, new AbortController().signal);
    lost.push(pull);
    // It may end before: somebody else is at it, or it is refused.
    await Promise.race([reached, pull]);
    gate.withdraw();
    clock.at += MINUTE;
  }
  /** Nothing keeps a reader waiting for as long as this: real time, on the slowest machine. */
  async function strict() {
    const readAfter = { at: clock.at, number: await house.drawNumber() };
    await sync.refresh([calendar.id], { after: readAfter.number, within: 10 * MINUTE });
    const source = await house.held(calendar.id);
    if (refusing || !meetsDemand(source, { provenSince: null, readAfter })) return;
    const possible = past.filter((_, i) => (past[i + 1]?.since ?? Infinity) > readAfter.at);
    expect(
      possible.map((one) => one.text),
      'a strict answer holds what was there after its request',
    ).toContain(text(clipBusy(source.busy, FROM, TO)));
  }
  async function reappear() {
    gate.open();
    await Promise.all(lost.splice(0));
  }
  await sweep.tick();
  await house.work();
  for (const event of run.happenings) {
    clock.at += 1;
    switch (event.do) {
      case 'edit':
        perform(world, calendar.remote, made, event.edit);
        note();
        break;
      case 'deliver':
      case 'duplicate':
      case 'lose': {
        const mails = await house.mail();
        const at = event.which % Math.max(1, mails.length);
        const mail = event.do === 'duplicate' ? mails[at] : mails.splice(at, 1)[0];
        if (mail && event.do !== 'lose') await house.deliver(mail);
        break;
      }
      case 'work':
        await house.work();
        break;
      case 'wait':
        clock.at += event.for;
        house.renewToken(calendar);
        await sweep.tick();
        break;
      case 'strict':
        await strict();
        break;
      case 'kill':
        await kill();
        break;
      case 'late-writer':
        await reappear();
        break;
      case 'overtaken':
        await kill();
        perform(world, calendar.remote, made, event.edit);
        note();
        await strict();
        await expectHonesty();
        await reappear();
        break;
      case 'expire-cursors':
        faults.add({ kind: 'expire-cursors', calendar: calendar.remote });
        break;
      case 'fail': {
        const { status, after, times } = event;
        faults.add({
          kind: 'answer',
          path: EVENTS,
          ...(status === 'cut' ? { cut: true } : { status }),
          after,
          times,
          headers: status === 429 ? { 'retry-after': '30' } : {},
        });
        break;
      }
      case 'set-clock': {
        const { provenAsOf } = await house.held(calendar.id);
        machine.ahead = event.ahead;
        if (event.compared) await shared.measure();
        // A machine that is two seconds off proves nothing until it is right again.
        if (Math.abs(event.ahead) > 2 * SECOND && shared.isUntrusted()) {
          await strict();
          expect((await house.held(calendar.id)).provenAsOf).toBe(provenAsOf);
        }
        break;
      }
      case 'pages':
        faults.add({ kind: 'page-size', size: event.size });
        faults.add({ kind: 'empty-pages', count: event.empty });
        break;
    }
    await expectHonesty();
  }

  calm();
  machine.ahead = 0;
  await shared.measure();
  await reappear();
  await house.mail();
  clock.at += 2 * HOUR;
  house.renewToken(calendar);
  await sweep.tick();
  await house.work();
  const { busy, trouble } = await house.held(calendar.id);
  expect(trouble).toBeNull();
  expect(text(clipBusy(busy, FROM, TO))).toBe(text(house.truth(calendar.remote, FROM, TO)));
}

it(`holds what the provider holds, ${RUNS} lives`, async () => {
  process.stderr.write(`model: seed ${SEED}, ${RUNS} runs; again with MODEL_SEED=${SEED}\n`);
  await fc.assert(fc.asyncProperty(scenario, live), { numRuns: RUNS, seed: SEED, endOnFailure: false });
}, 1_800_000);
