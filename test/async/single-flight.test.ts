import { expect, it } from 'vitest';
import { createSingleFlight, type SingleFlightOptions } from '../../src/async/single-flight.ts';
import { deferred } from './deferred.fixture.ts';

type Mode = SingleFlightOptions<number, number>['mode'];

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Work that answers with the number of the execution, once the test lets it. */
function scripted(mode: Mode, more: Partial<SingleFlightOptions<number, number>> = {}) {
  const executions: { key: string; wish: number; end(): void; fail(): void }[] = [];
  const flight = createSingleFlight<number, number>({
    mode,
    work(key, wish, signal) {
      const { promise, resolve, reject } = deferred<number>();
      const number = executions.length;
      const fail = () => reject(new Error(`broken ${number}`));
      signal.addEventListener('abort', fail);
      if (signal.aborted) fail();
      executions.push({ key, wish, end: () => resolve(number), fail });
      return promise;
    },
    ...more,
  });
  return { executions, ...flight };
}

it('lets callers of the same key join the execution under way, and runs other keys at once', async () => {
  const { executions, run } = scripted('join');
  const answers = [run('a', 1), run('a', 2), run('b', 3)];
  expect(executions.map(({ key, wish }) => [key, wish])).toEqual([
    ['a', 1],
    ['b', 3],
  ]);
  for (const { end } of executions) end();
  expect(await Promise.all(answers)).toEqual([0, 0, 1]);

  void run('a', 4);
  expect(executions).toHaveLength(3);
});

it('serves callers who arrive meanwhile by one more execution that starts afterwards', async () => {
  const { executions, run } = scripted('trailing', { merge: Math.max });
  const first = run('a', 1);
  const later = [run('a', 2), run('a', 5), run('a', 3)];
  await settled();
  expect(executions).toHaveLength(1);
  executions[0]?.end();
  expect(await first).toBe(0);
  await settled();
  expect(executions.map(({ wish }) => wish)).toEqual([1, 5]);

  const last = run('a', 6);
  executions[1]?.end();
  expect(await Promise.all(later)).toEqual([1, 1, 1]);
  await settled();
  executions[2]?.end();
  expect(await last).toBe(2);
});

it('asks whether the execution under way serves a request, by the request that it started with', async () => {
  const { executions, run } = scripted((underWay, wish) => underWay >= wish, { starts: () => 10 });
  const served = [run('a', 1), run('a', 10)];
  const later = run('a', 11);
  executions[0]?.end();
  expect(await Promise.all(served)).toEqual([0, 0]);
  await settled();
  executions[1]?.end();
  expect(await later).toBe(1);
});

it('rejects only the callers of the execution that failed', async () => {
  const { executions, run } = scripted('trailing');
  const first = run('a', 1);
  const second = run('a', 2);
  executions[0]?.fail();
  await expect(first).rejects.toThrow('broken 0');
  await settled();
  executions[1]?.end();
  expect(await second).toBe(1);
});

it('aborts running and waiting executions when it is closed', async () => {
  const { executions, run, close } = scripted('trailing');
  const ended = [run('a', 1), run('a', 2), run('b', 3)].map((each) => expect(each).rejects.toThrow('broken'));
  await close();
  await Promise.all(ended);
  expect(executions.map(({ key }) => key)).toEqual(['a', 'b', 'a']);
});
