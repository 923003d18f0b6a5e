import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createEars } from '../../src/live/ears.ts';
import { createLook } from '../../src/live/look.ts';
import { createLog } from '../../src/log.ts';
import { ANYTHING, type Change } from '../../src/offers/changes.ts';
import { deferred } from './stage.ts';

const change = (from: number): Change => ({ spans: [{ from, to: from + 1 }], proof: false });

/** Ears that write down what rings, and looks that the test answers. */
function open() {
  const looks: { key: string; answer(change: Change): Promise<void>; fail(error: Error): Promise<void> }[] =
    [];
  const forgotten: string[] = [];
  const logged: string[] = [];
  const changes = {
    look(key: string) {
      const { promise, resolve, reject } = deferred<Change>();
      looks.push({
        key,
        async answer(found) {
          resolve(found);
          await turn();
        },
        async fail(error) {
          reject(error);
          await turn();
        },
      });
      return promise;
    },
    forget: (key: string) => void forgotten.push(key),
  };
  const ears = createEars(changes.forget);
  const log = createLog('warn', { write: (line) => void logged.push(line) });
  const bell = createLook({ changes, ears, log });
  const listen = (...keys: string[]) => {
    const heard: [string | undefined, Change | undefined][] = [];
    const ear = { ring: (key?: string, found?: Change) => void heard.push([key, found]) };
    ears.attend(ear, keys);
    return { heard, ear };
  };
  return { looks, forgotten, logged, ears, bell, listen };
}

describe('a bell', () => {
  it('that concerns nobody leads to no look', () => {
    const { looks, bell, listen } = open();
    listen('busy:a');
    bell('busy:b');
    expect(looks).toEqual([]);
  });

  it('leads to one look for all whom it concerns', async () => {
    const { looks, bell, listen } = open();
    const [one, two, other] = [listen('busy:a'), listen('host:h', 'busy:a'), listen('busy:b')];
    bell('busy:a');
    expect(looks.map(({ key }) => key)).toEqual(['busy:a']);
    expect(one.heard).toEqual([]);
    await looks[0]?.answer(change(1));
    for (const { heard } of [one, two]) expect(heard).toEqual([['busy:a', change(1)]]);
    expect(other.heard).toEqual([]);
  });

  it('that rings during a look leads to one more, however many do', async () => {
    const { looks, bell, listen } = open();
    const { heard } = listen('busy:a');
    for (let i = 0; i < 3; i++) bell('busy:a');
    expect(looks).toHaveLength(1);
    await looks[0]?.answer(change(1));
    expect(looks).toHaveLength(2);
    await looks[1]?.answer(change(2));
    expect(heard).toEqual([
      ['busy:a', change(1)],
      ['busy:a', change(2)],
    ]);
    expect(looks).toHaveLength(2);
    bell('busy:a');
    expect(looks).toHaveLength(3);
  });

  it('of one key waits for no look at another', async () => {
    const { looks, bell, listen } = open();
    const { heard } = listen('busy:a', 'busy:b');
    bell('busy:a');
    bell('busy:b');
    await looks[1]?.answer(change(2));
    expect(heard).toEqual([['busy:b', change(2)]]);
  });
});

it('a look that fails tells that anything may have changed, and warns', async () => {
  const { looks, bell, listen, logged } = open();
  const { heard } = listen('busy:a');
  bell('busy:a');
  await looks[0]?.fail(new Error('no database'));
  expect(heard).toEqual([['busy:a', ANYTHING]]);
  expect(logged).toHaveLength(1);
  bell('busy:a');
  await looks[1]?.answer(change(1));
  expect(heard).toHaveLength(2);
});

it('who attends while a look is under way hears of it, and who left does not', async () => {
  const { looks, bell, listen, ears } = open();
  const left = listen('busy:a');
  bell('busy:a');
  const late = listen('busy:a');
  ears.drop(left.ear);
  await looks[0]?.answer(change(1));
  expect([left.heard, late.heard]).toEqual([[], [['busy:a', change(1)]]]);
});

it('what nobody attends to once it was looked at is forgotten again', async () => {
  const { looks, bell, listen, ears, forgotten } = open();
  const { ear } = listen('busy:a');
  bell('busy:a');
  ears.drop(ear);
  expect(forgotten).toEqual(['busy:a']);
  await looks[0]?.answer(change(1));
  expect(forgotten).toEqual(['busy:a', 'busy:a']);
});
