/** What a feed says, round by round, and how it is asked as seldom as possible for all of it. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../src/time/clock.ts';
import { calendar, createFeedWorld, event, type FeedWorld, NOW, stamp, validating } from './world.fixture.ts';

let feed: FeedWorld;
beforeEach(async () => {
  feed = await createFeedWorld();
});
afterEach(() => feed.close());

const lastAsked = () => feed.asked.at(-1)?.headers ?? {};

describe('an account', () => {
  it('is known by its address, which nothing tells', async () => {
    feed.say(calendar());
    const one = feed.accessTo(feed.url);
    const identity = await feed.provider.identify(one);
    expect(identity).toEqual({ subject: expect.stringMatching(/^[\w-]{43}$/), email: null });
    expect(await feed.provider.identify(feed.accessTo(feed.url.replace('http:', 'HTTP:')))).toEqual(identity);
    expect(await feed.provider.identify(feed.accessTo(`${feed.url}?x`))).not.toEqual(identity);
    const by = (who: string) => feed.provider.identify(feed.accessTo(feed.url.replace('//', `//${who}@`)));
    expect(await by('me:old')).toEqual(await by('me:new'));
    expect(await by('me:old')).not.toEqual(await by('you:old'));
    expect(JSON.stringify(await feed.provider.listCalendars(one))).not.toContain('private');
  });

  it.each([
    ['as its host calls it', 'Ours', 'X-WR-CALNAME:Theirs', 'Ours'],
    ['as it calls itself', undefined, 'X-WR-CALNAME:Theirs\\, truly', 'Theirs, truly'],
    ['as it calls itself by RFC 7986', undefined, 'NAME:Theirs', 'Theirs'],
    ['as it calls itself, in one line', undefined, 'X-WR-CALNAME:\0Their\\n shifts\0', 'Their  shifts'],
    ['by its server', ' ', 'X-A:b', 'feed.example'],
  ])('has one calendar, named %s', async (_how, given, line, name) => {
    feed.say(calendar(line, 'X-WR-TIMEZONE:Europe/Berlin', ...event('one', 1)));
    const listed = await feed.provider.listCalendars(feed.accessTo(feed.url, given));
    expect(listed).toEqual([
      {
        externalId: expect.stringMatching(/^[\w-]{43}$/),
        name,
        timeZone: 'Europe/Berlin',
        primary: true,
        writable: false,
        watchable: false,
      },
    ]);
  });
});

describe('a round', () => {
  it('tells all that is there, each time', async () => {
    feed.say(calendar(...event('one', 1), ...event('two', 2, 'RRULE:FREQ=DAILY;COUNT=2')));
    const [page] = await feed.read();
    expect(page?.full).toBe(true);
    expect(feed.copy.busy()).toEqual(
      [1, 2, 3].map((day) => ({ start: NOW + day * DAY, end: NOW + day * DAY + HOUR, kind: 'BUSY' })),
    );
    feed.say(calendar(...event('two', 2)));
    await feed.read();
    expect(feed.titles()).toEqual(['two']);
    // Truly cleared.
    feed.say(calendar());
    await feed.read();
    expect(feed.titles()).toEqual([]);
  });

  it('asks for what it can read, and tells nobody where it comes from', async () => {
    feed.say(calendar());
    await feed.read();
    expect(lastAsked()).toMatchObject({ 'accept-encoding': 'gzip', 'user-agent': 'Calendar/1.0' });
    expect(lastAsked().accept).toMatch(/^text\/calendar,/);
    expect(lastAsked()).not.toHaveProperty('referer');
    expect(feed.asked.at(-1)?.path).toBe('/private-1b3d5f/basic.ics');
  });

  it('takes what its host declined for free, and follows a new address though nothing else changed', async () => {
    const declined = event('no', 1, 'ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@example.com');
    feed.answer(validating(calendar(...declined, ...event('yes', 2)), { etag: '"1"' }));
    await feed.read();
    expect(feed.copy.busy()).toHaveLength(2);
    const ownerAddresses = ['ada@example.com'];
    expect((await feed.read({ ownerAddresses }))[0]?.full).toBe(true);
    expect(feed.copy.busy()).toHaveLength(1);
    expect((await feed.read({ ownerAddresses }))[0]?.full).toBeUndefined();
    await feed.read();
    expect(feed.copy.busy()).toHaveLength(2);
  });

  it('is read packed, whatever it calls itself, with bare line feeds and a mark of the encoding', async () => {
    const text = `\uFEFF${calendar(...event('one', 1)).replaceAll('\r\n', '\n')}`;
    feed.say(gzipSync(text), { 'content-encoding': 'gzip', 'content-type': 'text/html' });
    await feed.read();
    expect(feed.titles()).toEqual(['one']);
  });

  it.each([
    ['an ETag', { etag: 'W/"a \\"b"' }],
    ['a date', { 'last-modified': 'Tue, 20 Oct 2026 07:00:00 GMT' }],
    ['both', { etag: '"x"', 'last-modified': 'Tue, 20 Oct 2026 07:00:00 GMT' }],
  ])(
    'is no more than a word when nothing changed: %s',
    async (_how, validators: { etag?: string; 'last-modified'?: string }) => {
      feed.answer(validating(calendar(...event('one', 1)), validators));
      await feed.read();
      const [page] = await feed.read();
      expect(page).toEqual({ changes: [], cursor: expect.any(String) });
      expect(lastAsked()['if-none-match']).toBe(validators.etag);
      expect(lastAsked()['if-modified-since']).toBe(validators['last-modified']);
      // For another window all of it is wanted, and another zone reads it by other days.
      expect((await feed.read({ anew: true }))[0]?.full).toBe(true);
      expect((await feed.read({ hostZone: 'Asia/Tokyo' }))[0]?.full).toBe(true);
      expect(lastAsked()).not.toHaveProperty('if-none-match');
      expect(lastAsked()).not.toHaveProperty('if-modified-since');
      expect((await feed.read({ hostZone: 'Asia/Tokyo' }))[0]?.full).toBeUndefined();
    },
  );

  it('changes nothing when only the time of its making did', async () => {
    const made = (when: string) =>
      calendar(
        ...event('one', 1).map((line) => line.replace(/^DTSTAMP:.*/, `DTSTAMP:${when}`)),
        ...event('two', 2, `CREATED:${when}`, `LAST-MODIFIED:${when}`, `DESCRIPTION:not ${'x'.repeat(70)}`),
      );
    feed.say(made('20261001T000000Z'), { 'last-modified': 'Tue, 20 Oct 2026 07:00:00 GMT' });
    expect((await feed.read())[0]?.changes).toHaveLength(2);
    feed.say(made('20261020T080000Z'), { 'last-modified': 'Tue, 20 Oct 2026 08:00:00 GMT' });
    expect(await feed.read()).toEqual([{ changes: [], cursor: expect.any(String) }]);
    expect(feed.cursor()).toMatchObject({ modified: 'Tue, 20 Oct 2026 08:00:00 GMT' });
    feed.say(made('20261020T080000Z').replace(stamp(NOW + DAY), stamp(NOW + DAY + MINUTE)));
    expect((await feed.read())[0]?.changes).toHaveLength(2);
  });

  it('tells the zone that it names, and reads whole days by it', async () => {
    feed.say(
      calendar(
        'X-WR-TIMEZONE:Europe/Berlin',
        ...['BEGIN:VEVENT', 'UID:day', 'DTSTAMP:20261001T000000Z', 'SUMMARY:day'],
        ...['DTSTART;VALUE=DATE:20261024', 'END:VEVENT'],
      ),
    );
    expect((await feed.read())[0]?.timeZone).toBe('Europe/Berlin');
    await feed.read({ timeZone: 'Europe/Berlin' });
    const day = { start: Date.parse('2026-10-23T22:00:00Z'), end: Date.parse('2026-10-24T22:00:00Z') };
    expect(feed.copy.busy()).toEqual([{ ...day, kind: 'BUSY' }]);
  });

  it('reads floating times and whole days by the host who has no other zone', async () => {
    const days = ['DTSTART;VALUE=DATE:20261024', 'DTEND;VALUE=DATE:20261025', 'END:VEVENT'];
    const times = ['DTSTART:20261025T090000', 'DTEND:20261025T100000', 'END:VEVENT'];
    const begin = (uid: string) => ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20261001T000000Z'];
    feed.say(calendar(...begin('day'), ...days, ...begin('time'), ...times));
    const [page] = await feed.read({ hostZone: 'Asia/Tokyo' });
    expect(page).not.toHaveProperty('timeZone');
    expect(feed.copy.busy().map(({ start }) => new Date(start).toISOString())).toEqual([
      '2026-10-23T15:00:00.000Z',
      '2026-10-25T00:00:00.000Z',
    ]);
  });

  it('is partial as long as a part can not be read, changed or not', async () => {
    const broken = ['BEGIN:VEVENT', 'UID:b', 'SUMMARY:when?', 'DTSTART:soon', 'END:VEVENT'];
    feed.answer(validating(calendar(...event('one', 1), ...broken), { etag: '"1"' }));
    const [first] = await feed.read();
    expect(first?.partial).toBe(true);
    expect(feed.titles()).toEqual(['one']);
    expect(await feed.read()).toEqual([{ changes: [], cursor: expect.any(String), partial: true }]);
    feed.answer(validating(calendar(...event('one', 1)), { etag: '"2"' }));
    expect((await feed.read())[0]).not.toHaveProperty('partial');
  });

  it('is held as long as the place of an event is in doubt, changed or not', async () => {
    const odd = [
      'BEGIN:VEVENT',
      'UID:b',
      'DTSTART;TZID=Nowhere:20261101T090000',
      'DURATION:PT1H',
      'END:VEVENT',
    ];
    feed.answer(validating(calendar(...event('one', 1), ...odd), { etag: '"1"' }));
    expect((await feed.read())[0]).toMatchObject({ partial: true, held: true });
    const unchanged = { changes: [], cursor: expect.any(String), partial: true, held: true };
    expect(await feed.read()).toEqual([unchanged]);
  });

  it('is read again, although nothing changed, when an earlier version read it', async () => {
    feed.answer(validating(calendar(...event('one', 1)), { etag: '"1"' }));
    await feed.read();
    const { reader: _, ...earlier } = feed.cursor() ?? {};
    expect(await feed.read({ cursor: JSON.stringify(earlier) })).toMatchObject([{ full: true }]);
    expect(await feed.read()).toEqual([{ changes: [], cursor: expect.any(String) }]);
  });

  it.each(['REFRESH-INTERVAL;VALUE=DURATION:PT2H', 'X-PUBLISHED-TTL:PT2H'])(
    'says how often it wants to be read: %s',
    async (line) => {
      feed.answer(validating(calendar(line), { etag: '"1"' }));
      expect((await feed.read())[0]?.refreshInterval).toBe(2 * HOUR);
      expect((await feed.read())[0]?.refreshInterval).toBe(2 * HOUR);
    },
  );

  it('keeps two apart whose ids differ by where an instance ends and an id begins', async () => {
    const at = NOW + DAY;
    feed.say(calendar(...event('a', 1, 'RRULE:FREQ=DAILY;COUNT=1'), ...event(`a#${at}`, 2)));
    await feed.read();
    expect(feed.copy.events()).toHaveLength(2);
  });
});
