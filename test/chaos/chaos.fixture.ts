/** A chaos run: visitors, hosts and viewers go on while one thing after another breaks; at rest, all is counted. */
import { SECOND } from '../../src/time/clock.ts';
import { testDay } from '../e2e/stack.fixture.ts';
import { numbers } from '../harness/numbers.ts';
import { CELL, type Recorded } from '../race/history.fixture.ts';
import { visit } from '../race/visitor.fixture.ts';
import { faultsAtRest } from './checks.fixture.ts';
import { editCalendars } from './editors.fixture.ts';
import type { Fault } from './faults/fault.fixture.ts';
import { untilHealed } from './healing.fixture.ts';
import { openViewers } from './viewers.fixture.ts';
import { type ChaosWorld, createChaosWorld } from './world.fixture.ts';

export interface ChaosOptions {
  /** Each is played once, in an order of chance; then again, until the time is over. */
  faults: readonly Fault[];
  /** How long things break, at least: milliseconds. */
  time: number;
  seed: number;
  visitors: number;
  viewers: number;
  /** Called with what happens, as it happens. */
  say(line: string): void;
}

export interface ChaosReport {
  /** How long each took to heal, each time that it was played: milliseconds. */
  played: Map<Fault, number[]>;
  /** Of visitors' requests, by what was asked and answered. */
  requests: Record<string, number>;
  edits: Record<string, number>;
  /** Events that viewers received. */
  observed: number;
  /** What was wrong; nothing when all is well. */
  faults: string[];
  /** What the faults were found in. */
  evidence: ChaosEvidence;
}

export interface ChaosEvidence {
  history: readonly Recorded[];
  /** Rows of the store at rest, by table. */
  rows: Record<string, unknown[]>;
  /** Last lines of processes, by name. */
  output: Record<string, string[]>;
}

const EVIDENCE = ['booking', 'hold', 'native_time', 'native_state', 'calendar_state', 'event_type'];

const { at } = testDay();
const STARTS = Array.from({ length: 12 }, (_, i) => at('10:00') + i * CELL);
/** Those that hosts take, too. */
const CONTESTED = STARTS.slice(-3);
/** How long visitors ask again: longer than anything is away. */
const TRIES = 400;
/** What clocks of one machine may be apart. */
const SKEW = SECOND;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const world = await createChaosWorld();
  try {
    return await run(world, options);
  } finally {
    await world.close();
  }
}

async function run(world: ChaosWorld, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, say } = options;
  const history: Recorded[] = [];
  const faults: string[] = [];
  let isOver = false;
  const over = () => isOver;
  const race = {
    types: world.types,
    starts: STARTS,
    urls: world.fleet.gateways.flatMap(({ url }) => url ?? []),
    random: numbers(seed),
    over,
    tries: TRIES,
    record: (what: Recorded) => void history.push(what),
  };
  const viewers = openViewers(world, options.viewers, numbers(seed + 1));
  const visitors = Array.from({ length: options.visitors }, () => visit(race));
  const editor = editCalendars(world, CONTESTED, numbers(seed + 2), over);

  const played = await breakThings(world, options, faults);
  isOver = true;
  await Promise.all(visitors);
  const edits = await editor;
  viewers.rest();
  say('at rest: looking at what stands');
  await world.simulator.onIdle();
  faults.push(...(await faultsAtRest(world, history, edits.events, SKEW)));
  faults.push(...(await viewers.faults()));
  const observed = viewers.observed();
  await viewers.stop();
  const rows: ChaosEvidence['rows'] = {};
  for (const table of EVIDENCE) rows[table] = await world.database.query(`select * from ${table}`);
  const output = Object.fromEntries(world.fleet.processes.map((each) => [each.name, each.output()]));
  await Promise.all(world.fleet.processes.map((each) => each.stop(true)));
  faults.push(...world.fleet.complaints);

  const requests: Record<string, number> = {};
  for (const { op, answer } of history) {
    const name = `${op} ${typeof answer === 'object' ? answer.is : answer}`;
    requests[name] = (requests[name] ?? 0) + 1;
  }
  const evidence = { history, rows, output };
  return { played, requests, edits: edits.counts, observed, faults, evidence };
}

async function breakThings(
  world: ChaosWorld,
  { faults, time, seed, say }: ChaosOptions,
  wrong: string[],
): Promise<Map<Fault, number[]>> {
  const random = numbers(seed + 3);
  const played = new Map<Fault, number[]>();
  const began = Date.now();
  const isOver = () => Date.now() - began > time;
  let round = 0;
  do {
    for (const fault of shuffled(faults, random)) {
      if (round > 0 && isOver()) break;
      await fault.play(world, random);
      const healed = await untilHealed(world);
      if ('took' in healed) {
        played.set(fault, [...(played.get(fault) ?? []), healed.took]);
        say(`${fault.title}: healed after ${healed.took} ms ${JSON.stringify(healed.parts)}`);
      } else {
        wrong.push(`${fault.title}: did not heal: ${healed.still}`);
        say(`${fault.title}: did not heal: ${healed.still}`);
      }
    }
    round++;
  } while (!isOver());
  return played;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
