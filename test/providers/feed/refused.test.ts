/** Answers that are no feed, or not the one that was there: what is known stays, and the reason is reported. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { failureOf } from '../server.fixture.ts';
import { calendar, createFeedWorld, event, type FeedWorld, many, SECRET_PATH } from './world.fixture.ts';

let feed: FeedWorld;
beforeEach(async () => {
  feed = await createFeedWorld();
  feed.say(calendar(...event('one', 1)), { etag: '"1"' });
  await feed.read();
});
afterEach(async () => {
  // Whatever went wrong, what was known of it is still there.
  expect(feed.titles()).toContain('one');
  await feed.close();
});

const connect = () => failureOf(feed.provider.listCalendars(feed.accessTo(feed.url)));
const MIB = 1024 * 1024;

describe('a refusal tells where it came from, and not the address', () => {
  /** Answers the feed with a redirect there, and everything else so. */
  function redirect(to: string, answer: (response: ServerResponse) => void) {
    feed.answer(({ path }, response) => {
      if (path === SECRET_PATH) response.writeHead(302, { location: to }).end();
      else answer(response);
    });
  }
  const ERROR = 'Microsoft.Exchange.Clients.Owa2.Server.Core.OwaBasicUnsupportedException';
  const errorPage = `/owa/auth/errorfe.aspx?httpCode=500&of=${SECRET_PATH}&owaError=${ERROR}`;

  async function failures() {
    const both = [await feed.fail(), await connect()];
    for (const { message, publicMessage } of both) {
      expect(`${message} ${publicMessage}`).not.toContain(SECRET_PATH);
    }
    return both;
  }

  it.each([
    ['an error page that answers', (response: ServerResponse) => response.writeHead(500).end('no')],
    [
      'error pages without end',
      (response: ServerResponse) => response.writeHead(302, { location: errorPage }).end(),
    ],
  ])('of an Exchange that wants a browser, by %s', async (_how, answer) => {
    redirect(errorPage, answer);
    for (const failure of await failures()) {
      expect(failure.message).toContain(
        'redirected to an error page of feed.example; OwaBasicUnsupportedException; it answers only programs that look like a browser: see FEED_USER_AGENT',
      );
      expect(failure.publicMessage).toContain('FEED_USER_AGENT');
    }
  });

  it('of an Exchange that wants a browser, by a header', async () => {
    feed.refuse(500, { 'x-owa-error': ERROR });
    for (const failure of await failures()) {
      expect(failure).toMatchObject({ reason: 'transient', status: 500 });
      expect(failure.message).toContain('answered 500 (OwaBasicUnsupportedException;');
      expect(failure.publicMessage).toContain('FEED_USER_AGENT');
    }
  });

  it('of a login page', async () => {
    redirect(`/login?continue=${SECRET_PATH}`, (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>'),
    );
    for (const failure of await failures()) {
      const sentence =
        'What this address answers is a web page, not a calendar (redirected to a login page of feed.example).';
      expect(failure).toMatchObject({ reason: 'rejected', message: sentence, publicMessage: sentence });
    }
  });
});

describe('what is no calendar', () => {
  const whole = calendar(...event('one', 1), ...event('two', 2));
  it.each([
    ['a web page', '\n<!DOCTYPE html><html><form>Sign in', 'rejected', 'web page'],
    ['JSON', '{"error":"no"}', 'rejected', 'no calendar'],
    ['nothing', '', 'transient', 'empty'],
    ['nothing but space', ' \r\n\r\n', 'transient', 'empty'],
    ['cut off between events', whole.slice(0, whole.lastIndexOf('BEGIN:VEVENT')), 'transient', 'cut off'],
    ['cut off in an event', whole.slice(0, whole.indexOf('SUMMARY:two')), 'transient', 'cut off'],
    ['cut off in its last word', whole.slice(0, -5), 'transient', 'cut off'],
  ])('%s', async (_what, text, reason, words) => {
    feed.say(text, { 'content-type': 'text/calendar', etag: '"2"' });
    expect(await feed.fail()).toMatchObject({ reason, publicMessage: expect.stringContaining(words) });
    expect(await connect()).toMatchObject({ reason, publicMessage: expect.stringContaining(words) });
    // It is not what is known from now on.
    feed.say(whole);
    await feed.read();
    expect(feed.asked.at(-1)?.headers['if-none-match']).toBe('"1"');
    expect(feed.titles()).toEqual(['one', 'two']);
  });

  it('shorter than its length says, though it looks whole', async () => {
    feed.answer((_asked, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write(calendar(), () => response.destroy());
    });
    expect(await feed.fail()).toMatchObject({ reason: 'transient' });
  });

  it('packed, and broken', async () => {
    const packed = gzipSync(calendar());
    feed.say(packed.subarray(0, packed.length - 9), { 'content-encoding': 'gzip' });
    expect(await feed.fail()).toMatchObject({ reason: 'transient' });
    feed.say(calendar(), { 'content-encoding': 'br' });
    expect(await feed.fail()).toMatchObject({ reason: 'transient' });
  });

  it('more than fifty megabytes, packed', async () => {
    feed.say(gzipSync(Buffer.alloc(51 * MIB, 'X')), { 'content-encoding': 'gzip' });
    expect(await feed.fail()).toMatchObject({
      reason: 'rejected',
      publicMessage: expect.stringContaining('too long'),
    });
  });

  it('more than fifty megabytes as they come', async () => {
    const part = randomBytes(MIB);
    let sent = 0;
    feed.answer((_asked, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(gzipSync('BEGIN:VCALENDAR'));
      const more = () => {
        sent += 1;
        if (!response.destroyed) response.write(part, more);
      };
      more();
    });
    expect(await feed.fail()).toMatchObject({
      reason: 'rejected',
      publicMessage: expect.stringContaining('too long'),
    });
    // The rest is not waited for.
    expect(sent).toBeLessThan(100);
  });
});

describe('a request', () => {
  it.each(['', '{}', 'null', '{"zone":1}'])('with a cursor that means nothing: %s', async (cursor) => {
    expect(await feed.fail({ cursor })).toMatchObject({ reason: 'cursor-expired' });
  });

  it('for another calendar than the account has', async () => {
    expect(await feed.fail({ externalId: 'x' })).toMatchObject({ reason: 'rejected', status: 404 });
  });

  it('that its caller no longer waits for', async () => {
    expect(await feed.fail({ signal: AbortSignal.abort() })).toMatchObject({ reason: 'transient' });
  });
});

describe('a refusal', () => {
  it.each([
    [429, { 'retry-after': '120' }, 'rate-limited', 2 * MINUTE],
    [403, { 'retry-after': '60' }, 'rate-limited', MINUTE],
    [403, {}, 'rejected', null],
    [400, {}, 'rejected', null],
    [451, {}, 'rejected', null],
    [500, {}, 'transient', null],
    [503, { 'retry-after': '30' }, 'transient', 30 * SECOND],
    [206, {}, 'transient', null],
    [202, {}, 'transient', null],
    [300, {}, 'transient', null],
  ])('%i %j is %s', async (status, headers: Record<string, string>, reason, retryAfter) => {
    feed.refuse(status, headers);
    expect(await feed.fail()).toMatchObject({ reason, status, retryAfter });
  });

  it('304 is none to who knows of nothing', async () => {
    feed.refuse(304);
    expect(await feed.fail({ anew: true })).toMatchObject({ reason: 'transient', status: 304 });
  });

  it('410 withdraws the address', async () => {
    feed.refuse(410);
    expect(await connect()).toMatchObject({
      reason: 'rejected',
      publicMessage: expect.stringContaining('any more'),
    });
    expect(await feed.fail()).toMatchObject({ reason: 'auth-revoked', status: 410 });
  });

  it.each([401, 404])('%i does when it comes again and again over ten minutes', async (status) => {
    feed.refuse(status);
    expect(await connect()).toMatchObject({ reason: 'rejected', publicMessage: expect.any(String) });
    for (let reads = 0; reads < 5; reads += 1) {
      expect(await feed.fail()).toMatchObject({ reason: 'rejected', status });
      feed.clock.at += MINUTE;
    }
    // Whatever else it says between.
    feed.refuse(502);
    expect(await feed.fail()).toMatchObject({ reason: 'transient' });
    feed.clock.at += 5 * MINUTE;
    feed.refuse(status);
    expect(await feed.fail({ anew: true })).toMatchObject({ reason: 'auth-revoked', status });
  });

  it('404 does not when it was there between, nor when nobody asked between', async () => {
    feed.refuse(404);
    await feed.fail();
    feed.clock.at += HOUR;
    expect(await feed.fail()).toMatchObject({ reason: 'rejected' });
    feed.refuse(304);
    await feed.read();
    feed.refuse(404);
    expect(await feed.fail()).toMatchObject({ reason: 'rejected' });
  });

  it('tells the address to nobody', async () => {
    const received: string[] = [];
    for (const status of [301, 404, 410, 500]) {
      feed.refuse(status, { location: feed.url });
      const { message, publicMessage, cursor } = await feed.fail();
      received.push(message, publicMessage ?? '', cursor ?? '');
    }
    feed.answer((_asked, response) => response.destroy());
    received.push((await feed.fail()).message);
    expect(received.join()).not.toMatch(/feed\.example|private/);
    expect(feed.asked.every(({ path }) => path === SECRET_PATH)).toBe(true);
  });
});

describe('a feed that lost nearly all', () => {
  const little = calendar(...event('other', 3));
  beforeEach(async () => {
    feed.say(many(20).replaceAll('SUMMARY:e1\r', 'SUMMARY:one\r'), { etag: '"many"' });
    await feed.read();
    feed.say(little, { etag: '"little"' });
  });

  it('is not believed at once, and is when it says the same for ten minutes', async () => {
    const failure = await feed.fail();
    expect(failure).toMatchObject({
      reason: 'transient',
      message: expect.stringContaining('20 events only 1'),
    });
    feed.clock.at += 9 * MINUTE;
    expect(await feed.fail()).toMatchObject({ reason: 'transient' });
    expect(feed.asked.at(-1)?.headers['if-none-match']).toBe('"many"');
    expect(feed.copy.events()).toHaveLength(20);
    // Also when the window moves on meanwhile.
    feed.clock.at += MINUTE;
    const [page] = await feed.read({ anew: true });
    expect(page?.changes).toHaveLength(1);
    expect(feed.titles()).toEqual(['other']);
    feed.say(many(20).replaceAll('SUMMARY:e1\r', 'SUMMARY:one\r'));
    await feed.read();
  });

  it('is forgiven when all is there again', async () => {
    await feed.fail();
    feed.refuse(304);
    await feed.read();
    feed.clock.at += HOUR;
    feed.say(little);
    await feed.fail();
    expect(await feed.fail()).toMatchObject({ reason: 'transient' });
  });

  it('that says something else each time is believed after an hour', async () => {
    for (const at of [0, 20, 40, 59]) {
      feed.clock.at += at === 0 ? 0 : at === 59 ? 19 * MINUTE : 20 * MINUTE;
      feed.say(calendar(...event('other', at)));
      expect(await feed.fail()).toMatchObject({ reason: 'transient' });
    }
    feed.clock.at += MINUTE;
    feed.say(calendar(...event('one', 9)));
    await feed.read();
    expect(feed.titles()).toEqual(['one']);
  });

  it('needs more than one word for it, however late it comes', async () => {
    await feed.fail();
    feed.clock.at += 2 * HOUR;
    expect(await feed.fail()).toMatchObject({ reason: 'transient' });
  });

  it('is believed at once while a tenth is left, and when it never had much', async () => {
    feed.say(calendar(...event('one', 1), ...event('two', 2)));
    await feed.read();
    expect(feed.titles()).toEqual(['one', 'two']);
    feed.say(calendar());
    await feed.read();
    expect(feed.titles()).toEqual([]);
    feed.say(calendar(...event('one', 1)));
    await feed.read();
  });
});
