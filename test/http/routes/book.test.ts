/** Pages under /book as programs see them: statuses, heads, and what an owner's page lists. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { eventTypeInput, type MadeHost, makeEventType, makeHost, sql } from '../../graphql/world.fixture.ts';
import { holdTable } from '../protocol/world.fixture.ts';

let stack: Stack;
let ada: MadeHost;
let bob: MadeHost;
beforeAll(async () => {
  stack = await startStack({ sync: false });
  ada = await makeHost(stack.admin, 'ada', { name: 'Ada <Lovelace> & $& Co' });
  bob = await makeHost(stack.admin, 'bob', { name: 'Bob' });
  await makeEventType(stack.admin, ada, 'talk', { title: '"Talk" & more $1' });
  await makeEventType(stack.admin, ada, 'pair', {
    title: 'Pair',
    length: 'PT90M',
    hosts: [ada.id, bob.id],
    scheduling: 'ROUND_ROBIN',
  });
  await makeEventType(stack.admin, ada, 'secret', { title: 'By invitation', listed: false });
  await makeEventType(stack.admin, ada, 'paused', { title: 'Paused', active: false });
}, 120_000);
afterAll(() => stack?.close());

const visit = (path: string, init: RequestInit = {}) =>
  fetch(`${stack.url}${path}`, { redirect: 'manual', ...init });
const textOf = async (path: string) => (await visit(path)).text();
/** What a preview of the link shows, by name of the property. */
const metaOf = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<meta (?:property|name)="([^"]+)" content="([^"]*)"/g)].map(([, name, content]) => [
      name,
      content,
    ]),
  );

describe("an event type's page", () => {
  it.each(['/book/ada/nothing', '/book/nobody/talk', '/book/nobody', '/book/ada/nothing?embed=inline'])(
    'is 404 where there is none: %s',
    async (path) => {
      const response = await visit(path);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        404,
        'text/html; charset=utf-8',
      ]);
      const html = await response.text();
      expect(html).toContain('There is nothing to book here');
      expect(html).toContain('<title>Nothing to book here</title>');
    },
  );

  it.each(['talk', 'pair', 'secret', 'paused'])('is there, listed and active or not: %s', async (slug) => {
    expect((await visit(`/book/ada/${slug}`)).status).toBe(200);
  });

  it('tells its title, hosts and length in its head, escaped', async () => {
    const talk = await textOf('/book/ada/talk?email=grace@example.net');
    expect(talk).toContain(
      '<title>&quot;Talk&quot; &amp; more $1 – Ada &lt;Lovelace&gt; &amp; $&amp; Co</title>',
    );
    expect(metaOf(talk)).toMatchObject({
      'og:title': '&quot;Talk&quot; &amp; more $1 – Ada &lt;Lovelace&gt; &amp; $&amp; Co',
      'og:description': '30 minutes · with Ada &lt;Lovelace&gt; &amp; $&amp; Co. Choose a time.',
      'og:url': `${stack.url}/book/ada/talk`,
      robots: 'noindex',
    });
    expect(talk).not.toContain('Ada <Lovelace>');
    expect(talk.slice(0, talk.indexOf('</head>'))).not.toContain('grace@example.net');
    const pair = metaOf(await textOf('/book/ada/pair'));
    expect(pair.description).toBe(
      '1 hour 30 minutes · with any of Ada &lt;Lovelace&gt; &amp; $&amp; Co or Bob. Choose a time.',
    );
    expect(metaOf(await textOf('/book/ada/paused')).description).toContain(
      'No times are offered at the moment.',
    );
  });

  it('knows by its address how it is to look, and that it is in a frame', async () => {
    expect(await textOf('/book/ada/talk')).toContain('<html lang="en" data-words=');
    expect(await textOf('/book/ada/talk?embed=popup&theme=dark')).toContain(
      '<html lang="en" data-embed="popup" data-theme="dark" data-words=',
    );
    expect(await textOf('/book/ada/talk?embed=%22%3E%3Cscript%3E&theme=%22')).toContain(
      '<html lang="en" data-embed="inline" data-words=',
    );
  });

  it('is not sent again to a browser that has it', async () => {
    const first = await visit('/book/ada/talk');
    const etag = first.headers.get('etag') ?? '';
    expect([first.headers.get('cache-control'), etag]).toEqual([
      'no-cache',
      expect.stringMatching(/^W\/"[\w-]{22}"$/),
    ]);
    expect((await visit('/book/ada/talk', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const other = await visit('/book/ada/pair', { headers: { 'if-none-match': etag } });
    expect(other.status).toBe(200);
  });

  it('comes without its own head while the database does not answer', async () => {
    const hold = await holdTable(stack, 'address');
    const response = await visit('/book/ada/talk');
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('<title>Book a time</title>'),
    ]);
    await hold.release();
  });

  it('comes without its own head while too much is asked', async () => {
    const limited = await startStack({ env: { RATE_LIMIT_ANONYMOUS: '1/PT1H' }, sync: false });
    await makeEventType(limited.admin, await makeHost(limited.admin, 'ada'), 'talk');
    const titles: string[] = [];
    for (let visits = 0; visits < 2; visits++) {
      const response = await fetch(`${limited.url}/book/ada/talk`);
      titles.push(`${response.status} ${/<title>(.*)<\/title>/.exec(await response.text())?.[1]}`);
    }
    expect(titles).toEqual(['200 Talk – ada', '200 Book a time']);
    expect((await fetch(`${limited.url}/book/ada`)).status).toBe(429);
    await limited.close();
  });
});

describe("an owner's page", () => {
  it('lists what is active and listed, the oldest first, with length and hosts', async () => {
    const html = await textOf('/book/ada');
    const offers = [...html.matchAll(/<a href="([^"]*)">([^<]*)<\/a><\/h2>\s*<p class="facts">([^<]*)</g)];
    const name = 'Ada &lt;Lovelace&gt; &amp; $&amp; Co';
    expect(offers.map(([, href, title, facts]) => [href, title, facts])).toEqual([
      ['/book/ada/talk', '&quot;Talk&quot; &amp; more $1', `30 minutes · with ${name}`],
      ['/book/ada/pair', 'Pair', `1 hour 30 minutes · with any of ${name} or Bob`],
    ]);
    expect(html).toContain(`<h1>${name}</h1>`);
    expect(metaOf(html)).toMatchObject({
      'og:title': `Book ${name}`,
      'og:description': '&quot;Talk&quot; &amp; more $1, Pair',
      'og:url': `${stack.url}/book/ada`,
    });
    expect(html).not.toContain('<script');
  });

  it('tells what each is about, and the lengths that there are', async () => {
    const about = `<b>Bring</b> [your plan](https://example.net/plan).\n${'Well prepared, it is short. '.repeat(9)}`;
    await makeEventType(stack.admin, await makeHost(stack.admin, 'cleo', { name: 'Cleo' }), 'plans', {
      ...{ title: 'Plans', description: about, length: 'PT30M', lengths: ['PT30M', 'PT1H', 'PT90M'] },
    });
    const html = await textOf('/book/cleo');
    expect(html).toContain('30 minutes, 1 hour, or 1 hour 30 minutes · with Cleo</p>');
    // The card is one link.
    expect(html).toContain('<p class="about">&lt;b&gt;Bring&lt;/b&gt; your plan.\nWell prepared,');
    expect(html.match(/<a /g)).toHaveLength(1);
    const { description = '' } = metaOf(await textOf('/book/cleo/plans'));
    expect(description).toContain('with Cleo. &lt;b&gt;Bring&lt;/b&gt; your plan. Well prepared,');
    expect(description).toMatch(/(?:prepared,|it|is|short\.|Well)…$/);
  });

  it('is of a team, too, and of an owner who lists nothing', async () => {
    await stack.admin(
      'mutation { createTeam(input: { name: "The crew", slug: "crew", members: [] }) { id } }',
    );
    expect(await textOf('/book/crew')).toContain('Nothing can be booked here at the moment');
    await makeEventType(stack.admin, { id: ada.id, slug: 'crew' }, 'call', { title: 'A call' });
    expect(await textOf('/book/crew')).toContain('<a href="/book/crew/call">A call</a>');
    const bobs = await visit('/book/bob');
    expect([bobs.status, (await bobs.text()).includes('<h1>Bob</h1>')]).toEqual([200, true]);
  });

  it('follows what changes', async () => {
    const id = await makeEventType(stack.admin, bob, 'short', { title: 'Short' });
    const update = (more: object) =>
      stack.admin(
        'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
        { id, input: eventTypeInput(bob, 'short', { title: 'Short', ...more }) },
      );
    const isListed = async () => (await textOf('/book/bob')).includes('>Short<');
    expect(await isListed()).toBe(true);
    await update({ listed: false });
    expect(await isListed()).toBe(false);
    await update({});
    expect(await isListed()).toBe(true);
    // As event types from before the two fields are stored.
    await sql(
      stack,
      `update event_type_rules set rules = rules::jsonb - 'active' - 'listed' where event_type_id = $1`,
      [id],
    );
    expect(await isListed()).toBe(true);
    await stack.admin('mutation ($id: ID!) { deleteEventType(id: $id) }', { id });
    expect(await isListed()).toBe(false);
  });

  it('passes on what its address says to the page that is chosen', async () => {
    const html = await textOf('/book/ada?embed=inline&theme=dark&name=Grace%20%22%26%22');
    expect(html).toContain('href="/book/ada/talk?embed=inline&amp;theme=dark&amp;name=Grace%20%22%26%22"');
    expect(html).toContain('<html lang="en" data-embed="inline" data-theme="dark">');
    expect(html).toContain('src="/assets/frame.js"');
  });

  it('has one spelling', async () => {
    const moved = await visit('/book/ADA?theme=dark');
    expect([moved.status, moved.headers.get('location')]).toEqual([308, '/book/ada?theme=dark']);
  });

  it('is framed by whom a booking page is framed', async () => {
    const frames = async (path: string) =>
      /frame-ancestors (.*)$/.exec((await visit(path)).headers.get('content-security-policy') ?? '')?.[1];
    expect(await frames('/book/ada')).toBe("'none'");
    expect(await frames('/book/ada?embed=inline')).toBe('*');
  });
});

describe('the language of a page', () => {
  const inLanguages = (path: string, languages: string) =>
    visit(path, { headers: { 'accept-language': languages } });

  it('is the one that its address names, else the first of the browser’s that there is, else English', async () => {
    const languageOf = async (path: string, languages: string) =>
      /<html lang="([^"]*)"/.exec(await (await inLanguages(path, languages)).text())?.[1];
    expect(await languageOf('/book/ada/talk?locale=it', 'de')).toBe('it');
    expect(await languageOf('/book/ada/talk?locale=tlh', 'sv,de-AT;q=0.9,fr;q=0.8')).toBe('de');
    expect(await languageOf('/book/ada/talk', 'fr;q=0.2,pt')).toBe('pt-BR');
    expect(await languageOf('/book/ada/talk?locale=%22%3E%3Cscript%3E', '*')).toBe('en');
    expect((await inLanguages('/book/ada/talk', 'de')).headers.get('vary')).toContain('Accept-Language');
  });

  it('is that of its head, and of what stands there until its script has come', async () => {
    const html = await (await inLanguages('/book/ada/pair', 'de-AT')).text();
    expect(metaOf(html).description).toBe(
      '1 Stunde, 30 Minuten · mit einer Person von Ada &lt;Lovelace&gt; &amp; $&amp; Co oder Bob. Wählen Sie eine Zeit.',
    );
    expect(html).toContain('<a href="">Laden Sie sie erneut</a>');
    expect(html).toContain('data-locale="de-AT"');
    expect(html).not.toContain('{{');
  });

  it('is that of an owner’s page, and of the words that nothing is there', async () => {
    const owner = await (await inLanguages('/book/ada', 'ar')).text();
    expect(owner).toContain('<html lang="ar" dir="rtl">');
    expect(owner).toContain('اختر ما تريد حجزه.');
    const nothing = await inLanguages('/book/ada/nothing', 'ja');
    expect([nothing.status, await nothing.text()]).toEqual([
      404,
      expect.stringContaining('ここには予約できるものがありません'),
    ]);
  });

  it('has a file of words, which browsers keep, and which a page of another build gets too', async () => {
    const html = await (await inLanguages('/book/ada/talk', 'pl')).text();
    const file = /data-words="([^"]*)"/.exec(html)?.[1] ?? '';
    expect(html).toContain(`<link rel="modulepreload" href="${file}"`);
    const words = await visit(file);
    expect(words.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await words.text()).toContain('Zarezerwuj termin');
    const other = await visit(file.replace(/\.[0-9a-f]+\.js$/, '.0123456789.js'));
    expect([other.status, other.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect((await visit('/assets/words.tlh.0123456789.js')).status).toBe(404);
  });
});
