/** What the booking page says before it has anything to show, and when it can't go on: on phones, offline, without its script, on paper. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { CONFIRM, createVisitor, type Visitor } from './visitor.fixture.ts';

const { at, iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';

let stack: Stack;
let host: ConnectedHost;
let browser: Browser;
let grace: Visitor;
beforeAll(async () => {
  stack = await startStack({ env: { RATE_LIMIT_ANONYMOUS: '100/PT15S' } });
  host = await connectHost(stack, 'GOOGLE', 'gina');
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});
beforeEach(async () => {
  grace = await createVisitor(browser, stack.url, { viewport: { width: 390, height: 700 } });
});
afterEach(() => grace.close());

const intro = () => `/book/${host.slug}/intro`;
/** The browser itself says which requests failed; all else would be ours. */
const forgetFailedRequests = () => {
  const others = grace.complaints.splice(0).filter((text) => !/Failed to load|ERR_|WebSocket/.test(text));
  grace.complaints.push(...others);
};

describe('a page that loads', () => {
  it('has a title of its own for each of its screens', async () => {
    const { page } = grace;
    // It is set a moment after its screen is drawn.
    const titled = (title: string) => expect.poll(() => page.title()).toBe(title);
    await grace.open(intro());
    await titled('Intro – gina');
    await grace.choose(start('09:00'));
    await titled('Your details: Intro');
    await page.goBack();
    await grace.at('times');
    await titled('Intro – gina');
    await grace.choose(start('09:00'));
    await grace.book();
    await grace.at('booking');
    await titled('Your booking: Intro');
    await page.getByRole('button', { name: 'Cancel the booking' }).click();
    await page.locator('[data-cancelling]').waitFor();
    await titled('Cancel the booking: Intro');
    await page.goto(`${stack.url}/book/${host.slug}/nothing`);
    await page.locator('main[data-state="missing"]').waitFor();
    await titled('Nothing to book here');
    await page.goto(`${stack.url}/book/b/bkg_nonsense.x`);
    await page.locator('main[data-state="missing"]').waitFor();
    await titled('No such booking');
    forgetFailedRequests();
  });

  it('says so when its script does not come, and offers to load it again', async () => {
    const { page } = grace;
    await page.route('**/assets/book.*js', (route) => route.abort());
    await page.goto(`${stack.url}${intro()}`);
    await page.getByRole('heading', { name: 'This page did not load' }).waitFor();
    await page.unroute('**/assets/book.*js');
    await page.getByRole('link', { name: 'Load it again' }).click();
    await page.locator('main[data-live="live"] ol[data-etag]').waitFor();
    expect(await page.getByText('This page did not load').count()).toBe(0);
    forgetFailedRequests();
  });

  it('says that too much was asked of its first load, and loads by itself', async () => {
    const { page } = grace;
    const ask = () => stack.anyone('{ __typename }');
    const isRefused = async () =>
      (await Promise.allSettled(Array.from({ length: 20 }, ask))).some(({ status }) => status === 'rejected');
    await until(isRefused);
    // The window may end before the page asks, so others use up the next one, too.
    let isShown = false;
    const others = (async () => {
      while (!isShown) await isRefused();
    })();
    // The page itself may slip through, and then has times: those that it came with are left out.
    await page.route(`${stack.url}${intro()}`, async (route) => {
      const response = await route.fetch();
      const html = await response.text();
      const body = html.replace(/<script type="application\/json".*?<\/script>/s, '');
      await route.fulfill({ response, body });
    });
    await page.goto(`${stack.url}${intro()}`);
    const notice = page.locator('[data-delay="limited"]');
    await notice.waitFor().finally(() => {
      isShown = true;
    });
    await others;
    expect(await notice.innerText()).toMatch(
      /^Too much was asked .* tries again by itself in \d+ seconds?\.$/,
    );
    await page.locator('main[data-live="live"] ol[data-etag]').waitFor();
    forgetFailedRequests();
  });
});

describe('a page of times', () => {
  it('says at once that it is offline, and has what happened meanwhile when it is back', async () => {
    const { page } = grace;
    await grace.open(intro());
    await page.context().setOffline(true);
    await page.locator('.badge', { hasText: 'Offline' }).waitFor();
    await page.locator('main[data-live="connecting"]').waitFor();
    expect(await grace.time(start('10:00')).count()).toBe(1);
    stack.simulator.world.createEvent(host.remoteCalendar, { start: at('10:00'), end: at('10:30') });
    await page.context().setOffline(false);
    await grace.time(start('10:00')).waitFor({ state: 'detached' });
    await page.locator('main[data-live="live"]').waitFor();
    forgetFailedRequests();
  });

  it('shows on a phone that a hold failed, to a visitor who has scrolled, and moves nothing', async () => {
    const { page } = grace;
    await grace.open(intro());
    await page.route('**/graphql', (route) => route.abort());
    const last = page.locator('button[data-start]').last();
    await last.scrollIntoViewIfNeeded();
    const before = await last.boundingBox();
    await last.click();
    await grace.problem('network');
    const box = await page.locator('[data-problem]').boundingBox();
    expect(box?.y).toBeGreaterThanOrEqual(0);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(700);
    expect(await last.boundingBox()).toEqual(before);
    forgetFailedRequests();
  });

  it('prints what was booked without its buttons, in black on white, in the dark too', async () => {
    const { page } = grace;
    await page.emulateMedia({ colorScheme: 'dark' });
    await grace.open(intro());
    await grace.choose(start('11:00'));
    await grace.book();
    await grace.at('booking');
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.locator('.summary .when').isVisible()).toBe(true);
    expect(await page.locator('.copy input').isVisible()).toBe(true);
    const colours = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [backgroundColor, color];
    });
    expect(colours).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    expect(await page.locator(CONFIRM).count()).toBe(0);
  });
});
