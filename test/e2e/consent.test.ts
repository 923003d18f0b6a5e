/** The way through consent in browsers: a page that says whose calendar goes where, and nothing ends elsewhere than it began. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchBrowser } from '../harness/chromium.ts';
import { type Stack, startStack } from './stack.fixture.ts';

let stack: Stack;
let browser: Browser;
let host: string;
let link: string;
let count = 0;

const HOST_NAME = 'Ada <b>Lovelace</b>';
/** What a page says of host and organisation. */
const PARTIES = [HOST_NAME, 'default'];

beforeAll(async () => {
  stack = await startStack({ sync: false });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await stack.close();
});
beforeEach(async () => {
  count += 1;
  host = await createHost();
  link = await startConnect();
});

async function createHost(email?: string): Promise<string> {
  const { createHost: made } = await stack.admin<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    {
      input: {
        name: HOST_NAME,
        slug: `host-${count}${email ? '-known' : ''}`,
        timeZone: 'UTC',
        ...(email ? { email } : {}),
      },
    },
  );
  return made.id;
}

async function startConnect(): Promise<string> {
  const { startConnect: url } = await stack.admin<{ startConnect: string }>(
    'mutation ($host: ID!) { startConnect(host: $host, provider: GOOGLE) }',
    { host },
  );
  return url;
}

/** A person of the test's own: an account is one host's alone. */
function addPerson(): string {
  const email = `person-${count}@example.com`;
  stack.simulator.world.addPerson({ email, name: email, provider: 'google', timeZone: 'UTC' });
  return email;
}

const post = (headers: Record<string, string> = {}) =>
  fetch(link, { method: 'POST', redirect: 'manual', headers });

it('names host and organisation, and what is read and written, however often the link is looked at', async () => {
  for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
    const response = await fetch(link, { method });
    expect([response.status, response.headers.get('set-cookie')]).toEqual([200, null]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const html = await response.text();
    if (method === 'GET') {
      expect(html).toContain('Ada &lt;b&gt;Lovelace&lt;/b&gt;');
      expect(html).toMatch(/Organisation<\/dt><dd><bdi>default</);
      expect(html).toMatch(/What is read.*What is written/s);
      expect(html).not.toContain('<script');
    }
  }
  expect((await post()).status).toBe(303);
  expect((await fetch(link)).status).toBe(404);
});

it('gives the browser a cookie that only it and this gateway see, and goes to the provider', async () => {
  const response = await post();
  expect(response.headers.get('location')).toContain(stack.simulator.google.authUrl);
  expect(response.headers.get('set-cookie')).toMatch(
    /^slotwire-connect=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/,
  );
});

it('takes no form that another site sent, and keeps the link for the right one', async () => {
  for (const headers of [
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: stack.url },
    { 'sec-fetch-site': 'same-origin', origin: 'https://elsewhere.example' },
  ]) {
    const response = await post(headers as Record<string, string>);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null]);
  }
  expect((await post({ origin: stack.url, 'sec-fetch-site': 'same-origin' })).status).toBe(303);
});

it('connects a person who goes the whole way in one browser', async () => {
  const email = addPerson();
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.location().url.startsWith(stack.url)) problems.push(message.text());
  });
  await page.goto(link);
  expect(await page.getByRole('definition').allTextContents()).toEqual(PARTIES);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByLabel(email).first().check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
  expect(await page.getByRole('definition').allTextContents()).toEqual(PARTIES);
  expect(await page.getByText('is connected').textContent()).toContain(email);
  expect(problems).toEqual([]);
  await page.close();
});

it('connects nothing of a person who comes back in another browser', async () => {
  const email = addPerson();
  const begun = await post();
  const callback = await stack.simulator.consent(begun.headers.get('location') ?? '', email);
  const response = await fetch(callback, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([
    302,
    `${stack.url}/admin?error=other_browser`,
  ]);
  expect(await (await fetch(`${stack.url}/admin?error=other_browser`)).text()).toContain('another browser');
  const { host: found } = await stack.admin<{ host: { calendars: unknown[] } }>(
    'query ($host: ID!) { host(id: $host) { calendars { id } } }',
    { host },
  );
  expect(found.calendars).toEqual([]);
});

it('lets two links be open in one browser at once', async () => {
  const email = addPerson();
  const first = await post();
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  link = await startConnect();
  const second = await post({ cookie });
  expect(second.headers.get('set-cookie')).toContain(cookie);
  const callback = await stack.simulator.consent(first.headers.get('location') ?? '', email);
  const response = await fetch(callback, { redirect: 'manual', headers: { cookie } });
  expect(response.headers.get('location')).toBe(`${stack.url}/admin`);
});

it.each([
  ['Yes, this account is right', 'Connected', [true]],
  ['No, disconnect it', 'Not connected', [false]],
])('asks about an account of another address: %s', async (answer, heading, selected) => {
  host = await createHost(`somebody-${count}@example.com`);
  link = await startConnect();
  const email = addPerson();
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('button').click();
  await page.getByLabel(email).first().check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'Is this the right account?' }).waitFor();
  expect(await page.getByRole('definition').allTextContents()).toEqual(PARTIES);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  expect(await selectedOf()).toEqual([false]);
  // Neither a look nor the form of another browser or site answers for it.
  await page.reload();
  const url = page.url();
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  expect((await fetch(url, { method: 'POST', redirect: 'manual' })).status).toBe(404);
  const elsewhere = { cookie, origin: 'https://elsewhere.example' };
  expect((await fetch(url, { method: 'POST', redirect: 'manual', headers: elsewhere })).status).toBe(403);
  expect(await selectedOf()).toEqual([false]);
  await page.getByRole('button', { name: answer }).click();
  await page.getByRole('heading', { name: heading, exact: true }).waitFor();
  expect(await selectedOf()).toEqual(selected);
  await context.close();
});

async function selectedOf(): Promise<boolean[]> {
  const { host: found } = await stack.admin<{ host: { calendars: { selected: boolean }[] } }>(
    'query ($host: ID!) { host(id: $host) { calendars { selected } } }',
    { host },
  );
  return found.calendars.map(({ selected }) => selected);
}
