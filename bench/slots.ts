/**
 * `npm run bench -- slots FILE`: times the slot engine on a file of scenarios, from unsorted busy periods to starts.
 * One JSON line per scenario: `{name, slots, sha256, medianMs, p95Ms, iterations}`. Exit 1 when an answer is not the expected one.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostStarts } from '../src/availability/host-starts.ts';
import type { WorkingHours } from '../src/availability/hours.ts';
import { mergePeriods } from '../src/availability/period.ts';
import type { EventTypeRules } from '../src/availability/rules.ts';
import { teamStarts } from '../src/availability/teams.ts';

type Pair = [start: string, end: string];

interface Fixture {
  name: string;
  window: [from: string, to: string];
  lengthMinutes: number;
  intervalMinutes: number;
  scheduling: 'SINGLE' | 'COLLECTIVE' | 'ROUND_ROBIN';
  /** Busy for every host. */
  held?: Pair[];
  hosts: { timeZone: string; weekly: { days: string[]; start: string; end: string }[]; busy: Pair[] }[];
  expected?: { slots: number; sha256: string };
}

/** A fixture as the engine takes it, busy time still unsorted. */
interface Scenario {
  type: { id: string; hosts: string[]; rules: EventTypeRules };
  window: { from: number; to: number };
  held: Float64Array;
  hosts: { hours: WorkingHours; busy: Float64Array }[];
}

const MINUTE = 60_000;
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** Lets the compiler settle before anything counts. */
const WARM_UP_MS = 300;
const MEASURED_MS = 1000;
const LEAST_ITERATIONS = 30;

export function benchSlots([file]: string[]): void {
  if (file === undefined) {
    console.error('Usage: npm run bench -- slots FILE');
    process.exitCode = 1;
    return;
  }
  const fixtures: Fixture[] = JSON.parse(readFileSync(file, 'utf8'));
  for (const fixture of fixtures) {
    const scenario = read(fixture);
    const { starts, times } = measure(scenario);
    const sha256 = hashOf(starts);
    const line = { name: fixture.name, slots: starts.length, sha256, ...summary(times) };
    console.log(JSON.stringify(line));
    if (fixture.expected && fixture.expected.sha256 !== sha256) {
      console.error(`${fixture.name}: expected ${fixture.expected.slots} slots, ${fixture.expected.sha256}`);
      process.exitCode = 1;
    }
  }
}

/** All that is timed. */
function solve({ type, window, held, hosts }: Scenario): Float64Array {
  const lists = hosts.map(({ hours, busy }) => {
    const { timeZone } = hours;
    const host = { hours, timeZone, zoneChanges: [], busy: mergePeriods([busy, held]), native: [] };
    return hostStarts(type, host, window, window.from);
  });
  return teamStarts(type, lists).starts;
}

function measure(scenario: Scenario): { starts: Float64Array; times: number[] } {
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) solve(scenario);
  const times: number[] = [];
  let starts: Float64Array = new Float64Array();
  for (let spent = 0; spent < MEASURED_MS || times.length < LEAST_ITERATIONS; ) {
    const begun = performance.now();
    starts = solve(scenario);
    const time = performance.now() - begun;
    times.push(time);
    spent += time;
  }
  return { starts, times };
}

function summary(times: number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(4));
  return { medianMs: at(0.5), p95Ms: at(0.95), iterations: times.length };
}

const hashOf = (starts: Float64Array) =>
  createHash('sha256')
    .update(Array.from(starts, (start) => new Date(start).toISOString()).join('\n'))
    .digest('hex');

function read(fixture: Fixture): Scenario {
  const { scheduling } = fixture;
  if (!['SINGLE', 'COLLECTIVE', 'ROUND_ROBIN'].includes(scheduling)) {
    throw new Error(`${fixture.name}: unknown scheduling ${scheduling}`);
  }
  const [from, to] = fixture.window;
  return {
    type: {
      id: 'evt_bench',
      hosts: fixture.hosts.map((_, i) => `hst_${i}`),
      rules: {
        length: fixture.lengthMinutes * MINUTE,
        lengths: [fixture.lengthMinutes * MINUTE],
        interval: fixture.intervalMinutes * MINUTE,
        scheduling,
        quorum: null,
        hostRules: [],
        seats: 1,
        maxPerDay: null,
        maxPerWeek: null,
        bufferBefore: 0,
        bufferAfter: 0,
        minimumNotice: 0,
        horizon: null,
        tentativeBlocks: true,
        onStale: 'FAIL_CLOSED',
        staleAfter: null,
        maxPerAttendee: null,
        changeNotice: null,
        requireEmailVerification: false,
        approval: false,
        active: true,
        listed: true,
        reminders: [],
      },
    },
    window: { from: Date.parse(from), to: Date.parse(to) },
    held: pairs(fixture.held ?? []),
    hosts: fixture.hosts.map(({ timeZone, weekly, busy }) => ({
      hours: { timeZone, weekly: weekly.map(hours), overrides: [] },
      busy: pairs(busy),
    })),
  };
}

const pairs = (periods: Pair[]) => new Float64Array(periods.flat().map((instant) => Date.parse(instant)));

function hours({ days, start, end }: { days: string[]; start: string; end: string }) {
  return { days: days.map((day) => DAYS.indexOf(day)), start: minutes(start), end: minutes(end) };
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
