/** The page of a booking that waits to be accepted: what it says before and after it was decided. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { createBooker } from './booker.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor } from './visitor.fixture.ts';

const { iso } = testDay();
let stack: Stack;
let host: MadeHost;
let browser: Browser;
beforeAll(async () => {
  stack = await startStack();
  host = await makeHost(stack.admin, 'ada');
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

it.each([
  ['accepted', 'mutation ($id: ID!) { acceptBooking(id: $id) { id } }', 'Your booking'],
  ['declined', 'mutation ($id: ID!) { declineBooking(id: $id) { id } }', 'This request was declined'],
])(
  'a request that is %s is shown so once its visitor comes back to the page',
  async (slug, decide, heading) => {
    const type = await makeEventType(stack.admin, host, slug, { approval: true });
    const { id, token } = await createBooker(stack.anyone).book(
      type,
      iso('10:00', '11:00')[slug === 'accepted' ? 0 : 1] ?? '',
    );
    const { booking } = await stack.anyone<{ booking: { manageUrl: string } }>(
      'query ($token: String!) { booking(token: $token) { manageUrl } }',
      { token },
    );
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.goto(booking.manageUrl);
    await page.locator('[data-booking=PENDING] h1', { hasText: 'Your request was sent' }).waitFor();
    await stack.admin(decide, { id });
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.locator('h1', { hasText: heading }).waitFor();
    expect(await page.locator('.result').innerText()).not.toContain('undefined');
    await page.close();
  },
);

it('a request is withdrawn, in words of its own', async () => {
  const type = await makeEventType(stack.admin, host, 'withdrawn', { approval: true });
  const { token } = await createBooker(stack.anyone).book(type, iso('12:00')[0] ?? '');
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  await page.goto(`${stack.url}/book/b/${encodeURIComponent(token)}`);
  await page.getByRole('button', { name: 'Withdraw the request' }).click();
  await page.locator('h2', { hasText: 'Withdraw this request?' }).waitFor();
  expect(await page.title()).toContain('Withdraw the request');
  expect(await page.locator('[data-cancelling]').innerText()).toContain('Keep the request');
  await page.getByRole('button', { name: 'Yes, withdraw it' }).click();
  await page.locator('[data-booking=CANCELLED] h1', { hasText: 'Your request was withdrawn' }).waitFor();
  expect(await page.locator('.result').innerText()).not.toContain('cancelled');
  await page.close();
});

it('a visitor who asked for a time is led on with word that it waits', async () => {
  const redirectUrl = `${stack.url}/book/ada?thanks=1`;
  await makeEventType(stack.admin, host, 'led-on', { approval: true, redirectUrl });
  const eve = await createVisitor(browser, stack.url);
  await eve.open('/book/ada/led-on');
  await eve.choose(iso('14:00')[0] ?? '');
  await eve.book('Eve');
  await eve.page.waitForURL(/[?&]thanks=1/);
  const { searchParams } = new URL(eve.page.url());
  expect(searchParams.get('status')).toBe('pending');
  expect(searchParams.get('booking')).toMatch(/^bkg_/);
  await eve.close();
});
