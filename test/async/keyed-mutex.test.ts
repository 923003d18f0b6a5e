import { expect, it } from 'vitest';
import { createKeyedMutex } from '../../src/async/keyed-mutex.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

it('admits callers with a common key one after the other, and all others at once', async () => {
  const mutex = createKeyedMutex();
  const here: string[] = [];
  const enter = async (name: string, ...keys: string[]) => {
    const { waited, release } = await mutex.acquire(keys);
    here.push(waited ? `${name} waited` : name);
    const mine = here.at(-1) ?? '';
    return () => {
      if (here.includes(mine)) here.splice(here.indexOf(mine), 1);
      release();
    };
  };
  const first = enter('first', 'ada', 'bob');
  const second = enter('second', 'bob', 'cleo');
  const third = enter('third', 'cleo');
  const fourth = enter('fourth', 'dan');
  await settle();
  expect(here).toEqual(['first', 'fourth']);
  const leave = await first;
  leave();
  leave();
  await settle();
  // The third came after the second.
  expect(here).toEqual(['fourth', 'second waited']);
  (await second)();
  await settle();
  expect(here).toEqual(['fourth', 'third waited']);
  (await third)();
  (await fourth)();
  const again = enter('again', 'ada', 'bob', 'cleo', 'dan');
  await settle();
  expect(here).toEqual(['again']);
  (await again)();
});
