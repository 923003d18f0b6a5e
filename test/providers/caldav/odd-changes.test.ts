/** How servers are odd about changes: seen in real ones, or read in other clients. */
import { describe, expect, it } from 'vitest';
import { failureOf } from '../server.fixture.ts';
import { CALENDAR } from './odd-server.fixture.ts';
import { event, open, received } from './odd-world.fixture.ts';

describe('changes', () => {
  it('takes a sync-collection that comes in parts', async () => {
    const odd = await open({ part: 2 });
    for (const day of [1, 2, 3, 4, 5]) odd.put(`${day}.ics`, event(`e${day}`, day));
    await odd.sync();
    expect(odd.titles()).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
    for (const day of [1, 2, 3]) odd.remove(`${day}.ics`);
    odd.put('6.ics', event('e6', 6));
    await odd.sync();
    expect(odd.titles()).toEqual(['e4', 'e5', 'e6']);
    expect(odd.asked.filter(({ body }) => body.includes('sync-collection'))).toHaveLength(5);
  });

  it('sends Depth: 1 to who wants it', async () => {
    const odd = await open({ depthOne: true });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    expect(odd.cursor()).toMatchObject({ kind: 'sync' });
    expect(odd.titles()).toEqual(['one']);
  });

  it.each([400, 403, 404, 409, 410, 412, 500, 501, 507])(
    'reads everything anew when a token is refused by %i',
    async (status) => {
      const odd = await open({ refusal: { status, body: '' } });
      odd.put('one.ics', event('one', 1));
      await odd.sync();
      odd.expireTokens();
      expect(await failureOf(odd.sync())).toMatchObject({ reason: 'cursor-expired', status });
      await odd.sync({ cursor: null });
      expect(odd.titles()).toEqual(['one']);
    },
  );

  it.each([502, 503, 504, 429])("doesn't take %i for a word about the token", async (status) => {
    const odd = await open({ refusal: { status, body: '' } });
    await odd.sync();
    odd.expireTokens();
    expect((await failureOf(odd.sync())).reason).toBe(status === 429 ? 'rate-limited' : 'transient');
  });

  it('waits as long as the answer says, also by 403', async () => {
    const odd = await open();
    await odd.sync();
    odd.odd.first = () => ({ status: 403, headers: { 'retry-after': '30' } });
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'rate-limited', retryAfter: 30_000 });
  });

  it.each([
    ['a ctag, where there is no sync-collection', { syncs: false }, 'ctag'],
    ['a ctag, where sync-collection fails', { noSync: 500 }, 'ctag'],
    ['etags alone', { syncs: false, ctag: false }, 'etags'],
  ])('compares by %s', async (_how, oddities, kind) => {
    const odd = await open(oddities);
    odd.put('one.ics', event('one', 1));
    odd.put('two.ics', event('two', 2));
    await odd.sync();
    expect(odd.cursor()).toMatchObject({ kind });
    odd.put('one.ics', event('changed', 3));
    odd.put('three.ics', event('three', 4));
    odd.remove('two.ics');
    const before = odd.asked.length;
    expect((await odd.sync()).flatMap(({ changes }) => changes)).toHaveLength(3);
    expect(odd.titles()).toEqual(['changed', 'three']);
    expect(odd.asked.slice(before).filter(({ body }) => body.includes('two.ics'))).toEqual([]);
    const quiet = odd.asked.length;
    expect((await odd.sync()).flatMap(({ changes }) => changes)).toEqual([]);
    expect(odd.asked.length - quiet).toBe(1);
  });

  it('begins anew when the ctag or sync-collection is no longer there', async () => {
    const odd = await open({ syncs: false });
    await odd.sync();
    odd.odd.ctag = false;
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'cursor-expired' });
    odd.odd.syncs = true;
    await odd.sync({ cursor: null });
    odd.odd.noSync = 405;
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'cursor-expired' });
  });

  it('reads objects without an etag each time', async () => {
    const odd = await open({ syncs: false, ctag: false, etags: false, contentTypes: false });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    odd.put('one.ics', event('other', 1));
    await odd.sync();
    expect(odd.titles()).toEqual(['other']);
  });

  it('knows an object by its href, however that is written', async () => {
    const name = 'é (1)+#a.ics';
    const odd = await open({ syncs: false });
    const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');
    odd.odd.href = encoded;
    odd.put(name, event('one', 1));
    await odd.sync();
    odd.odd.href = (path) =>
      encoded(path)
        .replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase())
        .replace('%2b', '+');
    odd.odd.absolute = true;
    odd.put('two.ics', event('two', 2));
    const received = (await odd.sync()).flatMap(({ changes }) => changes);
    expect(received).toMatchObject([{ seriesId: 'two.ics' }]);
  });

  it.each(['none', 'no data', 'one missing'] as const)(
    'reads one by one where multiget has: %s',
    async (multiget) => {
      const odd = await open({ multiget });
      odd.put('one.ics', event('one', 1));
      odd.put('two.ics', event('two', 2));
      await odd.sync();
      expect(odd.titles()).toEqual(['one', 'two']);
    },
  );

  it('believes the later of two words, and leaves out folders', async () => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    const gone = `<D:response><D:href>${CALENDAR}one.ics</D:href><D:status>HTTP/1.1 404 Gone</D:status></D:response>`;
    const here = `<D:response><D:href>${CALENDAR}one.ics</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response>`;
    const folder = here.replace('one.ics', 'attachments/');
    const token = '<D:sync-token>a:1</D:sync-token>';
    const answers = [gone + here + folder, here + gone].map((inner) => received(inner + token));
    odd.odd.first = ({ body }) => (body.includes('sync-collection') ? (answers.shift() ?? null) : null);
    await odd.sync();
    expect(odd.titles()).toEqual(['one']);
    expect(odd.asked.filter(({ body }) => body.includes('attachments'))).toEqual([]);
    await odd.sync();
    expect(odd.titles()).toEqual([]);
  });

  it('reads fewer at once when an answer is too long', async () => {
    const odd = await open({}, undefined, (_url, { body = '' }) => {
      if (body.split('</D:href>').length <= 3) return;
      throw Object.assign(new Error('long'), { name: 'NetError', reason: 'too-large' });
    });
    for (const day of [1, 2, 3, 4, 5]) odd.put(`${day}.ics`, event(`e${day}`, day));
    await odd.sync();
    expect(odd.titles()).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
  });

  it('fails as a provider does, whatever breaks', async () => {
    const odd = await open({}, undefined, () => {
      throw Object.assign(new Error(), { name: 'NetError', reason: 'network', message: Symbol('odd') });
    });
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'transient' });
    expect(await failureOf(odd.provider.identify(odd.access))).toMatchObject({ reason: 'transient' });
  });

  it('wants the calendar itself in its list', async () => {
    const odd = await open({ syncs: false, ctag: false });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    const others = received(
      '<D:response><D:href>/elsewhere/</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response>',
    );
    odd.odd.first = ({ headers }) => (headers.depth === '1' ? others : null);
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'transient' });
  });

  it.each([
    ['cut', '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a</D:href>'],
    [
      'cut in a piece of text',
      '<D:multistatus xmlns:D="DAV:"><D:response><D:href><![CDATA[/a</D:multistatus>',
    ],
    ['a page to sign in at', '<html><body>Sign in</body></html>'],
    ['empty', ''],
    ['of no resource', '<D:multistatus xmlns:D="DAV:"/>'],
    ['another document', '<D:error xmlns:D="DAV:"/>'],
  ])("doesn't take an answer for less when it is %s", async (_how, body) => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    odd.odd.first = ({ headers }) => (headers.authorization ? { status: 207, body } : null);
    const failure = await failureOf(odd.sync());
    expect(['transient', 'cursor-expired']).toContain(failure.reason);
    expect((await failureOf(odd.sync({ cursor: null }))).reason).toBe('transient');
  });

  it('reads many objects, with text in every form', async () => {
    const odd = await open();
    for (let at = 0; at < 230; at += 1) {
      const text = event(`e${at}`, at % 50, `DESCRIPTION:</D:response> ${'long '.repeat(400)}`);
      odd.put(
        `${at}.ics`,
        at % 2 ? `<![CDATA[${text}]]>` : text.replaceAll('<', '&lt;').replaceAll('\r', '&#13;'),
      );
    }
    await odd.sync();
    expect(odd.copy.events()).toHaveLength(230);
  });
});
