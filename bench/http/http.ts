/**
 * `npm run bench -- http [SECONDS]`: answers per second to the booking page's question (one host, three Google calendars, 14 days,
 * 182 slots), asked again and again and with another window each time, beside a bare server of Node's that sends the same bytes, and
 * beside mercurius with its compiler, which answers the same question from a constant.
 * One line a case; `ratio` is the gateway's share of the bare server's answers per second, `cpuRatio` of its answers per second of
 * CPU. Then how the cost of an answer grows with calendars and hosts, and how long the first answer after a start takes. Exit 1 for a
 * wrong answer.
 */
import { type Child, startChild } from '../child.ts';
import { type BenchGateway, withGateway } from '../gateway.ts';
import { printFigures, writeResults } from '../results.ts';
import type { BareProcess } from './bare.ts';
import { measureCold } from './cold.ts';
import { measureGrowth } from './growth.ts';
import type { LoadProcess } from './load.ts';
import type { MercuriusProcess } from './mercurius.ts';
import { createHost, createPage, type Page } from './page.ts';
import { askInTurns, createSum } from './sum.ts';

const SLOTS = 182;
const CALENDARS = 3;
const CONNECTIONS = 16;
const GOALS = { warm: 0.6, distinct: 0.15 };
/** Of mercurius' answers, for windows that are distinct. */
const AHEAD = 1;
export const NO_LIMITS = {
  RATE_LIMIT_ANONYMOUS: '100000000/PT1M',
  CONNECTIONS_PER_ADDRESS: '10000',
};

interface Servers {
  bare: Child<BareProcess>;
  mercurius: Child<MercuriusProcess>;
  load: Child<LoadProcess>;
}

export async function benchHttp([seconds = '8']: string[]): Promise<void> {
  const size = { duration: Number(seconds) * 1_000, growth: true };
  await withGateway(async (gateway) => writeResults('http', await measureHttp(gateway, size)), NO_LIMITS);
}

/**
 * Prints a line a case. The gateway must have `NO_LIMITS`.
 * @param growth whether fifty hosts are connected to see how costs grow, and the gateway is started again for its first answers
 * @returns the lines
 */
export async function measureHttp(
  gateway: BenchGateway,
  { duration, growth }: { duration: number; growth: boolean },
): Promise<object[]> {
  const lines: object[] = [];
  const print = (line: object, faults: string[]) => {
    lines.push(line);
    printFigures(line, faults);
  };
  const host = await createHost(gateway, 'page', CALENDARS);
  const page = await createPage(gateway, { slug: 'page', hosts: [host] });
  const [bare, mercurius, load] = await Promise.all([
    startChild<BareProcess>('http/bare.ts'),
    startChild<MercuriusProcess>('http/mercurius.ts'),
    startChild<LoadProcess>('http/load.ts'),
  ]);
  try {
    await compare(gateway, { bare, mercurius, load }, page, duration, print);
    const grown = growth ? await measureGrowth(gateway, load, duration) : [];
    for (const { line, faults } of grown) print(line, faults);
    if (growth) {
      const { line, faults } = await measureCold(gateway);
      print(line, faults);
    }
  } finally {
    await Promise.all([bare, mercurius, load].map((server) => server.end()));
  }
  return lines;
}

/** The page's question, warm and distinct, beside the others. */
async function compare(
  gateway: BenchGateway,
  { bare, mercurius, load }: Servers,
  page: Page,
  duration: number,
  print: (line: object, faults: string[]) => void,
): Promise<void> {
  const text = await ask(gateway.url, page.body(new Date(page.first).toISOString()));
  const { slots } = (JSON.parse(text) as { data: { availability: { slots: object[] } } }).data.availability;
  if (slots.length !== SLOTS) printFigures(null, [`${slots.length} slots instead of ${SLOTS}`]);
  const servers = {
    bare: { url: await bare.ask('serve', text), cpu: () => bare.ask('cpu') },
    mercurius: { url: await mercurius.ask('serve', text), cpu: () => mercurius.ask('cpu') },
    ours: { url: gateway.url, cpu: () => gateway.cpu() },
  };
  const cases = { warm: page.body(new Date(page.first).toISOString()), distinct: page.body('%FROM%') };
  for (const [name, body] of Object.entries(cases) as [keyof typeof cases, string][]) {
    const asking = { body, from: page.first, connections: CONNECTIONS };
    const [ours, theirs, peers] = [servers.ours, servers.bare, servers.mercurius].map((server) =>
      createSum(load, { ...asking, ...server }),
    ) as [Sum, Sum, Sum];
    await askInTurns([theirs, peers, ours], duration);
    const { faults, ...figures } = ours.total();
    const [bareFigures, peerFigures] = [theirs.total(), peers.total()];
    const ratioTo = (other: { perSecond: number }) =>
      Number((figures.perSecond / other.perSecond).toFixed(3));
    const ratio = ratioTo(bareFigures);
    print(
      {
        ...{ name: 'http', case: name, slots: SLOTS, bytes: Buffer.byteLength(text), ...figures },
        bare: { perSecond: bareFigures.perSecond, cpuUs: bareFigures.cpuUs },
        mercurius: {
          perSecond: peerFigures.perSecond,
          cpuUs: peerFigures.cpuUs,
          ratio: ratioTo(peerFigures),
          ...(name === 'distinct' ? { goal: AHEAD, met: ratioTo(peerFigures) > AHEAD } : {}),
        },
        ratio,
        cpuRatio: Number((bareFigures.cpuUs / figures.cpuUs).toFixed(3)),
        ...{ goal: GOALS[name], met: ratio >= GOALS[name] },
      },
      [...faults, ...bareFigures.faults, ...peerFigures.faults],
    );
  }
}

type Sum = ReturnType<typeof createSum>;

async function ask(url: string, body: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return response.text();
}
