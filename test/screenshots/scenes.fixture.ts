/** What the pictures of docs/images show, as a visitor of the demo would see it. */
import type { Page } from 'playwright-core';
import type { RunningDemo } from './demo.fixture.ts';

export interface Scene {
  /** The first part of its pictures' names. */
  name: string;
  /** Leads the page to where the picture is taken. */
  show(page: Page, demo: RunningDemo): Promise<void>;
  /** The window alone, where the page is higher than that. */
  isWindow?: boolean;
}

const TIMES = 'main[data-live="live"] ol[data-etag]';

async function open(page: Page, { url }: RunningDemo, path: string) {
  await page.goto(`${url}${path}`);
  await page.locator(TIMES).waitFor();
}

/** From the times to the form. Earlier pictures' holds may have taken most of the first days. */
async function choose(page: Page) {
  await page.locator('.date-open').nth(3).click();
  await page.locator('button[data-start]').last().click();
  await page.locator('main[data-step="details"]').waitFor();
}

async function book(page: Page) {
  await page.fill('[name="name"]', 'Margaret Hamilton');
  await page.fill('[name="email"]', 'margaret@example.net');
  await page.locator('[data-confirm]').click();
  await page.locator('main[data-step="booking"]').waitFor();
}

export const SCENES: readonly Scene[] = [
  { name: 'month', show: (page, demo) => open(page, demo, '/book/ada/intro') },
  { name: 'arabic', show: (page, demo) => open(page, demo, '/book/ada/intro?locale=ar') },
  { name: 'team', show: (page, demo) => open(page, demo, '/book/pioneers/anyone?view=week'), isWindow: true },
  {
    name: 'form',
    async show(page, demo) {
      await open(page, demo, '/book/compilers/everyone');
      await choose(page);
      await page.fill('[name="name"]', 'Margaret Hamilton');
      await page.fill('[name="email"]', 'margaret@example.net');
    },
  },
  {
    name: 'booked',
    async show(page, demo) {
      await open(page, demo, '/book/ada/intro');
      await choose(page);
      await book(page);
    },
  },
  {
    name: 'owner',
    async show(page, { url }) {
      await page.goto(`${url}/book/compilers`);
      await page.locator('h1').waitFor();
    },
  },
  {
    name: 'embed',
    isWindow: true,
    async show(page, { siteUrl }) {
      await page.goto(`${siteUrl}/`);
      await page.getByRole('button', { name: 'Talk to Ada' }).click();
      await page.frameLocator('slotwire-booking iframe').locator(TIMES).waitFor();
    },
  },
  {
    name: 'mail',
    async show(page, demo) {
      await open(page, demo, '/book/grace/intro');
      await choose(page);
      await book(page);
      const mail = page.locator('a', { hasText: 'margaret@example.net' }).first();
      await page.goto(`${demo.simulatorUrl}/mail`);
      // It is sent by a job, a moment after the booking.
      for (let tries = 0; tries < 60 && !(await mail.isVisible()); tries++) {
        await mail.waitFor({ timeout: 500 }).catch(() => {});
        await page.reload();
      }
      await page.goto(`${demo.simulatorUrl}${await mail.getAttribute('href')}/html`);
    },
  },
];
