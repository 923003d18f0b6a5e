/** One change after another: how long from an edit at the provider until a reader of the API sees it, and until an open page has a frame. */
import { AvailabilityLiveDocument } from '../../src/web/gql/documents.ts';
import { now } from '../child.ts';
import type { BenchGateway, BenchHost } from '../gateway.ts';
import { openViewer } from '../push/viewer.ts';
import { printFigures } from '../results.ts';
import type { BareFrames } from './bare-frames.ts';
import { busyOf, DAY, dayStart, figuresOf, HOUR } from './busy.ts';
import type { Watchdog } from './watchdog.ts';

/** Milliseconds after which a change that isn't seen is a fault: the benchmark must not wait for the next poll of the calendar. */
const LONGEST = 20_000;
const GOALS = { p50Ms: 10, p99Ms: 60 };
const WEEKLY = [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '00:00', end: '24:00' }];

/** What runs beside a case. */
interface Beside {
  /** Asked in turns with the gateway, so that whatever else the machine does weighs on both. */
  bare: BareFrames;
  watchdog: Watchdog;
}

export interface FramesSize {
  /** Changes of an open page. */
  frames: number;
  /** Milliseconds before each. */
  spread: number;
}

export async function benchSingle(
  gateway: BenchGateway,
  hosts: BenchHost[],
  changes: number,
  { bare, watchdog }: Beside,
): Promise<object> {
  const times: number[] = [];
  const bareTimes: number[] = [];
  const faults: string[] = [];
  const from = dayStart() + 10 * DAY;
  for (let i = 0; i < changes; i++) {
    const host = hosts[i % hosts.length];
    if (!host) break;
    watchdog.progress(`change ${i} is to be seen`);
    const start = from + Math.floor(i / hosts.length) * HOUR;
    const begun = now();
    gateway.simulator.world.createEvent(host.calendar, { title: 'Bench', start, end: start + HOUR / 2 });
    for (;;) {
      const [periods = []] = await busyOf(gateway, [host], start, start + HOUR);
      if (periods.length > 0) break;
      if (now() - begun > LONGEST) {
        faults.push(`change ${i} wasn't seen: ${JSON.stringify(gateway.simulator.notifications()[0])}`);
        break;
      }
    }
    times.push(now() - begun);
    await gateway.simulator.onIdle();
    bareTimes.push(await bare.measure());
  }
  const line = lineOf('notification to busy', times, bareTimes, faults.length);
  printFigures(line, faults);
  return line;
}

/** A page of one host is open, whose calendar changes; a change begins when the frame of the one before has come. */
export async function benchFrames(
  gateway: BenchGateway,
  { frames, spread }: FramesSize,
  { bare, watchdog }: Beside,
): Promise<object> {
  const { world } = gateway.simulator;
  const host = await gateway.connect('google', 'open-page');
  await gateway.ask(
    'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
    { host: host.id, input: { timeZone: 'UTC', weekly: WEEKLY } },
  );
  const { createEventType } = await gateway.ask<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: 'open-page', slug: 'intro', title: 'Intro', length: 'PT30M', hosts: [host.id] } },
  );
  const from = dayStart() + 2 * DAY;
  const window = {
    eventType: createEventType.id,
    from: new Date(from).toISOString(),
    to: new Date(from + 7 * DAY).toISOString(),
  };
  const faults: string[] = [];
  let onFrame: (at: number) => void = () => {};
  /** @returns the instant of the next frame; null: none came */
  const nextFrame = () =>
    new Promise<number | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), LONGEST);
      onFrame = (at) => {
        clearTimeout(timer);
        resolve(at);
      };
    });
  const snapshot = nextFrame();
  const viewer = await openViewer(gateway.url, {
    payload: (_bytes, at) => onFrame(at),
    fault: (text) => faults.push(text),
  });
  viewer.subscribe(AvailabilityLiveDocument.toString(), window);
  if ((await snapshot) === null) faults.push('no snapshot came');
  const times: number[] = [];
  const bareTimes: number[] = [];
  for (let i = 0; i < frames && faults.length === 0; i++) {
    watchdog.progress(`frame ${i} is to come`);
    await new Promise((resolve) => setTimeout(resolve, spread));
    const start = from + i * HOUR;
    const frame = nextFrame();
    const begun = now();
    world.createEvent(host.calendar, { title: 'Bench', start, end: start + HOUR / 2 });
    const at = await frame;
    if (at === null) faults.push(`no frame of change ${i} came`);
    else times.push(at - begun);
    bareTimes.push(await bare.measure());
  }
  const line = lineOf('notification to frame', times, bareTimes, faults.length);
  printFigures(line, faults);
  return line;
}

/** `ratio` is the bare server's share of the median. */
function lineOf(name: string, times: number[], bareTimes: number[], lost: number): object {
  const [own, { p50Ms, p99Ms }] = [figuresOf(times), figuresOf(bareTimes)];
  return {
    ...{ name, ...own, lost, bare: { p50Ms, p99Ms } },
    ratio: Number((p50Ms / own.p50Ms).toFixed(3)),
    ...{ goal: GOALS, met: lost === 0 && own.p50Ms <= GOALS.p50Ms && own.p99Ms <= GOALS.p99Ms },
  };
}
