/** The parts that need no server. */
import { describe, expect, it } from 'vitest';
import { parseCalendarZone } from '../../../src/providers/caldav/calendars.ts';
import { normaliseHref, objectKey, sameResource } from '../../../src/providers/caldav/hrefs.ts';
import { readMultistatus } from '../../../src/providers/caldav/multistatus.ts';
import { mayReceivePassword } from '../../../src/providers/caldav/origins.ts';
import { decodeSecret, parseSecretInput } from '../../../src/providers/caldav/secret.ts';
import { calendarObject } from '../../harness/dav-server.ts';

describe('a password', () => {
  it.each([
    ['https://caldav.icloud.com/', 'https://p42-caldav.icloud.com:443/1/calendars/'],
    ['https://example.com/', 'https://dav.example.com/'],
    ['https://dav.example.com/', 'https://dav.example.com:8443/'],
    ['http://dav.example.com/', 'https://dav.example.com/'],
    ['https://a.example.co.uk/', 'https://b.example.co.uk/'],
    ['http://127.0.0.1:5232/', 'http://127.0.0.1:5232/ada/'],
    ['http://localhost:5232/', 'http://localhost:5233/'],
  ])('given to %s may go to %s', (named, other) => {
    expect(mayReceivePassword(new URL(named), new URL(other))).toBe(true);
  });

  it.each([
    ['https://dav.example.com/', 'http://dav.example.com/'],
    ['https://caldav.icloud.com/', 'https://icloud.com.evil.example/'],
    ['https://caldav.icloud.com/', 'https://evilicloud.com/'],
    ['https://one.co.uk/', 'https://two.co.uk/'],
    ['https://one.com.au/', 'https://dav.two.com.au/'],
    ['https://192.168.1.7/', 'https://192.168.2.7/'],
    ['https://[2001:db8::1]/', 'https://[2001:db8::2]/'],
    ['https://one/', 'https://two/'],
    ['https://example.com/', 'ftp://example.com/'],
  ])('given to %s may not go to %s', (named, other) => {
    expect(mayReceivePassword(new URL(named), new URL(other))).toBe(false);
  });
});

describe('what a host gives', () => {
  const given = { url: 'https://u:p@dav.example.com/x#y', username: 'ada', password: ' pass: wörd ' };

  it('is kept as one text, without what the address itself names', () => {
    expect(decodeSecret(parseSecretInput(given))).toEqual({
      url: 'https://dav.example.com/x',
      username: 'ada',
      password: ' pass: wörd ',
    });
  });

  it.each([
    ['url', { url: 'ftp://dav.example.com/' }],
    ['url', { url: 'webcal://dav.example.com/' }],
    ['url', { url: 'dav.example.com' }],
    ['username', { username: '' }],
    ['username', { username: 'a\nb' }],
    ['password', { password: '' }],
    ['password', { password: 'x'.repeat(1_001) }],
  ])('is refused by its %s', (field, more) => {
    expect(() => parseSecretInput({ ...given, ...more })).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: { field } }),
    );
  });
});

describe('hrefs', () => {
  const base = 'https://dav.example.com/cal/work/';

  it.each([
    ['/cal/work/a%20b.ics', 'a%20b.ics'],
    ['a b.ics', 'a%20b.ics'],
    ['https://dav.example.com/cal/work/%61.ics', 'a.ics'],
    ['https://dav.example.com:443/cal/work/%c3%a9%2B.ics', '%C3%A9%2B.ics'],
    ['/cal/work/100%.ics', '100%.ics'],
    ['\n  /cal/work/x@y.ics ', 'x%40y.ics'],
    ['/cal/other/x.ics', 'https://dav.example.com/cal/other/x.ics'],
  ])('%s is %s', (href, key) => {
    expect(objectKey(base, normaliseHref(href, base) ?? '')).toBe(key);
  });

  it('are the same with and without their last slash, and none for other schemes', () => {
    expect(sameResource(base, base.slice(0, -1))).toBe(true);
    expect(normaliseHref('mailto:ada@example.com', base)).toBeNull();
  });
});

describe('the zone of a calendar', () => {
  const timezone = (...lines: string[]) => calendarObject('BEGIN:VTIMEZONE', ...lines, 'END:VTIMEZONE');

  it.each([
    ['Europe/Berlin', '', 'Europe/Berlin'],
    ['', timezone('TZID:America/New_York'), 'America/New_York'],
    ['', timezone('TZID;X-A="b":/freeassociation.sourceforge.net/Europe/Paris'), 'Europe/Paris'],
    ['', timezone('TZID:America/Argentina/Buen', ' os_Aires'), 'America/Argentina/Buenos_Aires'],
    ['', timezone('TZID:W. Europe Standard Time'), 'Europe/Berlin'],
    ['', timezone('TZID:Mine', 'X-LIC-LOCATION:Asia/Tokyo'), 'Asia/Tokyo'],
    ['Mars/Olympus', timezone('TZID:UTC'), 'UTC'],
    ['', timezone('TZID:(UTC+01:00) Amsterdam\\, Berlin\\, Bern'), 'Europe/Amsterdam'],
    ['', timezone('TZID:EST', 'X-LIC-LOCATION:America/New_York'), 'America/New_York'],
    ['', timezone('TZID:EST', 'BEGIN:DAYLIGHT', 'TZOFFSETTO:-0400', 'END:DAYLIGHT'), null],
    ['', timezone('TZID:Mine'), null],
    ['', '', null],
  ])('named %j, written %j, is %s', (name, object, zone) => {
    expect(parseCalendarZone(name, object)).toBe(zone);
  });
});

describe('a long multistatus', () => {
  const response = (at: number) =>
    `<D:response><D:href>/${at}.ics</D:href><D:propstat><D:prop><D:getetag>"${at}"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
  const whole = (inner: string) =>
    `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">${inner}</D:multistatus>`;
  const many = Array.from({ length: 5_000 }, (_, at) => response(at)).join('');

  it('is read whole, and lets others work meanwhile', async () => {
    let turns = 0;
    let reading = true;
    const count = () => {
      turns += 1;
      if (reading) setImmediate(count);
    };
    setImmediate(count);
    const hrefs: string[] = [];
    const token = await readMultistatus(
      whole(`<!-- </D:response> -->${many}<D:sync-token>t1</D:sync-token>`),
      ({ href }) => hrefs.push(href),
    );
    reading = false;
    expect(hrefs).toEqual(Array.from({ length: 5_000 }, (_, at) => `/${at}.ics`));
    expect(token).toBe('t1');
    expect(turns).toBeGreaterThan(40);
  });

  it('is not cut within text', async () => {
    const hidden = `<![CDATA[${'</D:response>'.repeat(150)}]]>`;
    const texts: string[] = [];
    const responses = `<D:response><D:href>/a.ics</D:href><D:propstat><D:prop><D:getetag>${hidden}</D:getetag></D:prop></D:propstat></D:response>`;
    await readMultistatus(whole(responses.repeat(3)), (one) => {
      texts.push(one.prop('DAV:', 'getetag')?.textContent ?? '');
    });
    expect(texts.map((text) => text.length)).toEqual([1_950, 1_950, 1_950]);
  });

  it.each([
    ['cut', whole(many).slice(0, -40)],
    ['followed by more', `${whole(many)}<D:multistatus/>`],
    ['made of tags alone', whole(`<D:response>${'<a/>'.repeat(150_000)}</D:response>`)],
    ['a page', `<html>${'<p>'.repeat(1_000)}`],
    ['white space', ' '.repeat(200_000)],
    ['full of openings', whole('<![CDATA['.repeat(50_000))],
    ['of an entity', `<!DOCTYPE m [<!ENTITY a "b">]>${whole(response(1))}`],
  ])('is none when it is %s', async (_how, text) => {
    await expect(readMultistatus(text, () => {})).rejects.toMatchObject({ reason: 'transient' });
  });
});
