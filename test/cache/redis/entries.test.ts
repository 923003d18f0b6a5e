import { expect, it } from 'vitest';
import { MixedUpReply } from '../../../src/cache/port.ts';
import { valuesOfReply } from '../../../src/cache/redis/entries.ts';
import { readNewer } from '../../../src/cache/redis/read-script.ts';

const batch = { items: [{ key: 'a', known: 5 }], runId: Buffer.alloc(8) };

it('The reply to a read names its question, and nothing is taken from another one', () => {
  const reply = readNewer.transformReply([Buffer.from('question 7'), 1]);
  expect(valuesOfReply(batch, 'question 7', reply)).toEqual([{ version: 5, bytes: null }]);
  for (const wrong of [
    reply,
    readNewer.transformReply([Buffer.from('question 8')]),
    readNewer.transformReply([Buffer.from('question 8'), 1, 1]),
    readNewer.transformReply(Buffer.from('question 8')),
    readNewer.transformReply([1, 1]),
    readNewer.transformReply(null),
  ])
    expect(() => valuesOfReply(batch, 'question 8', wrong)).toThrow(MixedUpReply);
});
