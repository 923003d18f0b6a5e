/** The page of a booking that waits to be accepted: what it says before and after it was decided. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { createBooker } from './booker.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';

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
