import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../harness/chromium.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { at, iso } = testDay();
const date = new Date(at('00:00')).toISOString().slice(0, 10);

let stack: Stack;
let host: ConnectedHost;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What a page says in the console, errors that it throws, and requests that its policy refuses. */
let complaints: string[];

beforeAll(async () => {
  stack = await startStack();
  host = await connectHost(stack, 'GOOGLE', 'gina');
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

beforeEach(async () => {
  complaints = [];
  context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB' });
  context.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  context.on('weberror', (error) => complaints.push(error.error().message));
  page = await context.newPage();
});

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const slot = (time: string) => page.locator(`li[data-date="${date}"] button[data-start="${iso(time)[0]}"]`);

async function openBookingPage() {
  await page.goto(`${stack.url}/book/${host.slug}/intro?view=week`);
  await page.waitForSelector('main[data-live="live"] ol[data-etag]');
}

describe('the booking page', () => {
  it('shows free times and updates them without a reload', async () => {
    const { world } = stack.simulator;
    const meeting = world.createEvent(host.remoteCalendar, { start: at('10:00'), end: at('11:00') });
    await openBookingPage();
    await slot('10:30').waitFor({ state: 'detached' });
    expect(await page.locator(`li[data-date="${date}"] button[data-start]`).count()).toBe(14);
    await page.evaluate(() => document.body.setAttribute('data-same-document', ''));

    world.deleteEvent(host.remoteCalendar, meeting.id);
    await slot('10:00').waitFor();
    await slot('10:30').waitFor();

    const { id } = world.createEvent(host.remoteCalendar, { start: at('13:00'), end: at('13:30') });
    await slot('13:00').waitFor({ state: 'detached' });
    expect(await slot('13:30').count()).toBe(1);
    expect(await page.locator('body[data-same-document]').count()).toBe(1);
    world.deleteEvent(host.remoteCalendar, id);
    await slot('13:00').waitFor();
  });

  it('lets a visitor choose a time by keyboard', async () => {
    await openBookingPage();
    await page.keyboard.press('Tab');
    for (let i = 0; i < 10 && !(await focused()).start; i++) await page.keyboard.press('Tab');
    // Today may have one time left or none, so the keys go on to a whole day.
    for (let i = 0; i < 7 && !(await focused()).start?.startsWith(date); i++) {
      await page.keyboard.press('ArrowRight');
    }
    expect((await focused()).start).toBe(iso('09:00')[0]);
    await page.keyboard.press('ArrowDown');
    const { start: second } = await focused();
    expect(second).toBe(iso('09:30')[0]);

    await page.keyboard.press('Enter');
    await page.locator('main[data-holding="held"]').waitFor();
    expect(decodeURIComponent(new URL(page.url()).hash)).toBe(`#start=${second}`);
    await page.goBack();
    await page.locator('button[data-start]').first().waitFor();
  });

  it('shows the time of a link without holding it, and says so when it is taken', async () => {
    await page.goto(`${stack.url}/book/${host.slug}/intro#start=${iso('15:00')[0]}`);
    await page.locator('[data-chosen="offered"]').waitFor();
    expect(await page.locator('button[aria-pressed="true"]').getAttribute('data-start')).toBe(
      iso('15:00')[0],
    );
    const { id } = stack.simulator.world.createEvent(host.remoteCalendar, {
      start: at('15:00'),
      end: at('16:00'),
    });
    await page.locator('[data-chosen="gone"]').waitFor();
    stack.simulator.world.deleteEvent(host.remoteCalendar, id);
    await page.locator('[data-chosen="offered"]').waitFor();
    expect(await slot('15:00').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.locator('[data-chosen]').waitFor({ state: 'detached' });
  });

  it('shows a friendly page for an unknown address', async () => {
    await page.goto(`${stack.url}/book/${host.slug}/nothing`);
    await page.locator('main[data-state="missing"]').waitFor();
    // The browser itself says so of a page that is not there.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('status of 404')]);
  });
});

const focused = () =>
  page.evaluate(() => ({
    start: document.activeElement?.getAttribute('data-start') ?? null,
    label: document.activeElement?.getAttribute('aria-label') ?? null,
  }));

describe("the simulator's page", () => {
  it("updates the booking page when the simulator's page adds and deletes an event by keyboard", async () => {
    await openBookingPage();
    const booking = page;
    page = await context.newPage();
    await page.goto(`${stack.simulator.url}/`);
    await page.getByRole('button', { name: `Add an event to ${host.slug}@example.com` }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('Typed');
    await page.locator('[name=start]').fill(`${date}T16:00`);
    await page.locator('[name=end]').fill(`${date}T16:30`);
    await page.keyboard.press('Enter');
    const edit = page.getByRole('button', { name: 'Edit Typed' });
    await edit.waitFor();
    const taken = booking.locator(`button[data-start="${iso('16:00')[0]}"]`);
    await taken.waitFor({ state: 'detached' });

    await edit.focus();
    await page.keyboard.press('Enter');
    for (let i = 0; i < 20 && !(await page.locator('#delete:focus').count()); i++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await edit.waitFor({ state: 'detached' });
    await taken.waitFor();
    await expect.poll(async () => (await focused()).label).toBe(`Add an event to ${host.slug}@example.com`);
  });
});
