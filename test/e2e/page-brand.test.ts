/** Brands as visitors see them: colour and logo, light and dark, in the page and in a frame of another site. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngImage } from '../brand/image.fixture.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { accessibilityFaults } from './axe.fixture.ts';
import { createBooker } from './booker.fixture.ts';
import { type EmbeddingSite, startEmbeddingSite } from './embedding-site.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor } from './visitor.fixture.ts';

const { iso } = testDay();

let stack: Stack;
let site: EmbeddingSite;
let browser: Browser;
let token: string;
beforeAll(async () => {
  stack = await startStack();
  site = await startEmbeddingSite();
  const ada = await makeHost(stack.admin, 'ada', {
    name: 'Ada Lovelace',
    brand: { color: '#ff8a00', logo: pngImage(480, 120).toString('base64') },
  });
  const intro = await makeEventType(stack.admin, ada, 'intro', { title: 'Introduction' });
  token = (await createBooker(stack.anyone).book(intro, iso('09:00')[0] ?? '')).token;
  site.add('/brand', {
    body: `<script src="${stack.url}/embed.js"></script><slotwire-booking owner="ada" slug="intro"></slotwire-booking>`,
  });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
  await site?.close();
});

const accentOf = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());
const PAGES = () =>
  [
    ['an owner', '/book/ada', 'main[data-step="owner"]'],
    ['an event type', '/book/ada/intro', 'main[data-live="live"] ol[data-etag]'],
    ['a booking', `/book/b/${token}`, 'main[data-step="booking"]'],
  ] as const;

describe.each([320, 1280])('at %i pixels', (width) => {
  it.each(['light', 'dark'] as const)(
    '%s, every page has colour and logo, and is in order for all',
    async (colorScheme) => {
      const visitor = await createVisitor(browser, stack.url, {
        viewport: { width, height: 720 },
        colorScheme,
      });
      const { page } = visitor;
      const accents: string[] = [];
      for (const [, path, ready] of PAGES()) {
        await page.goto(`${stack.url}${path}`);
        await page.locator(ready).first().waitFor();
        const logo = page.locator('.brand img');
        expect(
          await logo.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
        ).toBe(480);
        const box = await logo.boundingBox();
        expect(box?.height).toBeLessThanOrEqual(48);
        expect(box?.height).toBeGreaterThan(30);
        expect(await accessibilityFaults(page)).toEqual([]);
        await visitor.fits();
        accents.push(await accentOf(page));
      }
      expect(new Set(accents).size).toBe(1);
      // Orange can be read on dark alone.
      if (colorScheme === 'dark') expect(accents[0]).toBe('#ff8a00');
      else expect(accents[0]).not.toMatch(/#ff8a00|#0b6b5d/);
      await visitor.close();
    },
  );
});

it("an address's colour and theme hold in place of the brand's and the system's", async () => {
  const visitor = await createVisitor(browser, stack.url, { colorScheme: 'dark' });
  for (const [, path, ready] of PAGES()) {
    await visitor.page.goto(`${stack.url}${path}?color=0a58ca&theme=light`);
    await visitor.page.locator(ready).first().waitFor();
    await expect.poll(() => accentOf(visitor.page)).toBe('#0a58ca');
  }
  await visitor.close();
});

it('a brand stands in the frame of another site, too', async () => {
  const visitor = await createVisitor(browser, stack.url, { colorScheme: 'light' });
  await visitor.page.goto(`${site.originAt('localhost')}/brand`);
  const frame = visitor.page.frameLocator('slotwire-booking iframe');
  await frame.locator('main[data-live="live"] ol[data-etag]').waitFor();
  await frame.locator('.brand img').waitFor();
  await visitor.close();
});
