/**
 * `npm run bench -- booking [ROUNDS]`: 100 visitors, each with an address of its own, hold slots of 20 hosts and book them. Beside
 * them, in the same run, a bare server makes a hold and a booking of the same question with as few statements as can be. One
 * JSON line a case: `{case, done, perSecond, cpuMs, bare: {perSecond, cpuMs}, ratio, goal, met}`; `cpuMs` is the server's own
 * CPU for one of them, `ratio` the bare server's share of it, `perCore` how many bookings (a hold and a confirmation each) one core's
 * time is enough for. The hosts have no calendars: no provider is asked. Exit 1 for a wrong answer.
 */
import { PAGE_DOCUMENTS } from '../../src/graphql/page-documents.ts';
import { startChild } from '../child.ts';
import { type BenchGateway, withGateway } from '../gateway.ts';
import { printFigures, writeResults } from '../results.ts';
import type { BareBookings } from './bare.ts';
import type { Visit, VisitorsProcess } from './visitors.ts';

const DAY = 86_400_000;
const LENGTH = 15 * 60_000;
const VISITORS = 100;
/** `batch`: holds, and then bookings of them, in one round. `warmUp`: rounds before anything counts, so that both servers are compiled. */
const FULL = { hosts: 20, batch: 2 * VISITORS, warmUp: 2 };
const GOALS = { hold: 5, confirm: 8, perCore: 150 };
const WEEKLY = [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '00:00', end: '24:00' }];
export const BOOKING_LIMITS = {
  RATE_LIMIT_ANONYMOUS: '100000000/PT1M',
  BOOKINGS_PER_ADDRESS: '1000000/PT1H',
  HOLDS_PER_ADDRESS: '1000',
  CONNECTIONS_PER_ADDRESS: '10000',
  CHALLENGE: 'off',
  TRUSTED_PROXIES: '127.0.0.1',
};
const CASES = ['hold', 'confirm'] as const;

interface Server {
  url: string;
  /** Microseconds of CPU that it has used. */
  cpu(): Promise<number>;
}

export async function benchBooking([rounds = '6']: string[]): Promise<void> {
  const size = { ...FULL, rounds: Number(rounds) };
  await withGateway(
    async (gateway) => writeResults('booking', await measureBooking(gateway, size)),
    BOOKING_LIMITS,
  );
}

export interface BookingSize {
  hosts: number;
  rounds: number;
  batch: number;
  warmUp: number;
}

/** Prints a line a case. The gateway must have `BOOKING_LIMITS`. @returns the lines */
export async function measureBooking(
  gateway: BenchGateway,
  { hosts, rounds, batch, warmUp }: BookingSize,
): Promise<object[]> {
  const eventTypes = await createEventTypes(gateway, hosts);
  const [bare, visitors] = await Promise.all([
    startChild<BareBookings>('booking/bare.ts'),
    startChild<VisitorsProcess>('booking/visitors.ts'),
  ]);
  try {
    const own = { url: gateway.url, cpu: gateway.cpu };
    const other = { url: await bare.ask('serve', gateway.databaseUrl), cpu: () => bare.ask('cpu') };
    const [ours, theirs] = [own, other].map((server) =>
      createBookings(visitors.ask, server, { eventTypes, batch }),
    ) as [Bookings, Bookings];
    // In turns, so that whatever else the machine does weighs on both.
    for (let round = 0; round < warmUp + rounds; round++) {
      for (const { run } of [theirs, ours]) await run({ counted: round >= warmUp });
    }
    return report(ours.figures, theirs.figures);
  } finally {
    await Promise.all([bare.end(), visitors.end()]);
  }
}

type Bookings = ReturnType<typeof createBookings>;

interface Figures {
  done: number;
  seconds: number;
  /** Microseconds. */
  cpu: number;
  faults: string[];
}

function createBookings(
  ask: (name: 'visit', visit: Visit) => Promise<{ tokens: string[]; seconds: number; faults: string[] }>,
  { url, cpu }: Server,
  { eventTypes, batch }: { eventTypes: string[]; batch: number },
) {
  const first = Math.ceil(Date.now() / DAY) * DAY + DAY;
  const figures: Record<(typeof CASES)[number], Figures> = {
    hold: { done: 0, seconds: 0, cpu: 0, faults: [] },
    confirm: { done: 0, seconds: 0, cpu: 0, faults: [] },
  };
  let asked = 0;
  /** The next slots: each host in turn, each start once. */
  const nextSlots = () =>
    Array.from({ length: batch }, () => {
      const [host, slot] = [asked % eventTypes.length, Math.floor(asked++ / eventTypes.length)];
      return { eventType: eventTypes[host], start: new Date(first + slot * LENGTH).toISOString() };
    });
  const attendees = (tokens: string[]) =>
    tokens.map((hold, i) => ({
      hold,
      name: `Visitor ${i % VISITORS}`,
      email: `visitor-${asked}-${i}@example.com`,
      timeZone: 'Europe/Berlin',
    }));

  return {
    figures,
    /** A hold of each slot, and then a booking of each hold. */
    async run({ counted }: { counted: boolean }): Promise<void> {
      let tokens: string[] = [];
      for (const name of CASES) {
        const query = documentOf(name === 'hold' ? 'HoldSlot' : 'ConfirmBooking');
        const inputs = name === 'hold' ? nextSlots() : attendees(tokens);
        const before = await cpu();
        const visit = await ask('visit', { url, query, inputs, visitors: VISITORS });
        const used = (await cpu()) - before;
        tokens = visit.tokens;
        const sum = figures[name];
        sum.faults.push(...visit.faults);
        if (!counted) continue;
        sum.done += inputs.length;
        sum.seconds += visit.seconds;
        sum.cpu += used;
      }
    },
  };
}

const documentOf = (operation: string) =>
  PAGE_DOCUMENTS.find((text) => text.includes(`mutation ${operation}(`)) ?? '';

/** Prints a line a case. @returns the lines */
function report(ours: Record<(typeof CASES)[number], Figures>, theirs: typeof ours): object[] {
  const lines = CASES.map((name) => {
    const [own, bare] = [figuresOf(ours[name]), figuresOf(theirs[name])];
    const goal = GOALS[name];
    const ratio = Number((bare.cpuMs / own.cpuMs).toFixed(3));
    return { name: 'booking', case: name, ...own, bare, ratio, goal, met: own.cpuMs <= goal };
  });
  for (const line of lines) printFigures(line, [...ours[line.case].faults, ...theirs[line.case].faults]);
  const perCoreOf = ({ hold, confirm }: typeof ours) =>
    Math.round(1e6 / (hold.cpu / hold.done + confirm.cpu / confirm.done));
  const [perCore, bare] = [perCoreOf(ours), perCoreOf(theirs)];
  const both = {
    ...{ name: 'booking', case: 'hold and confirm', perCore, bare: { perCore: bare } },
    ratio: Number((perCore / bare).toFixed(3)),
    ...{ goal: GOALS.perCore, met: perCore >= GOALS.perCore },
  };
  printFigures(both, []);
  return [...lines, both];
}

const figuresOf = ({ done, seconds, cpu }: Figures) => ({
  done,
  perSecond: Math.round(done / seconds),
  cpuMs: Number((cpu / done / 1_000).toFixed(2)),
});

/** One for each host, who takes bookings day and night. */
async function createEventTypes({ ask }: BenchGateway, hosts: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < hosts; n++) {
    const slug = `booked-${n}`;
    const { createHost } = await ask<{ createHost: { id: string } }>(
      'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
      {
        input: { name: slug, slug, timeZone: 'UTC', workingHours: { timeZone: 'UTC', weekly: WEEKLY } },
      },
    );
    const { createEventType } = await ask<{ createEventType: { id: string } }>(
      'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
      { input: { owner: slug, slug: 'intro', title: 'Intro', length: 'PT15M', hosts: [createHost.id] } },
    );
    ids.push(createEventType.id);
  }
  return ids;
}
