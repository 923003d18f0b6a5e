/** Pictures for previews of links: named by heads, drawn from what the page says, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngImage } from '../../brand/image.fixture.ts';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { eventTypeInput, type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';

let stack: Stack;
let ada: MadeHost;
let talk: string;
beforeAll(async () => {
  stack = await startStack({ sync: false });
  ada = await makeHost(stack.admin, 'ada', {
    name: 'Ada',
    brand: { logo: pngImage(120, 40).toString('base64') },
  });
  talk = await makeEventType(stack.admin, ada, 'talk', { title: 'Talk' });
  // A slug may look like a file.
  await makeEventType(stack.admin, ada, 'card.png', { title: 'Picture' });
  await makeEventType(stack.admin, ada, 'soudan', { title: '相談' });
}, 120_000);
afterAll(() => stack?.close());

const visit = (path: string, init: RequestInit = {}) =>
  fetch(`${stack.url}${path}`, { redirect: 'manual', ...init });

/** What the head of a page says of its picture. */
async function pictureOf(path: string) {
  const html = await (await visit(path)).text();
  const metas = [
    ...html.matchAll(/<meta (?:property|name)="((?:og:image|twitter)[^"]*)" content="([^"]*)"/g),
  ];
  return Object.fromEntries(metas.map(([, name, content]) => [name, content]));
}
const pathOf = async (path: string) => new URL((await pictureOf(path))['og:image'] ?? '').pathname;

describe('the picture of a page', () => {
  it.each([
    ['/book/ada/talk', /^\/cards\/ada\/talk\/[\w-]{22}\.png$/, 'Talk – Ada'],
    ['/book/ada/card.png', /^\/cards\/ada\/card\.png\/[\w-]{22}\.png$/, 'Picture – Ada'],
    ['/book/ada', /^\/cards\/ada\/[\w-]{22}\.png$/, 'Book Ada'],
  ])('is in the head of %s, with its size and in words', async (page, path, words) => {
    const picture = await pictureOf(page);
    expect(picture).toEqual({
      'twitter:card': 'summary_large_image',
      'og:image': expect.stringContaining(stack.url),
      'og:image:type': 'image/png',
      'og:image:width': '1200',
      'og:image:height': '630',
      'og:image:alt': words,
    });
    expect(await pathOf(page)).toMatch(path);
  });

  it('is a PNG for ever, no page, and not sent again', async () => {
    for (const page of ['/book/ada/talk', '/book/ada']) {
      const response = await visit(await pathOf(page));
      const png = Buffer.from(await response.arrayBuffer());
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1_200, 630]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/png',
        'content-length': String(png.length),
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      });
      const etag = response.headers.get('etag') ?? '';
      const again = await visit(await pathOf(page), { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
    }
  });

  it('has another address once title, length, host or brand is another, to which the old one leads', async () => {
    const first = await pathOf('/book/ada/talk');
    const seen = [first];
    const change = async (mutation: string, variables: object) => {
      await stack.admin(mutation, variables);
      seen.push(await pathOf('/book/ada/talk'));
    };
    const UPDATE =
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }';
    await change(UPDATE, { id: talk, input: eventTypeInput(ada, 'talk', { title: 'Long talk' }) });
    await change(UPDATE, {
      id: talk,
      input: eventTypeInput(ada, 'talk', { title: 'Long talk', length: 'PT2H' }),
    });
    await change(
      'mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { id } }',
      { id: ada.id, input: { name: 'Ada L.', slug: 'ada', timeZone: 'UTC' } },
    );
    await change('mutation { setOrganisationBrand(input: { color: "#b3261e" }) { color } }', {});
    expect(new Set(seen).size).toBe(5);
    const old = await visit(first);
    expect([old.status, old.headers.get('location')]).toEqual([302, seen.at(-1)]);
  });

  it('is the same whatever the address of the page says, and in every language', async () => {
    const path = await pathOf('/book/ada/talk');
    expect(await pathOf('/book/ada/talk?color=ff0000&theme=dark&locale=de&v=1')).toBe(path);
    expect((await visit(`${path}?color=ff0000`)).headers.get('etag')).toBe(
      (await visit(path)).headers.get('etag'),
    );
  });

  it('is not there for a title that the fonts can not write: its page has a head as before', async () => {
    expect(await pictureOf('/book/ada/soudan')).toEqual({ 'twitter:card': 'summary' });
  });

  it.each(['nobody/talk', 'ada/nothing', 'nobody'])('is 404 where there is no page: %s', async (page) => {
    expect((await visit(`/cards/${page}/${'A'.repeat(22)}.png`)).status).toBe(404);
  });

  it.each(['card.png', 'x', `${'A'.repeat(22)}.svg`, `${'A'.repeat(23)}.png`])(
    'is 404 at an address of no version: %s',
    async (file) => {
      expect((await visit(`/cards/ada/talk/${file}`)).status).toBe(404);
    },
  );

  it('counts as a page does', async () => {
    const limited = await startStack({ env: { RATE_LIMIT_ANONYMOUS: '2/PT1H' }, sync: false });
    const statuses: number[] = [];
    for (let at = 0; at < 3; at++) {
      statuses.push((await fetch(`${limited.url}/cards/ada/${'A'.repeat(22)}.png`)).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
    await limited.close();
  });
});
