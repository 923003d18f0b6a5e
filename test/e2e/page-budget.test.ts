/** What a visitor's browser has to fetch until times are there, and that nothing moves meanwhile. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { type Stack, startStack } from './stack.fixture.ts';
import { createVisitor } from './visitor.fixture.ts';

let stack: Stack;
let host: MadeHost;
let browser: Browser;
beforeAll(async () => {
  stack = await startStack({ sync: false });
  host = await makeHost(stack.admin, 'ada', { name: 'Ada' });
  await makeEventType(stack.admin, host, 'talk', { title: 'Talk </script> & more', horizon: 'P90D' });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

/** From before anything is drawn. */
async function measureShifts(page: Page) {
  await page.addInitScript(() => {
    Object.assign(window, { shifted: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value = 0 }: { value?: number } = JSON.parse(JSON.stringify(entry));
        Object.assign(window, { shifted: Reflect.get(window, 'shifted') + value });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return () => page.evaluate(() => Number(Reflect.get(window, 'shifted')));
}

describe.each([
  ['a phone', 390],
  ['a desktop', 1280],
])('a booking page on %s', (_device, width) => {
  it('has its first times after the page and three files, and moves nothing when it has come to life', async () => {
    const visitor = await createVisitor(browser, stack.url, { view: null, viewport: { width, height: 844 } });
    const { page } = visitor;
    const shifts = await measureShifts(page);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.routeWebSocket(/\/graphql$/, () => {
      // It is never acknowledged: whatever is shown came with the page.
    });
    await page.goto(`${stack.url}/book/ada/talk`);
    await page.locator('ol[data-etag] button[data-start]').first().waitFor();
    expect(await page.locator('main').getAttribute('data-live')).toBe('connecting');
    const files = asked.map((path) => path.replace(/\.[\da-f]{10}(?=\.)/, '')).sort();
    expect(files).toEqual(['/assets/book.css', '/assets/book.js', '/assets/words.en.js', '/book/ada/talk']);
    expect(await shifts()).toBe(0);
    await page.unrouteAll();
    await visitor.close();

    const live = await createVisitor(browser, stack.url, { view: null, viewport: { width, height: 844 } });
    const shiftsAlive = await measureShifts(live.page);
    await live.open('/book/ada/talk');
    expect(await shiftsAlive()).toBe(0);
    await live.close();
  });
});

describe('the first answer', () => {
  it('is asked for anew in another zone, for another visit, and where the page was kept by the browser', async () => {
    const far = await createVisitor(browser, stack.url, { view: null, timezoneId: 'Asia/Tokyo' });
    await far.open('/book/ada/talk');
    expect(await far.page.locator('button[data-start]').count()).toBeGreaterThan(0);
    await far.page.goto(`${stack.url}/book/ada`);
    await far.page.goBack();
    await far.page.waitForSelector('main[data-live="live"] ol[data-etag]');
    await far.close();
  });

  it('is what the API answers, and ends no script', async () => {
    const html = await (await fetch(`${stack.url}/book/ada/talk`)).text();
    const [, text = ''] =
      /<script type="application\/json" id="first-answer">(.*?)<\/script>/s.exec(html) ?? [];
    const { page, times } = JSON.parse(text);
    expect(page.eventType).toMatchObject({
      slug: 'talk',
      title: 'Talk </script> & more',
      lengths: ['PT30M'],
    });
    const { availability } = await stack.anyone<{ availability: object }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { etag slots { start } nextAvailable complete } }',
      { input: times.input },
    );
    expect(times.data.availability).toMatchObject(availability);
  });
});

describe('the files of a booking page', () => {
  it('are kept for ever by their names, and come compressed as the build made them', async () => {
    const html = await (await fetch(`${stack.url}/book/ada/talk`)).text();
    const files = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, file = '']) => file);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const answer = await fetch(stack.url + file, { headers: { 'accept-encoding': 'gzip, br' } });
      const { headers } = answer;
      expect([file, headers.get('cache-control'), headers.get('content-encoding')]).toEqual([
        file,
        'public, max-age=31536000, immutable',
        'br',
      ]);
      const zipped = await fetch(stack.url + file, { headers: { 'accept-encoding': 'gzip' } });
      expect(zipped.headers.get('content-encoding')).toBe('gzip');
      expect(await zipped.text()).toBe(await answer.text());
    }
    const other = await fetch(`${stack.url}/assets/book.0123456789.js`);
    expect([other.status, other.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect((await fetch(`${stack.url}/assets/other.0123456789.js`)).status).toBe(404);
  });
});
