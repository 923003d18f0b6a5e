/** A visitor of booking pages: one browser context, and what its pages complain of. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { CalendarView } from '../../src/web/booking/preferences.ts';
import { WAIT_LIMIT } from '../harness/eventually.ts';

export interface Visitor {
  page: Page;
  /** Errors thrown, things said in the console, requests that the policy refused. */
  complaints: string[];
  /** Waits for the times, live. */
  open(path: string): Promise<void>;
  time(start: string): ReturnType<Page['locator']>;
  /** From the times to the form. */
  choose(start: string): Promise<void>;
  /** Fills the form and sends it. */
  book(name?: string): Promise<void>;
  /** The page shows this step. */
  at(step: 'times' | 'details' | 'booking' | 'move'): Promise<void>;
  /** The hold's token, as the page keeps it. */
  hold(eventType: string): Promise<string>;
  /** What it says went wrong. */
  problem(kind: string): Promise<void>;
  /** Nothing lies beside the window. */
  fits(): Promise<void>;
  close(): Promise<void>;
}

export interface VisitorOptions extends BrowserContextOptions {
  /** Chosen on an earlier visit; null: none was. By default the week, which shows several days' times at once. */
  view?: CalendarView | null;
}

export const CONFIRM = '[data-confirm]';

export async function createVisitor(
  browser: Browser,
  origin: string,
  { view = 'week', ...options }: VisitorOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB', ...options });
  if (view !== null) await context.addInitScript(chooseView, view);
  const complaints: string[] = [];
  context.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  context.on('weberror', (error) => complaints.push(error.error().message));
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_LIMIT);
  const time = (start: string) => page.locator(`button[data-start="${start}"]`);
  const at: Visitor['at'] = (step) => page.locator(`main[data-step="${step}"]`).waitFor();
  return {
    page,
    complaints,
    time,
    at,
    async open(path) {
      await page.goto(`${origin}${path}`);
      await page.waitForSelector('main[data-live="live"] ol[data-etag]');
    },
    async choose(start) {
      await time(start).click();
      await at('details');
    },
    async book(name = 'Grace Hopper') {
      await page.fill('[name="name"]', name);
      await page.fill('[name="email"]', 'grace@example.net');
      await page.locator(CONFIRM).click();
    },
    hold: (eventType) =>
      page.evaluate(
        (id) => JSON.parse(sessionStorage.getItem(`slotwire.hold.${id}`) ?? '{}').token as string,
        eventType,
      ),
    problem: (kind) => page.locator(`[data-problem="${kind}"]`).waitFor(),
    async fits() {
      const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
    },
    async close() {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}

/** In the page, before its own script. What the visitor chooses there stays. */
function chooseView(view: CalendarView) {
  try {
    localStorage.setItem(
      'slotwire.preferences',
      localStorage.getItem('slotwire.preferences') ?? JSON.stringify({ view }),
    );
  } catch {}
}
