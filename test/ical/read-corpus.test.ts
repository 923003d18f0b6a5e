/**
 * Every case of the corpus against Debian's recurring_ical_events and dateutil, which answer during the test. Where they
 * read the RFC otherwise the case says what it says; then they must really differ, or the case is out of date.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCalendar } from '../../src/ical/read/calendar.ts';
import { pathOf, RECURRING_ICAL_EVENTS } from '../harness/programs.ts';
import { CORPUS, type CorpusCase, calendarOf } from './corpus/index.ts';

type Answer = Record<'events' | 'dateutil', string[]>;

const engine = fileURLToPath(new URL('./corpus/engine.py', import.meta.url));
let answers: Answer[] = [];

beforeAll(() => {
  pathOf(RECURRING_ICAL_EVENTS);
  const input = JSON.stringify(CORPUS.map((one) => ({ ...one, ics: calendarOf(one.ics) })));
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [engine], {
    input,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (status !== 0) throw new Error(stderr);
  answers = JSON.parse(stdout);
});

const written = (at: number) => new Date(at).toISOString().replace(/[-:]|\.000/g, '');

function read({ ics, zone, owner, from, to }: CorpusCase) {
  const window = { from: Date.parse(from), to: Date.parse(to) };
  const { events, partial } = readCalendar(calendarOf(ics), { zone, owner, window });
  const taken = events.filter(({ kind }) => kind !== 'FREE');
  return {
    partial,
    taken: [...new Set(taken.map(({ start, end }) => `${written(start)}/${written(end)}`))].sort(),
    keys: taken.map(({ uid, recurrenceId }) => `${uid} ${recurrenceId}`),
  };
}

describe('the corpus', () => {
  it('is large, names each case once, and says why an engine is wrong', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(150);
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
    expect(CORPUS.filter((one) => one.engine !== 'events' && !one.why).map(({ name }) => name)).toEqual([]);
  });

  it('is answered by the engines in most cases', () => {
    const agreed = CORPUS.filter((one) => one.engine !== 'none');
    expect(agreed.length).toBeGreaterThanOrEqual(150);
    const empty = CORPUS.filter(
      (one, index) => one.engine === 'events' && answers[index]?.events.length === 0,
    );
    expect(empty.length).toBeLessThan(20);
  });

  it.each(CORPUS.map((one, index) => [one.name, one, index] as const))('%s', (_, one, index) => {
    const answer = answers[index] as Answer;
    const { taken, partial, keys } = read(one);
    expect(partial).toBe(one.partial);
    expect(new Set(keys).size).toBe(keys.length);
    if (one.engine === 'none') {
      expect(taken).toEqual(one.expect);
      expect([answer.events, answer.dateutil]).not.toContainEqual(one.expect);
    } else {
      expect(taken).toEqual(answer[one.engine]);
      if (one.engine === 'dateutil' && !one.mayAgree) expect(answer.events).not.toEqual(answer.dateutil);
    }
  });
});
