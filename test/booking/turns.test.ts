import { expect, it } from 'vitest';
import { createTurns } from '../../src/booking/turns.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

it('lets those who share a host in one after the other, and the others at once', async () => {
  const turns = createTurns();
  const here: string[] = [];
  const enter = async (name: string, ...hosts: string[]) => {
    const { waited, leave } = await turns.take(hosts);
    here.push(waited ? `${name} waited` : name);
    const mine = here.at(-1) ?? '';
    return () => {
      if (here.includes(mine)) here.splice(here.indexOf(mine), 1);
      leave();
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
