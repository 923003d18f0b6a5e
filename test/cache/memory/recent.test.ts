import { describe, expect, it } from 'vitest';
import { createMemoryRecentSlotSets } from '../../../src/cache/memory/recent.ts';
import { recentContract } from '../../contracts/recent.ts';

function open(maxBytes = 1_048_576 * 64) {
  let now = 0;
  const recent = createMemoryRecentSlotSets({ clock: { now: () => now }, maxBytes });
  return {
    recent,
    async pass(ms: number) {
      now += ms;
    },
  };
}

recentContract('memory', async () => {
  const { recent, pass } = open();
  return { recent, other: recent, pass, close: async () => {} };
});

describe('recent slot sets in memory', () => {
  const KEPT = Buffer.alloc(1_000);
  const known = async ({ find }: ReturnType<typeof open>['recent'], ...questions: string[]) => {
    const found = await Promise.all(questions.map((question) => find(question, 'e')));
    return questions.filter((_, i) => found[i]);
  };

  it('remove the least recently used query first', async () => {
    const { recent } = open(3_500);
    for (const question of ['a', 'b', 'c']) await recent.save(question, 'e', KEPT, 'facts');
    await recent.find('a', 'e');
    await recent.save('d', 'e', KEPT, 'facts');
    expect(await known(recent, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('count a set that is saved again once, and a removed set no more', async () => {
    const { recent, pass } = open(3_500);
    await recent.save('old', 'e', KEPT, 'facts');
    await pass(1_000_000);
    for (let i = 0; i < 100; i++) await recent.save('a', 'e', KEPT, 'facts');
    for (const question of ['b', 'c']) await recent.save(question, 'e', KEPT, 'facts');
    expect(await known(recent, 'a', 'b', 'c')).toEqual(['a', 'b', 'c']);
  });
});
