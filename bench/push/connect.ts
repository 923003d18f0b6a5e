/**
 * `npm run bench -- push-connect [SOCKETS [SECONDS]]`: viewers who come all at once, evenly over a few seconds, beside stock Yoga
 * in the same run. One line per server: ms until all have their snapshot, and of each viewer's wait; µs of CPU and KB of
 * memory per viewer, and the server's whole memory while they are idle. The goal is 20,000 in a gigabyte: `push-connect 20000 20`.
 */

import { startChild } from '../child.ts';
import { tooFewFiles } from '../open-files.ts';
import { printFigures, writeResults } from '../results.ts';
import type { Crowd } from './crowd.ts';
import { quantile, ratio, round } from './measure-change.ts';
import { check, gather, warmUp } from './run.ts';
import { type PushServer, withSlotwire, withYoga } from './servers.ts';

/** Of a gateway with 20,000 idle viewers or fewer, in MiB. */
const GOAL = { rssMb: 1024 };

interface Rush {
  sockets: number;
  seconds: number;
}

export async function benchPushConnect([sockets = '10000', seconds = '5']: string[]): Promise<void> {
  const rush = { sockets: Number(sockets), seconds: Number(seconds) };
  const missing = tooFewFiles(rush.sockets);
  if (missing) {
    console.error(missing);
    process.exitCode = 1;
    return;
  }
  const stock = await withYoga(1, (server) => connect(server, rush)).catch(overrun);
  const figures = await withSlotwire(1, (server) => connect(server, rush));
  const beside = stock && {
    cpuRatio: ratio(stock.cpuUs, figures.cpuUs),
    p99Ratio: ratio(stock.p99Ms, figures.p99Ms),
    memoryRatio: ratio(stock.memoryKb, figures.memoryKb),
  };
  const lines = [
    { server: 'yoga', ...(stock ?? { ...rush, overrun: true }) },
    { server: 'slotwire', ...figures, ...beside, goal: GOAL, met: figures.rssMb <= GOAL.rssMb },
  ];
  for (const line of lines) printFigures({ name: 'push connect', ...line }, []);
  writeResults('push-connect', lines);
}

/** What is measured is the gateway: that the other could not take so many is a figure, too. */
function overrun(error: unknown): null {
  const [first] = String(error).split('\n');
  process.stderr.write(`stock Yoga was overrun: ${first}\n`);
  return null;
}

async function connect(server: PushServer, { sockets, seconds }: Rush) {
  await warmUp(server);
  const before = await server.usage({ collected: true });
  const crowd = await startChild<Crowd>('push/crowd.ts');
  try {
    const perSecond = sockets / seconds;
    const { ms, times } = await gather(crowd, server, {
      ...{ eventTypes: 1, sockets },
      ...{ perSecond, atOnce: sockets },
    });
    const connected = await server.usage({ collected: false });
    const full = await server.usage({ collected: true });
    printFigures(null, await check(crowd, server, 1));
    return {
      ...{ sockets, seconds },
      allMs: round(ms),
      p50Ms: round(quantile(times, 0.5)),
      p99Ms: round(quantile(times, 0.99)),
      cpuUs: round((connected.cpu - before.cpu) / sockets),
      memoryKb: round((full.rss - before.rss) / 1024 / sockets),
      rssMb: round(full.rss / 1024 / 1024),
      heapKb: round((full.heap - before.heap) / 1024 / sockets),
    };
  } finally {
    await crowd.end();
  }
}
