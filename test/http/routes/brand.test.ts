/** Brands on pages as programs see them: logos at their addresses, colours by the digest of a style sheet, and whose brand holds. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngImage } from '../../brand/image.fixture.ts';
import { createBooker } from '../../e2e/booker.fixture.ts';
import { type Stack, startStack, testDay } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';

const { iso } = testDay();
const LOGO = pngImage(120, 40);
const OTHER_LOGO = pngImage(40, 40);
const SET = 'mutation ($input: BrandInput!) { setOrganisationBrand(input: $input) { logo } }';

let stack: Stack;
let ada: MadeHost;
let talk: string;
let token: string;
beforeAll(async () => {
  stack = await startStack({ sync: false });
  ada = await makeHost(stack.admin, 'ada', { name: 'Ada' });
  talk = await makeEventType(stack.admin, ada, 'talk', { title: 'Talk' });
  await makeEventType(stack.admin, await makeHost(stack.admin, 'bob'), 'chat');
  token = (await createBooker(stack.anyone).book(talk, iso('09:00')[0] ?? '')).token;
}, 120_000);
afterAll(() => stack?.close());

const setOrganisation = (input: object) => stack.admin(SET, { input });
const setAda = (brand: object) =>
  stack.admin('mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { id } }', {
    id: ada.id,
    input: { name: 'Ada', slug: 'ada', timeZone: 'UTC', brand },
  });

/** What a page has of a brand: its accent in light, and the path of its logo. */
async function shown(path: string) {
  const response = await fetch(`${stack.url}${path}`);
  const html = await response.text();
  const styles = /<style>([^<]*)<\/style>/.exec(html)?.[1];
  const policy = response.headers.get('content-security-policy') ?? '';
  const digest = styles && `'sha256-${createHash('sha256').update(styles).digest('base64')}'`;
  // Nothing but what is known beforehand may style a page.
  expect(policy).toContain(`style-src 'self'${digest ? ` ${digest}` : ''};`);
  expect(policy).not.toContain('unsafe');
  return {
    accent: /--accent: (#\w+)/.exec(styles ?? '')?.[1] ?? null,
    logo:
      /<div class="brand"><img src="([^"]+)" width="\d+" height="\d+" alt=""><\/div>/.exec(html)?.[1] ?? null,
  };
}

const PAGES = () => ['/book/ada', '/book/ada/talk', `/book/b/${token}`, '/book/ada/talk?embed=inline'];

describe('the brand of a page', () => {
  it('is the organisation’s, the owner’s own in its place, and a change is on the next page', async () => {
    for (const path of PAGES()) expect(await shown(path)).toEqual({ accent: null, logo: null });
    await setOrganisation({ color: '#0a58ca', logo: LOGO.toString('base64') });
    const logo = expect.stringMatching(/^\/logos\/[\w-]{22}\.png$/);
    for (const path of PAGES()) expect(await shown(path)).toEqual({ accent: '#0a58ca', logo });
    await setAda({ color: '#b3261e' });
    for (const path of PAGES()) expect(await shown(path)).toEqual({ accent: '#b3261e', logo });
    expect((await shown('/book/bob/chat')).accent).toBe('#0a58ca');
    const general = (await shown('/book/ada')).logo;
    await setAda({ logo: OTHER_LOGO.toString('base64') });
    expect((await shown('/book/ada')).logo).not.toBe(general);
    expect((await shown('/book/bob')).logo).toBe(general);
    await setAda({ color: null, logo: null });
    for (const path of PAGES()) expect(await shown(path)).toEqual({ accent: '#0a58ca', logo: general });
  });

  it('is shown in a shade that can be read where its colour can not', async () => {
    await setAda({ color: '#ffe600' });
    expect((await shown('/book/ada/talk')).accent).not.toBe('#ffe600');
    await setAda({ color: null });
  });

  it('changes the page’s ETag', async () => {
    const etag = async () => (await fetch(`${stack.url}/book/ada/talk`)).headers.get('etag') ?? '';
    const before = await etag();
    await setAda({ color: '#113355' });
    const again = await fetch(`${stack.url}/book/ada/talk`, { headers: { 'if-none-match': before } });
    expect(again.status).toBe(200);
    await setAda({ color: null });
    expect(await etag()).toBe(before);
  });

  it('is on no page that says there is nothing', async () => {
    expect(await shown('/book/ada/nothing')).toEqual({ accent: null, logo: null });
    expect(await shown('/book/b/no-token')).toEqual({ accent: null, logo: null });
  });
});

describe('a logo at its address', () => {
  it('is what was sent, for ever, and no page', async () => {
    await setOrganisation({ logo: LOGO.toString('base64') });
    const { logo } = await shown('/book/bob');
    const response = await fetch(`${stack.url}${logo}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(LOGO)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    });
    const etag = response.headers.get('etag') ?? '';
    expect((await fetch(`${stack.url}${logo}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(`${stack.url}${logo}`, { method: 'HEAD' })).status).toBe(200);
  });

  it.each(['A'.repeat(22), '..%2f..%2fetc%2fpasswd', `${'A'.repeat(22)}.svg`, ''])(
    'is 404 where there is none: %s',
    async (name) => {
      expect((await fetch(`${stack.url}/logos/${name}${name.includes('.') ? '' : '.png'}`)).status).toBe(404);
    },
  );

  it('is not there under another type', async () => {
    const { logo } = await shown('/book/bob');
    expect((await fetch(`${stack.url}${logo?.replace('.png', '.jpeg')}`)).status).toBe(404);
  });

  it('asks the store no more than its caller may', async () => {
    const limited = await startStack({ env: { RATE_LIMIT_ANONYMOUS: '2/PT1H' }, sync: false });
    const statuses: number[] = [];
    for (const letter of ['A', 'B', 'C']) {
      statuses.push((await fetch(`${limited.url}/logos/${letter.repeat(22)}.png`)).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
    await limited.close();
  });
});
