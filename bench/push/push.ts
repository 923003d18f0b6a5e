/**
 * `npm run bench -- push [SOCKETS…]`: changes on their way to many viewers, of one event type and of a hundred, beside stock
 * Yoga in the same run. One line per server, number of sockets and of event types: ms from a change to its last viewer, µs
 * of CPU per event and viewer, KB per socket, and how many times more stock Yoga took. Exit 1 when a viewer missed anything.
 */
import { tooFewFiles } from '../open-files.ts';
import { printFigures, writeResults } from '../results.ts';
import { EVENT_TYPES, ratio } from './measure-change.ts';
import { type AtRest, type Figures, measure } from './run.ts';
import { type WithServer, withSlotwire, withYoga } from './servers.ts';

const SIZES = ['500', '2000', '5000', '10000'];

/** What is aimed at, printed beside the figures; `p99Ms` for as many viewers. */
const GOALS = { cpuUs: 20, memoryKb: 35, cpuRatio: 6 };
const P99_GOAL = { sockets: 5_000, p99Ms: 250 };

export async function benchPush(args: string[]): Promise<void> {
  const sizes = (args.length > 0 ? args : SIZES).map(Number);
  const missing = tooFewFiles(Math.max(...sizes));
  if (missing) {
    console.error(missing);
    process.exitCode = 1;
    return;
  }
  const stock = await all(withYoga, sizes, (figures) => ({ server: 'yoga', ...figures }));
  const ours = await all(withSlotwire, sizes, (figures) => {
    const beside = stock.find(
      ({ sockets, eventTypes }) => sockets === figures.sockets && eventTypes === figures.eventTypes,
    );
    return { server: 'slotwire', ...figures, ...(beside && ratios(beside, figures)), goals: goals(figures) };
  });
  writeResults('push', [...stock, ...ours]);
}

/** Each number of event types has a server of its own. Prints each line as soon as it is known. */
async function all<T extends object>(
  withServer: WithServer,
  sizes: number[],
  lineOf: (figures: Omit<Figures, 'faults'>) => T,
): Promise<T[]> {
  const lines: T[] = [];
  const atRest: AtRest = new Map();
  for (const eventTypes of [1, EVENT_TYPES]) {
    await withServer(EVENT_TYPES, async (server) => {
      for await (const { faults, ...figures } of measure(server, { eventTypes, sizes, atRest })) {
        const line = lineOf(figures);
        lines.push(line);
        printFigures({ name: 'push', ...line }, faults);
      }
    });
  }
  return lines;
}

/** How many times what stock Yoga took is what ours took. */
const ratios = (stock: Omit<Figures, 'faults'>, ours: Omit<Figures, 'faults'>) => ({
  cpuRatio: ratio(stock.cpuUs, ours.cpuUs),
  pushRatio: ratio(stock.pushUs, ours.pushUs),
  p99Ratio: ratio(stock.p99Ms, ours.p99Ms),
  memoryRatio: ratio(stock.memoryKb, ours.memoryKb),
});

const goals = ({ sockets }: { sockets: number }) => ({
  ...GOALS,
  ...(sockets === P99_GOAL.sockets ? { p99Ms: P99_GOAL.p99Ms } : {}),
});
