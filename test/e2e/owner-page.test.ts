/** /book/{owner}, and pages of event types that are not active: for people, in a browser. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypeInput, type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { eventually } from '../harness/eventually.ts';
import { accessibilityFaults } from './axe.fixture.ts';
import { createBooker } from './booker.fixture.ts';
import { type EmbeddingSite, startEmbeddingSite } from './embedding-site.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor, type Visitor } from './visitor.fixture.ts';

const { iso } = testDay();
const [NINE = ''] = iso('09:00');
const LONG = 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch';

let stack: Stack;
let site: EmbeddingSite;
let browser: Browser;
let ada: MadeHost;
beforeAll(async () => {
  stack = await startStack();
  site = await startEmbeddingSite();
  ada = await makeHost(stack.admin, 'ada', { name: 'Ada Lovelace' });
  const bob = await makeHost(stack.admin, 'bob', { name: `Bob ${LONG}` });
  await makeEventType(stack.admin, ada, 'intro', {
    title: 'Introduction',
    description: `About [us](https://example.net) and ${LONG}.\n${'Come as you are. '.repeat(40)}`,
    lengths: ['PT30M', 'PT1H'],
  });
  await makeEventType(stack.admin, ada, 'pair', {
    ...{ title: `Pair programming in ${LONG}`, length: 'PT90M' },
    ...{ hosts: [ada.id, bob.id], scheduling: 'ROUND_ROBIN' },
  });
  await makeEventType(stack.admin, ada, 'paused', { title: 'Long lunch', active: false });
  site.add('/owner', {
    body: `<script src="${stack.url}/embed.js"></script><slotwire-booking owner="ada" theme="dark"></slotwire-booking>`,
  });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
  await site?.close();
});

async function visiting(options: BrowserContextOptions, visit: (visitor: Visitor) => Promise<void>) {
  const visitor = await createVisitor(browser, stack.url, options);
  await visit(visitor);
  await visitor.close();
}

const LOOKS = [320, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

describe.each(LOOKS)('at $width pixels, $colorScheme', ({ width, colorScheme }) => {
  const options = { viewport: { width, height: 720 }, colorScheme };

  it.each([
    ["an owner's page", '/book/ada', 'main[data-step="owner"]'],
    ["an owner's page in another colour", '/book/ada?color=ffe600', 'main[data-step="owner"]'],
    ["an owner's page that has nothing", '/book/bob', 'main[data-state="empty"]'],
    [
      'a page of times in another colour',
      '/book/ada/intro?color=ffe600',
      'main[data-live="live"] ol[data-etag]',
    ],
    ['the page of an event type that is not active', '/book/ada/paused', 'main[data-state="paused"]'],
  ])('%s is in order for all, and nothing lies beside the window', async (_name, path, ready) => {
    await visiting(options, async ({ page, fits }) => {
      await page.goto(`${stack.url}${path}`);
      await page.locator(ready).first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await fits();
    });
  });
});

describe("an owner's page", () => {
  it('leads by keyboard to the times, with what its address says', async () => {
    await visiting({}, async ({ page, at }) => {
      await page.goto(`${stack.url}/book/ada?theme=dark`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await at('times');
      expect(page.url()).toBe(`${stack.url}/book/ada/intro?theme=dark`);
      await page.goBack();
      await page.getByRole('heading', { name: 'Ada Lovelace', level: 1 }).waitFor();
      expect(await page.getByRole('listitem').count()).toBe(2);
    });
  });

  it('needs no script', async () => {
    await visiting({ javaScriptEnabled: false }, async ({ page }) => {
      await page.goto(`${stack.url}/book/ada`);
      await page.getByRole('link', { name: 'Introduction' }).click();
      await expect.poll(() => page.title()).toBe('Introduction – Ada Lovelace');
    });
  });

  it('stands in the frame of another site, and so do the pages that it leads to', async () => {
    await visiting({ viewport: { width: 1000, height: 800 } }, async ({ page }) => {
      await page.goto(`${site.originAt('localhost')}/owner`);
      const frame = page.frameLocator('slotwire-booking iframe');
      await frame.locator('main[data-step="owner"]').waitFor();
      const height = async () => (await page.locator('slotwire-booking iframe').boundingBox())?.height ?? 0;
      const content = () => frame.locator('body').evaluate((body) => body.getBoundingClientRect().height);
      const grown = () =>
        eventually(async () => {
          // Not lower than a frame whose page has not come.
          expect(Math.abs((await height()) - Math.max(await content(), 320))).toBeLessThan(1.5);
          return height();
        });
      const before = await grown();
      await frame.getByRole('link', { name: 'Introduction' }).click();
      await frame
        .locator('html[data-embed="inline"][data-theme="dark"] main[data-live="live"] ol[data-etag]')
        .waitFor();
      await eventually(async () => expect(await grown()).toBeGreaterThan(before));
    });
  });
});

describe('the look that an address asks for', () => {
  const paperOf = ({ page }: Visitor) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  it.each([
    ['dark', 'light', 'rgb(18, 22, 27)'],
    ['light', 'dark', 'rgb(246, 247, 249)'],
  ] as const)('is %s where the system is set to %s', async (theme, colorScheme, paper) => {
    await visiting({ colorScheme }, async (visitor) => {
      await visitor.page.goto(`${stack.url}/book/ada?theme=${theme}`);
      expect(await paperOf(visitor)).toBe(paper);
      expect(await accessibilityFaults(visitor.page)).toEqual([]);
    });
  });

  it('is black on white on paper, whatever is asked for', async () => {
    await visiting({ colorScheme: 'dark' }, async (visitor) => {
      await visitor.page.goto(`${stack.url}/book/ada?theme=dark&color=ffe600`);
      await visitor.page.emulateMedia({ media: 'print' });
      expect(await paperOf(visitor)).toBe('rgb(255, 255, 255)');
      const link = visitor.page.getByRole('link', { name: 'Introduction' });
      expect(await link.evaluate((element) => getComputedStyle(element).color)).toBe('rgb(0, 0, 0)');
    });
  });
});

describe('an event type that is not active', () => {
  it('says so, and of a booking that it can not be moved but cancelled', async () => {
    const cleo = await makeHost(stack.admin, 'cleo', { name: 'Cleo' });
    const id = await makeEventType(stack.admin, cleo, 'talk', { title: 'A talk' });
    const { token } = await createBooker(stack.anyone).book(id, NINE);
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      { id, input: eventTypeInput(cleo, 'talk', { title: 'A talk', active: false }) },
    );
    await visiting({}, async ({ page, at }) => {
      await page.goto(`${stack.url}/book/cleo/talk`);
      await page.getByText('No times are offered at the moment').waitFor();
      await page.goto(`${stack.url}/book/b/${token}`);
      await at('booking');
      await page.getByRole('button', { name: 'Choose another time' }).click();
      await page.getByText('No times are offered at the moment').waitFor();
      await page.getByRole('button', { name: 'Back to your booking' }).click();
      await page.getByRole('button', { name: 'Cancel the booking' }).click();
      await page.locator('[data-cancelling] [data-confirm]').click();
      await page.locator('main[data-booking="CANCELLED"]').waitFor();
    });
  });
});
