import { expect, it } from 'vitest';
import { createSemaphore } from '../../src/async/semaphore.ts';
import { deferred } from './deferred.fixture.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('runs at most its number of permits at once, in the order of arrival', async () => {
  const { run } = createSemaphore(2);
  const started: number[] = [];
  const works = [0, 1, 2, 3].map(() => deferred<void>());
  const done = works.map(({ promise }, i) =>
    run(async () => {
      started.push(i);
      await promise;
      return i;
    }),
  );
  await settled();
  expect(started).toEqual([0, 1]);

  works[1]?.resolve();
  expect(await done[1]).toBe(1);
  await settled();
  expect(started).toEqual([0, 1, 2]);

  for (const work of works) work.resolve();
  expect(await Promise.all(done)).toEqual([0, 1, 2, 3]);
});

it('hands the permit of failed work to the next in line, and lets no work overtake', async () => {
  const { run } = createSemaphore(1);
  const order: string[] = [];
  const first = deferred<void>();
  const failing = run(() => first.promise);
  const second = run(async () => void order.push('second'));
  first.reject(new Error('broken'));
  await expect(failing).rejects.toThrow('broken');
  await Promise.all([run(async () => void order.push('third')), second]);
  expect(order).toEqual(['second', 'third']);
});
