import { describe, expect, it } from 'vitest';
import { type Audience, createAudience } from '../../src/live/audience.ts';
import { createFrameBudget } from '../../src/live/frame-budget.ts';
import { fakeQuery } from './crowd.fixture.ts';

describe('frames that are kept', () => {
  it('make room for younger ones, the oldest first', () => {
    const budget = createFrameBudget(10);
    const forgotten: string[] = [];
    const keep = (name: string, bytes: number) => budget.keep(bytes, () => forgotten.push(name));
    keep('a', 4);
    const releaseB = keep('b', 4);
    expect(forgotten).toEqual([]);
    keep('c', 4);
    expect(forgotten).toEqual(['a']);
    releaseB();
    releaseB();
    keep('d', 6);
    expect(forgotten).toEqual(['a']);
    keep('e', 11);
    expect(forgotten).toEqual(['a', 'c', 'd', 'e']);
  });

  it('are rendered again once they were forgotten for another audience’s', async () => {
    const world = fakeQuery();
    const budget = createFrameBudget(10);
    let rendered = 0;
    const open = (bytes: number): Audience<{ result: string }> =>
      createAudience(
        world.query,
        () => {
          rendered++;
          return { result: 'x'.repeat(bytes) };
        },
        () => {},
        ({ result }, forget) => budget.keep(result.length, forget),
      );
    const join = (audience: Audience<{ result: string }>) =>
      audience.subscribe(
        { ready: () => true, send: () => {}, end: () => {} },
        { first: world.latest(), clientSlots: null, clientHasFacts: false },
        () => {},
      );
    const [small, large] = [open(6), open(6)];
    const first = join(small);
    join(small);
    expect(rendered).toBe(1);
    const viewer = join(large);
    expect(rendered).toBe(2);
    join(small);
    expect(rendered).toBe(3);
    viewer.unsubscribe();
    first.unsubscribe();
    join(small);
    expect(rendered).toBe(3);
  });
});
