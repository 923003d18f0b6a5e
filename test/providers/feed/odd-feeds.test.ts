/** Feeds as the world writes them: what can be read is read, and nothing that is taken becomes free. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { calendar, createFeedWorld, event, type FeedWorld, NOW, stamp, WINDOW } from './world.fixture.ts';

let feed: FeedWorld;
beforeEach(async () => {
  feed = await createFeedWorld();
});
afterEach(() => feed.close());

const starts = () => feed.copy.events().map(({ start }) => new Date(start).toISOString());
const begin = (uid: string, ...more: string[]) => [
  ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20261001T000000Z', `SUMMARY:${uid}`, ...more],
  'END:VEVENT',
];

it('with the zones of Windows, and zones that are nowhere', async () => {
  feed.say(
    calendar(
      ...begin('w', 'DTSTART;TZID="W. Europe Standard Time":20261026T090000', 'DURATION:PT1H'),
      ...begin('n', 'DTSTART;TZID=Nowhere/At All:20261027T090000', 'DURATION:PT1H'),
    ),
  );
  const [page] = await feed.read({ hostZone: 'Asia/Tokyo' });
  // The second one is a guess: it takes all the time that it may be, beginning where the day does first.
  expect(starts().sort()).toEqual(['2026-10-25T22:00:00.000Z', '2026-10-26T08:00:00.000Z']);
  expect(page).toMatchObject({ partial: true, held: true });
});

it('folded amid a character and with bare line feeds', async () => {
  const [before, after] = [Buffer.from('SUMMARY:Gr'), Buffer.from('üße')];
  const text = calendar(...event('one', 1)).replaceAll('\r\n', '\n');
  const [head = '', tail = ''] = text.split('SUMMARY:one');
  const folded = [before, after.subarray(0, 1), Buffer.from('\n '), after.subarray(1)];
  feed.say(Buffer.concat([Buffer.from(head), ...folded, Buffer.from(tail)]));
  await feed.read();
  expect(feed.titles()).toEqual(['Grüße']);
});

it('with instances that are left out in another zone, moved, and changed from one on', async () => {
  const rule = ['DTSTART;TZID=Europe/Berlin:20261019T100000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=6'];
  feed.say(
    calendar(
      ...begin('s', ...rule, 'EXDATE;TZID=America/New_York:20261020T040000'),
      ...begin('s', 'RECURRENCE-ID:20261021T080000Z', 'DTSTART:20261021T120000Z', 'DURATION:PT1H'),
      ...begin(
        's',
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261023T100000',
        'DTSTART;TZID=Europe/Berlin:20261023T110000',
        'DURATION:PT1H',
      ),
    ),
  );
  await feed.read();
  expect(starts()).toEqual([
    '2026-10-19T08:00:00.000Z',
    '2026-10-21T12:00:00.000Z',
    '2026-10-22T08:00:00.000Z',
    '2026-10-23T09:00:00.000Z',
    '2026-10-24T09:00:00.000Z',
  ]);
});

it('with a series of every second: it is busy to the end, and known to be partial', async () => {
  feed.say(calendar(...event('one', 1), ...event('s', 3, 'RRULE:FREQ=SECONDLY')));
  const [page] = await feed.read();
  expect(page?.partial).toBe(true);
  const taken = (from: number, to: number) =>
    feed.copy.busy().some(({ start, end }) => start < to && end > from);
  expect(taken(NOW + 2 * DAY, NOW + 2 * DAY + HOUR)).toBe(false);
  for (let at = NOW + 3 * DAY; at + HOUR <= WINDOW.to; at += HOUR) expect(taken(at, at + HOUR)).toBe(true);
});

it('with one event that is broken, two of the same id, and one that ends before it begins', async () => {
  feed.say(
    calendar(
      ...event('one', 1),
      ...begin('none', 'DTSTART:2026-10-21', 'RRULE:FREQ=SOMETIMES'),
      ...begin('back', `DTSTART:${stamp(NOW + 3 * DAY)}`, `DTEND:${stamp(NOW + 2 * DAY)}`),
      ...event('two', 4),
      ...event('two', 4, 'TRANSP:TRANSPARENT'),
    ),
  );
  await feed.read();
  expect(feed.copy.busy()).toEqual(
    expect.arrayContaining(
      [1, 4].map((day) => expect.objectContaining({ start: NOW + day * DAY, kind: 'BUSY' })),
    ),
  );
});

it('with several calendars in one', async () => {
  feed.say(calendar(...event('one', 1)) + calendar(...event('two', 2)));
  await feed.read();
  expect(feed.titles()).toEqual(['one', 'two']);
});
