import { expect, test } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { PullOptions } from '../../src/sync/pull/pull.ts';
import { createRefresher } from '../../src/sync/strict-refresh.ts';
import { deferred } from '../async/deferred.fixture.ts';

const within = 60_000;

interface ScriptedPull {
  calendar: string;
  /** The least number that serves its requests now. */
  after(): number;
  /** Draws the pull's number, now or once the promise resolves. */
  draw(number: number | Promise<number | null>): void;
  end(error?: Error): void;
}

function scripted() {
  const pulls: ScriptedPull[] = [];
  const puller = {
    pull: (calendar: string, options: PullOptions = {}) =>
      new Promise<'applied' | 'aborted'>((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve('applied'));
        const abort = () => resolve('aborted');
        if (options.signal?.aborted) abort();
        options.signal?.addEventListener('abort', abort);
        const draw = (number: number | Promise<number | null>) => options.onNumber?.(Promise.resolve(number));
        pulls.push({ calendar, after: () => options.after?.() ?? 0, draw, end });
      }),
  };
  return { pulls, ...createRefresher({ puller, log: createLog('silent') }) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a strict read pulls all its calendars at once, each of them once', async () => {
  const { pulls, refresh } = scripted();
  const done = refresh(['a', 'b', 'a'], { after: 5, within });
  await turn();
  expect(pulls.map(({ calendar }) => calendar)).toEqual(['a', 'b']);
  for (const { end } of pulls) end();
  await done;
});

test('twenty strict reads that come before the number of a pull is drawn share that pull', async () => {
  const { pulls, refresh } = scripted();
  const reads = Array.from({ length: 20 }, (_, i) => refresh(['a'], { after: 5 + i, within }));
  await turn();
  expect(pulls).toHaveLength(1);
  // Another worker's pull serves them only if it began after the last of them.
  expect(pulls[0]?.after()).toBe(24);
  pulls[0]?.draw(25);
  pulls[0]?.end();
  await Promise.all(reads);
  expect(pulls).toHaveLength(1);
});

test('a strict read that comes while the number is being drawn joins if that number proves to be the later one', async () => {
  const { pulls, refresh } = scripted();
  const first = refresh(['a'], { after: 5, within });
  await turn();
  const drawing = deferred<number | null>();
  pulls[0]?.draw(drawing.promise);
  const joins = refresh(['a'], { after: 6, within });
  const follows = refresh(['a'], { after: 8, within });
  await turn();
  drawing.resolve(7);
  await turn();
  pulls[0]?.end();
  await Promise.all([first, joins]);
  await turn();
  expect(pulls.map(({ after }) => after())).toEqual([5, 8]);
  pulls[1]?.end();
  await follows;
});

test('a strict read joins a pull that began after it; later ones share one more', async () => {
  const { pulls, refresh } = scripted();
  const first = refresh(['a'], { after: 5, within });
  await turn();
  pulls[0]?.draw(6);
  await turn();
  const joins = refresh(['a'], { after: 4, within });
  const later = [7, 9, 8].map((after) => refresh(['a'], { after, within }));
  await turn();
  expect(pulls).toHaveLength(1);
  pulls[0]?.end();
  await Promise.all([first, joins]);
  await turn();
  expect(pulls.map(({ after }) => after())).toEqual([5, 9]);
  pulls[1]?.end();
  await Promise.all(later);
  expect(pulls).toHaveLength(2);
});

test('a pull that waits for another worker takes in who comes meanwhile', async () => {
  const { pulls, refresh } = scripted();
  const first = refresh(['a'], { after: 5, within });
  await turn();
  pulls[0]?.draw(Promise.resolve(null));
  await turn();
  const joins = refresh(['a'], { after: 7, within });
  await turn();
  expect(pulls.map(({ after }) => after())).toEqual([7]);
  pulls[0]?.end();
  await Promise.all([first, joins]);
});

test('the deadline ends the wait, and a pull that fails ends only itself', async () => {
  const { pulls, refresh } = scripted();
  await refresh(['a'], { after: 5, within: 0 });
  const both = refresh(['b', 'c'], { after: 5, within });
  await turn();
  pulls[1]?.end(new Error('no database'));
  pulls[2]?.end();
  await both;
});

test('closing ends every pull that runs or waits, and is over when they are', async () => {
  const { pulls, refresh, close } = scripted();
  await refresh(['a', 'b'], { after: 5, within: 0 });
  pulls[0]?.draw(6);
  await turn();
  const later = refresh(['a'], { after: 6, within });
  await turn();
  expect(pulls).toHaveLength(2);
  await close();
  await later;
  expect(pulls.map(({ calendar }) => calendar)).toEqual(['a', 'b', 'a']);
});
