import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { answerText, isWritten, writeData } from '../../../src/graphql/cost/answer-text.ts';

const MOST = 32 * 1024 * 1024;
const PART = 64 * 1024;

const bare = (fields: object): object => Object.assign(Object.create(null), fields);
/** A list of what slots are like. @param name of the host of each */
const slots = (count: number, name = 'Ada') =>
  Array.from({ length: count }, (_, i) =>
    bare({ start: i, hosts: [bare({ id: `host_${i}`, name })], seatsLeft: 1 }),
  );

/** How often the event loop had its turn while the work was done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  await work();
  clearImmediate(next);
  return turns;
}

describe('an answer whose data was written in parts', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['no data', { availability: null }],
    [
      'lists of all lengths',
      { a: [], b: [1], c: Array.from({ length: 21 }, (_, i) => i), d: [[], [[]], {}] },
    ],
    ['slots', bare({ availability: bare({ slots: slots(3_000), complete: true }) })],
    ['text of more bytes than characters', { slots: slots(5_000, 'naïve 会议 📅 \ud83d "quoted"\n') }],
    [
      'a long list of long lists',
      { hosts: Array.from({ length: 50 }, (_, i) => ({ periods: slots(i * 40) })) },
    ],
    [
      'items of very different lengths',
      { items: [...slots(50), ...slots(50, 'x'.repeat(PART)), ...slots(50)] },
    ],
    [
      'what JSON leaves out, or writes in its own way',
      { a: undefined, b: [undefined, Number.NaN], c: new Date(0), 'd"': true },
    ],
  ])('has the bytes that it has in one piece: %s', async (_what, data) => {
    const expected = Buffer.from(JSON.stringify({ data }));
    expect(await writeData(data, MOST)).toBe(expected.length - '{"data":}'.length);
    expect(isWritten({ data })).toBe(true);
    expect(answerText({ data }).equals(expected)).toBe(true);
  });

  it('has its errors beside it, before or after', async () => {
    const data = { slots: slots(100) };
    const errors = [new GraphQLError('no “such” thing', { path: ['slots', 0], extensions: { code: 'X' } })];
    await writeData(data, MOST);
    for (const answer of [
      { errors, data },
      { data, errors },
      { data, errors: undefined },
    ]) {
      expect(String(answerText(answer))).toBe(JSON.stringify(answer));
    }
  });

  it('gives the event loop its turn after each part', async () => {
    const data = { availability: { slots: slots(40_000) } };
    const { length } = JSON.stringify(data);
    expect(length).toBeGreaterThan(30 * PART);
    const turns = await turnsDuring(() => writeData(data, MOST));
    // A part ends with the piece that fills it.
    expect(turns).toBeGreaterThanOrEqual(Math.floor(length / (2 * PART)));
  });

  it('shares no turn of the event loop with others that are written at the same time', async () => {
    const answers = Array.from({ length: 5 }, () => ({ slots: slots(4_000) }));
    const parts = Math.floor(JSON.stringify(answers).length / (2 * PART));
    const turns = await turnsDuring(() => Promise.all(answers.map((data) => writeData(data, MOST))));
    expect(parts).toBeGreaterThan(5);
    expect(turns).toBeGreaterThanOrEqual(parts);
  });

  it('is not written to its end when it is longer than it may be', async () => {
    let read = 0;
    const items = slots(10_000).map((slot) => ({
      ...slot,
      get read() {
        return ++read;
      },
    }));
    const data = { items };
    expect(await writeData(data, PART)).toBeGreaterThan(PART);
    expect(read).toBeLessThan(5_000);
    expect(isWritten({ data })).toBe(false);
  });
});

it('an answer that was not written is written as it is asked for', () => {
  const answer = { data: { viewer: { kind: 'ANONYMOUS' } } };
  expect(String(answerText(answer))).toBe(JSON.stringify(answer));
});
