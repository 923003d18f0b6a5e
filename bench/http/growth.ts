/** How what a new answer costs grows with what it is made from: twenty calendars in place of one, fifty hosts in place of one. */
import type { Child } from '../child.ts';
import type { BenchGateway } from '../gateway.ts';
import type { LoadProcess } from './load.ts';
import { createHost, createPage, type Page } from './page.ts';
import { askInTurns, createSum } from './sum.ts';

const CONNECTIONS = 16;
const CALENDARS = 20;
const HOSTS = 50;
/** Hosts that are connected at the same time. */
const TOGETHER = 5;

/** How many times the cost of one host with one calendar an answer may have at most. */
const GOALS = { calendars: 1.3, hosts: 6 };

/** @returns one line a case; `ratio` is its CPU time an answer over that of one host with one calendar. */
export async function measureGrowth(
  gateway: BenchGateway,
  load: Child<LoadProcess>,
  duration: number,
): Promise<{ line: object; faults: string[] }[]> {
  const pages = await createPages(gateway);
  const sums = new Map(
    Object.entries(pages).map(([name, page]) => {
      const asked = { url: gateway.url, cpu: () => gateway.cpu(), connections: CONNECTIONS };
      return [name, createSum(load, { ...asked, body: page.body('%FROM%'), from: page.first })];
    }),
  );
  await askInTurns([...sums.values()], duration);
  const [one, ...others] = [...sums].map(([name, sum]) => ({ name, ...sum.total() }));
  return others.map(({ name, faults, ...figures }) => {
    const ratio = Number((figures.cpuUs / (one?.cpuUs ?? 0)).toFixed(2));
    const goal = name === 'hosts' ? GOALS.hosts : GOALS.calendars;
    const line = {
      name: 'http',
      case: name,
      ...figures,
      one: { cpuUs: one?.cpuUs },
      ratio,
      goal,
      met: ratio <= goal,
    };
    return { line, faults: [...faults, ...(one?.faults ?? [])] };
  });
}

async function createPages(gateway: BenchGateway): Promise<Record<'one' | keyof typeof GOALS, Page>> {
  const [one, many] = [await createHost(gateway, 'one', 1), await createHost(gateway, 'many', CALENDARS)];
  const team: string[] = [];
  while (team.length < HOSTS) {
    const next = Array.from({ length: TOGETHER }, (_, n) => `host-${team.length + n}`);
    team.push(...(await Promise.all(next.map((slug) => createHost(gateway, slug, 1)))));
  }
  return {
    one: await createPage(gateway, { slug: 'one', hosts: [one] }),
    calendars: await createPage(gateway, { slug: 'many', hosts: [many] }),
    hosts: await createPage(gateway, { slug: 'host-0', hosts: team, more: { scheduling: 'ROUND_ROBIN' } }),
  };
}
