/** Choosing a time on the booking page: by month, by week, by key, on a phone, of several lengths, in another zone. */
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, dateFromDay } from '../../src/time/civil-date.ts';
import { DAY } from '../../src/time/clock.ts';
import { addMonths, daysOfMonth, monthOf } from '../../src/web/booking/month.ts';
import { type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { accessibilityFaults } from './axe.fixture.ts';
import { BOOKED_FROM_ONE_ADDRESS, type Stack, startStack } from './stack.fixture.ts';
import { CONFIRM, createVisitor, type Visitor } from './visitor.fixture.ts';

/** Where screenshots are put to be looked at; none are taken without. */
const { PAGE_SHOTS: shots } = process.env;
const PHONE = { width: 390, height: 844 };
const SCREEN = { width: 1280, height: 800 };

const today = () => dateFromDay(Math.floor(Date.now() / DAY));
const nextMonth = () => addMonths(monthOf(today()), 1);

let stack: Stack;
let host: MadeHost;
let browser: Browser;
let talk: string;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent', ...BOOKED_FROM_ONE_ADDRESS }, sync: false });
  host = await makeHost(stack.admin, 'ada');
  talk = await makeEventType(stack.admin, host, 'talk', { lengths: ['PT30M', 'PT1H'], interval: 'PT30M' });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

type Options = Parameters<typeof createVisitor>[2];
async function visit(slug: string, options: Options = { viewport: SCREEN }, owner = 'ada'): Promise<Visitor> {
  const visitor = await createVisitor(browser, stack.url, options);
  await watchShifts(visitor.page);
  await visitor.open(`/book/${owner}/${slug}`);
  return visitor;
}

const day = (page: Page, date: string) => page.locator(`[data-day="${date}"]`);
const times = (page: Page) => page.locator('li[data-date] button[data-start]');
const shown = (page: Page, date: string) => page.locator(`main[data-live="live"] li[data-date="${date}"]`);
const radio = (page: Page, name: string) => page.getByRole('radio', { name, exact: true });
const choose = (page: Page, name: string) => page.locator('label', { has: radio(page, name) }).click();
/** From a month that has no times left the page goes on by itself. */
const toNextMonth = (page: Page) =>
  until(async () => {
    const month = (await page.locator('[data-day$="-15"]').getAttribute('data-day'))?.slice(0, 7) ?? '';
    if (month !== nextMonth())
      await page.getByRole('button', { name: month < nextMonth() ? 'Next month' : 'Previous month' }).click();
    return month === nextMonth();
  });
const focusedDay = (page: Page) =>
  page.evaluate(
    () => (document.activeElement instanceof HTMLElement && document.activeElement.dataset.day) || null,
  );

/** From then on, how far things have moved that the visitor didn't move. */
const watchShifts = (page: Page) =>
  page.addInitScript(() => {
    const state = Object.assign(window, { shifted: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!('hadRecentInput' in entry && entry.hadRecentInput) && 'value' in entry)
          state.shifted += Number(entry.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
const shifted = (page: Page) => page.evaluate(() => (window as Window & { shifted?: number }).shifted);

async function shoot(page: Page, name: string) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

const takeTime = (eventType: string, start: string) =>
  stack.admin<{ holdSlot: { token: string } }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
    { input: { eventType, start } },
  );
/** From today's beginning on. */
const block = (away: MadeHost, end: string) =>
  stack.admin('mutation ($input: BlockInput!) { createBlock(input: $input) { id } }', {
    input: { host: away.id, start: `${today()}T00:00:00Z`, end },
  });
const middle = async (locator: Locator) => {
  const box = await locator.boundingBox();
  return box && [box.x + box.width / 2, box.y + box.height / 2];
};

describe('the month', () => {
  it('is what a visitor sees first: it marks the days that have times, and shows the times of one', async () => {
    const grace = await visit('talk', { viewport: SCREEN, view: null });
    const { page } = grace;
    expect(await page.locator('main').getAttribute('data-view')).toBe('month');
    await toNextMonth(page);
    const month = nextMonth();
    const days = daysOfMonth(month);
    await shown(page, days[0] ?? '').waitFor();
    expect(await page.locator('.date-open').count()).toBe(days.length);
    expect(await times(page).count()).toBe(16);
    const fifth = days[4] ?? '';
    await day(page, fifth).click();
    await shown(page, fifth).waitFor();
    expect(await page.locator('li[data-date]').count()).toBe(1);
    expect(await page.locator('td[aria-selected="true"] [data-day]').getAttribute('data-day')).toBe(fifth);
    await choose(page, 'Week');
    await page.locator('main[data-view="week"] li[data-date]').nth(6).waitFor();
    await page.reload();
    await page.locator('main[data-view="week"][data-live="live"] ol[data-etag]').waitFor();
    await grace.close();
  });

  it('opens where there are times, and lets the visitor go back to where there are none', async () => {
    const away = await makeHost(stack.admin, 'cleo');
    const first = daysOfMonth(nextMonth())[11] ?? '';
    await block(away, `${first}T11:00:00Z`);
    await makeEventType(stack.admin, away, 'later');
    const grace = await visit('later', { viewport: SCREEN, view: null }, 'cleo');
    const { page } = grace;
    await shown(page, first).waitFor();
    expect(await times(page).first().getAttribute('data-start')).toBe(`${first}T11:00:00.000Z`);
    expect(await shifted(page)).toBe(0);
    await page.getByRole('button', { name: 'Previous month' }).click();
    await shown(page, today()).waitFor();
    const jump = page.locator('[data-next]');
    expect(await jump.getAttribute('data-next')).toBe(first);
    await grace.close();
  });

  it('is gone through by key, and names each day and time in full', async () => {
    const grace = await visit('talk');
    const { page } = grace;
    await choose(page, 'Month');
    const month = nextMonth();
    const days = daysOfMonth(month);
    const first = days[0] ?? '';
    await toNextMonth(page);
    await shown(page, first).waitFor();
    await page.locator('[data-day][tabindex="0"]').focus();
    expect(await page.locator('[data-day][tabindex="0"]').count()).toBe(1);
    const keys: [string, string][] = [
      ['ArrowRight', addDays(first, 1)],
      ['ArrowDown', addDays(first, 8)],
      ['ArrowLeft', addDays(first, 7)],
      ['ArrowUp', first],
      ['PageDown', `${addMonths(month, 1)}-01`],
      ['PageUp', first],
    ];
    for (const [key, date] of keys) {
      await page.keyboard.press(key);
      await expect.poll(() => focusedDay(page)).toBe(date);
    }
    // By the English weeks, which begin on Monday.
    await page.keyboard.press('End');
    expect(new Date(`${await focusedDay(page)}T00:00Z`).getUTCDay()).toBe(0);
    const chosen = days[9] ?? '';
    await day(page, chosen).focus();
    const date = new Date(`${chosen}T12:00Z`);
    const [weekday, monthName] = [{ weekday: 'long' }, { month: 'long' }].map((options) =>
      new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...(options as object) }).format(date),
    );
    const name = await day(page, chosen).getAttribute('aria-label');
    expect(name).toMatch(new RegExp(`^${weekday},? 10 ${monthName} ${date.getUTCFullYear()}, 16 times$`));
    await page.keyboard.press('Enter');
    await shown(page, chosen).waitFor();
    expect(await focusedDay(page)).toBe(chosen);
    const short = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short' }).format(date);
    await page.getByRole('button', { name: new RegExp(`^09:00 ?, ${short} 10`) }).waitFor();
    for (let i = 0; i < 10 && !(await page.locator('.time:focus').count()); i++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.time:focus').getAttribute('data-start')).toBe(`${chosen}T09:30:00.000Z`);
    await page.keyboard.press('Enter');
    await grace.at('details');
    await grace.close();
  });

  it('lies above the times on a phone, within the window', async () => {
    const grace = await visit('talk', { viewport: PHONE, hasTouch: true, isMobile: true });
    const { page } = grace;
    await choose(page, 'Month');
    await toNextMonth(page);
    const third = daysOfMonth(nextMonth())[2] ?? '';
    await day(page, third).tap();
    await shown(page, third).waitFor();
    await grace.fits();
    // Both at the same moment: the window may still be scrolling.
    const gap = await page.evaluate(() => {
      const edges = (selector: string) => document.querySelector(selector)?.getBoundingClientRect();
      return (edges('ol.days')?.top ?? 0) - (edges('.month')?.bottom ?? 0);
    });
    expect(gap).toBeGreaterThanOrEqual(0);
    // A finger has room for each day.
    const box = await day(page, third).boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(40);
    await expect(times(page).first().isVisible()).resolves.toBe(true);
    await grace.close();
  });
});

describe('what changes while the page is open', () => {
  it.each(['Week', 'Month'])(
    'moves nothing under the hand by %s when a time is taken, and nothing on the way there',
    async (view) => {
      const owner = await makeHost(stack.admin, view.toLowerCase());
      const own = await makeEventType(stack.admin, owner, 'moving');
      const grace = await visit('moving', { viewport: SCREEN }, owner.slug);
      const { page } = grace;
      await choose(page, view);
      const date = view === 'Week' ? addDays(today(), 3) : (daysOfMonth(nextMonth())[2] ?? '');
      if (view === 'Month') {
        await toNextMonth(page);
        await day(page, date).click();
      }
      await shown(page, date).waitFor();
      const [taken, later] = [`${date}T09:30:00.000Z`, `${date}T10:00:00.000Z`];
      await grace.time(taken).focus();
      await grace.time(later).hover();
      const before = await middle(grace.time(later));
      await takeTime(own, taken);
      await grace.time(taken).waitFor({ state: 'detached' });
      expect(await middle(grace.time(later))).toEqual(before);
      await page.locator('.taken').waitFor();
      // The focus goes to the next time that there is.
      await expect.poll(() => page.locator('.time:focus').getAttribute('data-start')).toBe(later);
      expect(await shifted(page)).toBe(0);
      await grace.close();
    },
  );
});

describe('the next time that is available', () => {
  it('is a button’s way from days without times, and the focus goes with it', async () => {
    const away = await makeHost(stack.admin, 'bea');
    const first = addDays(today(), 40);
    await block(away, `${first}T11:00:00Z`);
    await makeEventType(stack.admin, away, 'far');
    const grace = await createVisitor(browser, stack.url, { viewport: SCREEN, view: null });
    const { page } = grace;
    for (const view of ['week', 'month']) {
      await grace.open(`/book/bea/far?view=${view}`);
      if (view === 'month') {
        await shown(page, first).waitFor();
        const back = page.getByRole('button', { name: 'Previous month' });
        while (await back.isEnabled()) await back.click();
        await shown(page, today()).waitFor();
      }
      const jump = page.locator('[data-next]');
      const label = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short' }).format(
        Date.parse(first),
      );
      expect(await jump.innerText()).toContain(`Next available: ${label}`);
      expect(await jump.getAttribute('data-next')).toBe(first);
      expect(await accessibilityFaults(page)).toEqual([]);
      await shoot(page, `next-available-${view}`);
      await jump.click();
      await page.locator(`[data-start="${first}T11:00:00.000Z"]:focus`).waitFor();
    }
    await grace.close();
  });

  it('is where the way on ends, at the horizon', async () => {
    await makeEventType(stack.admin, host, 'near', { horizon: 'P10D' });
    const grace = await visit('near');
    const { page } = grace;
    const next = page.getByRole('button', { name: 'Next week' });
    expect(await next.getAttribute('aria-disabled')).toBe('false');
    await next.click();
    await shown(page, addDays(today(), 7)).waitFor();
    await page.locator('button[aria-disabled="true"]', { hasText: 'Next week' }).waitFor();
    await next.click({ force: true });
    expect(await shown(page, addDays(today(), 7)).count()).toBe(1);
    await grace.close();
  });
});

describe('lengths', () => {
  it('are chosen, held and booked; the address may name one', async () => {
    const grace = await visit('talk');
    const { page } = grace;
    const date = addDays(today(), 4);
    await shown(page, date).waitFor();
    const ofDay = page.locator(`li[data-date="${date}"] button[data-start]`);
    expect(await ofDay.count()).toBe(16);
    await choose(page, '1 hour');
    await expect.poll(() => ofDay.count()).toBe(15);
    expect(await page.locator('.facts').innerText()).toContain('1 hour');
    await grace.choose(`${date}T13:00:00.000Z`);
    expect(await page.locator('.facts').innerText()).toContain('1 hour');
    await page.fill('[name="name"]', 'Grace Hopper');
    await page.fill('[name="email"]', 'grace@example.net');
    await page.locator(CONFIRM).click();
    await grace.at('booking');
    expect(await page.locator('main').innerText()).toMatch(/13:00\s*–\s*14:00/);
    await grace.open('/book/ada/talk?length=60');
    expect(await radio(page, '1 hour').isChecked()).toBe(true);
    await expect.poll(() => ofDay.count()).toBe(12);
    await grace.close();
    expect(talk).toMatch(/^et_/);
  });
});

describe('time zones and hours', () => {
  it('are found by what people call them, with the time that it is there, and chosen by key', async () => {
    const grace = await visit('talk');
    const { page } = grace;
    const field = page.getByRole('combobox', { name: 'Time zone' });
    expect(await field.inputValue()).toMatch(/^UTC \(GMT(?:\+0)?, \d\d:\d\d\)$/);
    await field.click();
    await page.locator('[role="option"]').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await field.fill('calcutta');
    const option = page.locator('[role="option"]', { hasText: 'Kolkata' });
    expect(await option.innerText()).toMatch(/India[\s\S]*GMT\+5:30 · \d\d:\d\d/);
    await page.keyboard.press('Enter');
    expect(await field.inputValue()).toMatch(/^Kolkata \(GMT\+5:30, \d\d:\d\d\)$/);
    const morning = page.locator(`li[data-date="${addDays(today(), 2)}"] button[data-start]`).first();
    await expect.poll(() => morning.innerText()).toMatch(/^14:30/);
    await choose(page, '12 h');
    await expect.poll(() => morning.innerText()).toMatch(/^2:30\spm/);

    for (const [query, city] of [
      ['kiev', 'Kyiv'],
      ['CET', 'Paris'],
      ['nihon', null],
      ['japan', 'Tokyo'],
    ] as const) {
      await field.click();
      await field.fill(query);
      if (city === null) await page.getByText('No time zone is called that.').waitFor();
      else await page.locator('[role="option"]', { hasText: city }).waitFor();
    }
    await page.keyboard.press('Escape');
    expect(await field.inputValue()).toMatch(/^Kolkata/);
    await page.reload();
    await page.locator('main[data-live="live"] ol[data-etag]').waitFor();
    await expect.poll(() => morning.innerText()).toMatch(/^2:30\spm/);
    await grace.close();
  });
});

describe('what is shown', () => {
  it.each([
    ['phone', PHONE, 'light'],
    ['phone', PHONE, 'dark'],
    ['screen', SCREEN, 'light'],
    ['screen', SCREEN, 'dark'],
  ] as const)('is without hurdles on a %s (%o), %s', async (name, viewport, colorScheme) => {
    const grace = await visit('talk', { viewport, colorScheme, reducedMotion: 'reduce' });
    const { page } = grace;
    await shown(page, addDays(today(), 1)).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await shoot(page, `week-${name}-${colorScheme}`);
    await choose(page, 'Month');
    await toNextMonth(page);
    await shown(page, daysOfMonth(nextMonth())[0] ?? '').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await grace.fits();
    await shoot(page, `month-${name}-${colorScheme}`);
    const field = page.getByRole('combobox', { name: 'Time zone' });
    await field.click();
    await field.fill('new');
    await page.locator('[role="option"]').first().waitFor();
    await shoot(page, `zones-${name}-${colorScheme}`);
    await grace.close();
  });
});
