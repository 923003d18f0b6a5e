/** The first answer of a gateway that has just been started, and knows nothing of what it is asked: four calendars of 500 events each. */
import { now } from '../child.ts';
import type { BenchGateway } from '../gateway.ts';
import { createHost, createPage } from './page.ts';

const CALENDARS = 4;
const EVENTS = 500;
const STARTS = 7;
/** Milliseconds, of half of the starts. */
const GOAL = 15;

/** @returns one line; `p50` is of the first answers, `next` of the ones after them, which another window is asked for. Milliseconds. */
export async function measureCold(gateway: BenchGateway): Promise<{ line: object; faults: string[] }> {
  const host = await createHost(gateway, 'cold', CALENDARS, EVENTS);
  const page = await createPage(gateway, { slug: 'cold', hosts: [host] });
  const [first, next]: [number[], number[]] = [[], []];
  const faults: string[] = [];
  for (let start = 0; start < STARTS; start++) {
    await gateway.restart();
    for (const [n, times] of [first, next].entries()) {
      const sent = now();
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: page.body(new Date(page.first + n).toISOString()),
      });
      const text = await response.text();
      times.push(now() - sent);
      if (response.status !== 200 || text.includes('"errors"')) faults.push(text.slice(0, 500));
    }
  }
  const p50 = median(first);
  const figures = { p50, most: Number(Math.max(...first).toFixed(1)), next: median(next) };
  return {
    line: {
      name: 'http',
      case: 'cold',
      ...figures,
      goal: GOAL,
      met: p50 <= GOAL,
      ratio: Number((GOAL / p50).toFixed(2)),
    },
    faults,
  };
}

const median = (times: readonly number[]): number =>
  Number((times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0).toFixed(1));
