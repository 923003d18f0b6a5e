/**
 * `npm run bench -- http [SECONDS]`: answers per second to the booking page's question (one host, three Google calendars, 14 days,
 * 182 slots), asked again and again and with another window each time, beside a bare server of Node's that sends the same bytes.
 * One line a case; `ratio` is the gateway's share of the bare server's answers per second, `cpuRatio` of its answers per second of CPU. Exit 1 for a wrong answer.
 */
import { PAGE_DOCUMENTS } from '../../src/graphql/page-documents.ts';
import { type Child, startChild } from '../child.ts';
import { type BenchGateway, withGateway } from '../gateway.ts';
import { printFigures, writeResults } from '../results.ts';
import type { BareProcess } from './bare.ts';
import type { Load, LoadProcess } from './load.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const DAYS = 14;
const SLOTS = 182;
const CALENDARS = 3;
const CONNECTIONS = 16;
/** Before anything counts, so that both servers are compiled. Milliseconds. */
const WARM_UP = 2_000;
/** How long one server is asked before it is the other's turn. Milliseconds. */
const SLICE = 500;
const GOALS = { warm: 0.6, distinct: 0.15 };
const WEEKLY = [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }];
const NO_LIMITS = {
  RATE_LIMIT_ANONYMOUS: '100000000/PT1M',
  CONNECTIONS_PER_ADDRESS: '10000',
};

export async function benchHttp([seconds = '8']: string[]): Promise<void> {
  const duration = Number(seconds) * 1_000;
  const lines: object[] = [];
  await withGateway(async (gateway) => {
    const page = await createPage(gateway);
    const text = await ask(gateway.url, page.body(new Date(page.first).toISOString()));
    const slots = (JSON.parse(text) as { data: { availability: { slots: object[] } } }).data.availability
      .slots;
    if (slots.length !== SLOTS) printFigures(null, [`${slots.length} slots instead of ${SLOTS}`]);
    const [bare, load] = [
      await startChild<BareProcess>('http/bare.ts'),
      await startChild<LoadProcess>('http/load.ts'),
    ];
    try {
      const bareUrl = await bare.ask('serve', text);
      const cases = { warm: page.body(new Date(page.first).toISOString()), distinct: page.body('%FROM%') };
      const servers = {
        bare: { url: bareUrl, cpu: () => bare.ask('cpu') },
        ours: { url: gateway.url, cpu: () => gateway.cpu() },
      };
      for (const [name, body] of Object.entries(cases) as [keyof typeof cases, string][]) {
        const asking = { body, from: page.first, connections: CONNECTIONS };
        const theirs = createSum(load, { ...asking, ...servers.bare });
        const ours = createSum(load, { ...asking, ...servers.ours });
        for (const { warmUp } of [theirs, ours]) await warmUp();
        // In turns, so that whatever else the machine does weighs on both.
        for (let spent = 0; spent < duration; spent += SLICE)
          for (const { add } of [theirs, ours]) await add();
        const [bareFigures, { faults, ...figures }] = [theirs.total(), ours.total()];
        const line = {
          ...{ name: 'http', case: name, slots: SLOTS, bytes: Buffer.byteLength(text), ...figures },
          bare: { perSecond: bareFigures.perSecond, cpuUs: bareFigures.cpuUs },
          ratio: Number((figures.perSecond / bareFigures.perSecond).toFixed(3)),
          cpuRatio: Number((bareFigures.cpuUs / figures.cpuUs).toFixed(3)),
          goal: GOALS[name],
        };
        lines.push(line);
        printFigures({ ...line, met: line.ratio >= GOALS[name] }, [...faults, ...bareFigures.faults]);
      }
    } finally {
      await Promise.all([bare.end(), load.end()]);
    }
  }, NO_LIMITS);
  writeResults('http', lines);
}

interface Asked extends Omit<Load, 'duration'> {
  /** Microseconds of CPU that the server has used. */
  cpu(): Promise<number>;
}

/** Adds up what one server answers in all its slices of time. */
function createSum(load: Child<LoadProcess>, { cpu, ...asking }: Asked) {
  let [answers, seconds, used] = [0, 0, 0];
  const times: number[] = [];
  const faults: string[] = [];
  return {
    warmUp: () => load.ask('run', { ...asking, duration: WARM_UP }),
    async add() {
      const before = await cpu();
      const slice = await load.ask('run', { ...asking, duration: SLICE });
      used += (await cpu()) - before;
      answers += slice.answers;
      seconds += slice.seconds;
      times.push(...slice.times);
      faults.push(...slice.faults);
    },
    total() {
      times.sort((a, b) => a - b);
      const at = (share: number) => Number((times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2));
      const [perSecond, cpuUs] = [Math.round(answers / seconds), Math.round(used / answers)];
      return { answers, perSecond, cpuUs, p50: at(0.5), p99: at(0.99), faults };
    },
  };
}

async function ask(url: string, body: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return response.text();
}

/** The question of a booking page, for a host whose calendars take an hour and a half of each day. */
async function createPage(gateway: BenchGateway) {
  const { world } = gateway.simulator;
  const first = Math.ceil(Date.now() / DAY) * DAY + DAY;
  const fill = (calendar: string, n: number) => {
    for (let day = -1; day <= DAYS; day++) {
      const start = first + day * DAY + (9 + 2 * n) * HOUR;
      world.createEvent(calendar, { title: 'Taken', start, end: start + HOUR / 2 });
    }
  };
  const host = await gateway.connect('google', 'page', (calendar) => {
    fill(calendar, 0);
    for (let n = 1; n < CALENDARS; n++)
      fill(world.addCalendar({ owner: 'page@example.com', name: `Calendar ${n}` }).id, n);
  });
  await gateway.selectAll(host.id);
  await gateway.ask(
    'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
    { host: host.id, input: { timeZone: 'UTC', weekly: WEEKLY } },
  );
  const { createEventType } = await gateway.ask<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: 'page', slug: 'intro', title: 'Intro', length: 'PT30M', hosts: [host.id] } },
  );
  const query = PAGE_DOCUMENTS.find((text) => text.includes('query AvailabilityNow'));
  return {
    /** There are nine hours until the first slot. */
    first,
    body: (from: string) =>
      JSON.stringify({
        query,
        variables: {
          input: { eventType: createEventType.id, from, to: new Date(first + DAYS * DAY).toISOString() },
        },
      }),
  };
}
