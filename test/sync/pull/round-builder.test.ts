import { expect, test } from 'vitest';
import type { EventChange } from '../../../src/providers/port.ts';
import { createRoundBuilder } from '../../../src/sync/pull/read-round.ts';
import { busy } from '../provider.fixture.ts';

const changesOf = (...changes: EventChange[]) => {
  const folded = createRoundBuilder({ from: 100, to: 200 });
  for (const change of changes) folded.add(change);
  const { events, removed, series } = folded.build(false);
  return { events: events.map(({ externalId, end }) => [externalId, end]), removed, series };
};
const event = (id: string, start: number, end: number, seriesId: string | null = null) =>
  busy(id, start, end, { seriesId }).event;
const remove = (externalId: string): EventChange => ({ type: 'remove', externalId });

test('the later of two changes to an event counts', () => {
  expect(changesOf(busy('a', 110, 120), busy('a', 110, 130))).toEqual({
    events: [['a', 130]],
    removed: [],
    series: [],
  });
  expect(changesOf(busy('a', 110, 120), remove('a'))).toEqual({ events: [], removed: ['a'], series: [] });
  expect(changesOf(remove('a'), busy('a', 110, 120))).toEqual({
    events: [['a', 120]],
    removed: [],
    series: [],
  });
});

test('events that are free or take no time within the window are removed', () => {
  const free = busy('free', 110, 120, { kind: 'FREE' });
  expect(
    changesOf(
      free,
      busy('before', 90, 100),
      busy('after', 200, 210),
      busy('over', 50, 101),
      busy('in', 199, 300),
    ),
  ).toEqual({
    events: [
      ['over', 101],
      ['in', 300],
    ],
    removed: ['free', 'before', 'after'],
    series: [],
  });
});

test('a series has the instances that its change names and no others, until a later change', () => {
  const series: EventChange = {
    type: 'series',
    seriesId: 's',
    events: [event('s2', 120, 130, 's'), event('far', 300, 310, 's')],
  };
  expect(
    changesOf(
      busy('s1', 110, 120, { seriesId: 's' }),
      busy('other', 110, 120),
      series,
      busy('s3', 130, 140, { seriesId: 's' }),
    ),
  ).toEqual({
    events: [
      ['other', 120],
      ['s2', 130],
      ['s3', 140],
    ],
    removed: ['s1', 'far'],
    series: ['s'],
  });
});
