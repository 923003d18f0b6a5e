import { expect, test } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { PullOptions } from '../../src/sync/pull/pull.ts';
import { createRefresher } from '../../src/sync/strict-refresh.ts';

const clock = { now: () => 1_000 };
const soon = 1_000 + 60_000;

function scripted() {
  const pulls: { calendar: string; startedAfter: number | undefined; end: (error?: Error) => void }[] = [];
  const puller = {
    pull: (calendar: string, options: PullOptions = {}) =>
      new Promise<'applied' | 'aborted'>((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve('applied'));
        const abort = () => resolve('aborted');
        if (options.signal?.aborted) abort();
        options.signal?.addEventListener('abort', abort);
        pulls.push({ calendar, startedAfter: options.startedAfter, end });
      }),
  };
  return { pulls, ...createRefresher({ puller, clock, log: createLog('silent') }) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a strict read pulls all its calendars at once, each of them once', async () => {
  const { pulls, refresh } = scripted();
  const done = refresh(['a', 'b', 'a'], { startedAfter: 5, deadline: soon });
  expect(pulls.map(({ calendar }) => calendar)).toEqual(['a', 'b']);
  for (const { end } of pulls) end();
  await done;
});

test('a strict read joins a pull that is new enough; later ones share one more', async () => {
  const { pulls, refresh } = scripted();
  const first = refresh(['a'], { startedAfter: 5, deadline: soon });
  const joins = refresh(['a'], { startedAfter: 4, deadline: soon });
  const later = [6, 8, 7].map((startedAfter) => refresh(['a'], { startedAfter, deadline: soon }));
  expect(pulls).toHaveLength(1);
  pulls[0]?.end();
  await Promise.all([first, joins]);
  await turn();
  expect(pulls.map(({ startedAfter }) => startedAfter)).toEqual([5, 8]);
  pulls[1]?.end();
  await Promise.all(later);
  expect(pulls).toHaveLength(2);
});

test('the deadline ends the wait, and a pull that fails ends only itself', async () => {
  const { pulls, refresh } = scripted();
  await refresh(['a'], { startedAfter: 5, deadline: 1_000 });
  const both = refresh(['b', 'c'], { startedAfter: 5, deadline: soon });
  pulls[1]?.end(new Error('no database'));
  pulls[2]?.end();
  await both;
});

test('closing ends every pull that runs or waits, and is over when they are', async () => {
  const { pulls, refresh, close } = scripted();
  await refresh(['a', 'b'], { startedAfter: 5, deadline: 1_000 });
  const later = refresh(['a'], { startedAfter: 6, deadline: soon });
  expect(pulls).toHaveLength(2);
  await close();
  await later;
  expect(pulls.map(({ calendar }) => calendar)).toEqual(['a', 'b', 'a']);
});
