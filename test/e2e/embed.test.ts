/** The examples of docs/embed.md on a page of another origin, under a strict policy, and what they keep from each other. */
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { eventually, until, WAIT_LIMIT } from '../harness/eventually.ts';
import { bundleReact, docsExamples } from './docs-examples.fixture.ts';
import { type EmbeddingSite, startEmbeddingSite } from './embedding-site.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor, type Visitor } from './visitor.fixture.ts';

const { iso } = testDay();
const [TEN = '', ELEVEN = '', TWELVE = '', ONE = ''] = iso('10:00', '11:00', '12:00', '13:00');
const PAGES = ['inline', 'popup', 'link', 'button'] as const;

/** Records the element's events, as a site's own script would hear them. */
const LISTENER = `window.seen = [];
for (const name of ['ready', 'slot', 'booked', 'moved', 'cancelled']) {
  document.addEventListener('slotwire:' + name, ({ type, detail }) => seen.push({ type, detail }));
}`;
/** Greets every frame beside it as the page around them would, and records what it hears of them. */
const EAVESDROPPER = `window.heard = [];
addEventListener('message', ({ data, source }) => source !== window && heard.push(data));
setInterval(() => {
  for (let at = 0; at < parent.length; at++) parent.frames[at].postMessage({ type: 'slotwire:hello' }, '*');
}, 20);`;

interface Seen {
  type: string;
  detail: {
    booking: string | null;
    start: string;
    end: string;
    hosts: { id: string; name: string }[];
  } | null;
}

let site: EmbeddingSite;
let stack: Stack;
let browser: Browser;
let ada: MadeHost;
let grace: Visitor;

beforeAll(async () => {
  site = await startEmbeddingSite();
  stack = await startStack({ env: { EMBED_ORIGINS: site.originAt('localhost') } });
  ada = await makeHost(stack.admin, 'ada', { name: 'Ada' });
  await makeEventType(stack.admin, ada, 'intro', { title: 'Introduction' });
  browser = await launchBrowser();

  const strict = `default-src 'none'; script-src 'self' ${stack.url}; frame-src ${stack.url}; img-src data:`;
  site.add('/events.js', { body: LISTENER });
  const examples = await docsExamples('html', stack.url);
  expect(examples).toHaveLength(PAGES.length);
  for (const [index, name] of PAGES.entries()) {
    const body = `<script src="/events.js"></script><input aria-label="Before">${examples[index]}<input aria-label="After">`;
    site.add(`/${name}`, { body, policy: `${strict}; require-trusted-types-for 'script'` });
  }
  const [react = ''] = await docsExamples('jsx', stack.url);
  site.add('/app.js', {
    body: await bundleReact(
      react,
      `import { createRoot } from 'react-dom/client';
       import { Booking } from './example';
       window.booked = [];
       const onBooked = ({ detail }) => window.booked.push(detail.booking);
       const root = createRoot(document.getElementById('app'));
       window.show = (mode) => root.render(<Booking owner="ada" slug="intro" mode={mode} onBooked={onBooked} />);
       window.show('inline');`,
    ),
  });
  site.add('/react', {
    body: '<script src="/events.js"></script><div id="app"></div><script src="/app.js"></script>',
    policy: strict,
  });
  site.add('/eavesdropper.js', { body: EAVESDROPPER });
  site.add('/advertisement', { body: '<script src="/eavesdropper.js"></script>' });
  site.add('/beside', {
    body: `<script src="/events.js"></script>${examples[0]}
      <iframe title="Plain" src="${stack.url}/book/ada/intro?embed=inline"></iframe>
      <iframe title="Advertisement" src="${site.originAt('127.0.0.1')}/advertisement"></iframe>`,
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
  await site?.close();
});
beforeEach(async () => {
  grace = await createVisitor(browser, stack.url, { viewport: { width: 1000, height: 800 } });
});
afterEach(() => grace.close());

const open = (path: string) => grace.page.goto(`${site.originAt('localhost')}${path}`);
const frameOf = (page: Page) => page.frameLocator('slotwire-booking iframe');
/** Those of a week, so that tomorrow's are there also on the last day of a month. A frame that is loaded anew begins with the month again. */
const timesAre = (frame: FrameLocator) =>
  until(async () => {
    await frame
      .locator('label', { hasText: 'Week' })
      .click({ timeout: 1_000 })
      .catch(() => {});
    return frame.locator('main[data-view="week"][data-live="live"] ol[data-etag]').isVisible();
  });
const step = (frame: FrameLocator, name: string) =>
  frame.locator(`main[data-step="${name}"]`).waitFor({ timeout: WAIT_LIMIT });
const seen = (): Promise<Seen[]> => grace.page.evaluate('seen');
const typesSeen = async () => (await seen()).map(({ type }) => type);

async function book(frame: FrameLocator, start: string) {
  await frame.locator(`button[data-start="${start}"]`).click();
  await step(frame, 'details');
  await frame.locator('[name="name"]').fill('Grace Hopper');
  await frame.locator('[name="email"]').fill('grace@example.net');
  await frame.locator('[data-confirm]').click();
  await step(frame, 'booking');
}

/** What has the focus: of the page, or within the dialog. */
const focused = () =>
  grace.page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute('aria-label') ?? element?.localName ?? '';
  });
const isOpen = () =>
  grace.page.evaluate(
    () => document.querySelector('slotwire-booking')?.shadowRoot?.querySelector('dialog')?.open ?? false,
  );

describe('a booking page in its place', () => {
  it('books, moves and cancels, and tells the page around it, under a strict policy', async () => {
    await open('/inline');
    const frame = frameOf(grace.page);
    await timesAre(frame);
    await eventually(async () => expect(await typesSeen()).toEqual(['slotwire:ready']));
    await book(frame, TEN);
    await eventually(async () =>
      expect(await typesSeen()).toEqual(['slotwire:ready', 'slotwire:slot', 'slotwire:booked']),
    );
    const [, slot, booked] = await seen();
    const time = { start: TEN, end: new Date(Date.parse(TEN) + 1_800_000).toISOString() };
    const hosts = [{ id: ada.id, name: 'Ada' }];
    expect(slot?.detail).toEqual({ booking: null, ...time, hosts });
    expect(booked?.detail).toEqual({ booking: expect.stringMatching(/^bkg_\w+$/), ...time, hosts });

    await frame.getByRole('button', { name: 'Choose another time' }).click();
    await timesAre(frame);
    await frame.locator(`button[data-start="${ELEVEN}"]`).click();
    await frame.locator('[data-confirm]').click();
    await step(frame, 'booking');
    await eventually(async () => expect((await seen()).at(-1)?.type).toBe('slotwire:moved'));
    expect((await seen()).at(-1)?.detail).toMatchObject({ booking: booked?.detail?.booking, start: ELEVEN });
    await frame.getByRole('button', { name: 'Cancel the booking' }).click();
    await frame.locator('[data-cancelling] [data-confirm]').click();
    await frame.locator('main[data-booking="CANCELLED"]').waitFor();
    await eventually(async () => expect((await seen()).at(-1)?.type).toBe('slotwire:cancelled'));
    // The way on stays in the frame.
    await frame.getByRole('link', { name: 'Book another time' }).click();
    await timesAre(frame);
  });

  it('is as high as its content, whatever that is, and as wide as its place', async () => {
    await open('/inline');
    const { page } = grace;
    const frame = frameOf(page);
    await timesAre(frame);
    const fits = () =>
      eventually(async () => {
        const box = await page.locator('slotwire-booking iframe').boundingBox();
        const content = await frame.locator('body').evaluate((body) => ({
          height: body.getBoundingClientRect().height,
          overflow: document.documentElement.scrollWidth > innerWidth,
        }));
        expect(content.overflow).toBe(false);
        expect(Math.abs((box?.height ?? 0) - content.height)).toBeLessThan(1.5);
        return box?.height ?? 0;
      });
    const week = await fits();
    await page.setViewportSize({ width: 360, height: 700 });
    await eventually(async () => expect(await fits()).toBeGreaterThan(week));
    await frame.locator(`button[data-start="${TWELVE}"]`).click();
    await step(frame, 'details');
    const details = await fits();
    // The top of the next screen is in sight, though the visitor had scrolled down to the time.
    await eventually(async () => {
      const box = await page.locator('slotwire-booking iframe').boundingBox();
      expect(box?.y).toBeGreaterThanOrEqual(-1);
    });
    await frame
      .getByRole('button', { name: /Other times|Choose another/ })
      .first()
      .click();
    await timesAre(frame);
    await eventually(async () => expect(await fits()).toBeGreaterThan(details));
  });

  it('brings a problem into sight, which stands at the foot of a frame that is higher than the window', async () => {
    await grace.page.setViewportSize({ width: 360, height: 600 });
    await open('/inline');
    const { page } = grace;
    const frame = frameOf(page);
    await timesAre(frame);
    await page.route('**/graphql', (route) => route.abort());
    await frame.locator(`button[data-start="${TWELVE}"]`).click();
    await frame.locator('[data-problem="network"]').waitFor();
    await eventually(async () => {
      const box = await frame.locator('[data-problem]').boundingBox();
      expect(box?.y).toBeGreaterThanOrEqual(0);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(601);
    });
    await page.unrouteAll();
    const others = grace.complaints.splice(0).filter((text) => !/Failed to load|ERR_/.test(text));
    expect(others).toEqual([]);
  });

  it('hears and tells nobody but the page around it', async () => {
    await open('/beside');
    const { page } = grace;
    const frame = frameOf(page);
    await timesAre(frame);
    await timesAre(page.frameLocator('iframe[title="Plain"]'));
    await page.evaluate(() => {
      const detail = { booking: 'bkg_forged', start: '', end: '', hosts: [] };
      postMessage({ type: 'slotwire:booked', detail }, '*');
    });
    const advertisement = page.frames().find((one) => one.url().endsWith('/advertisement'));
    await advertisement?.evaluate(() =>
      parent.postMessage({ type: 'slotwire:cancelled', detail: { booking: 'bkg_forged' } }, '*'),
    );
    await frame.locator(`button[data-start="${TWELVE}"]`).click();
    await step(frame, 'details');
    await eventually(async () => expect(await typesSeen()).toEqual(['slotwire:ready', 'slotwire:slot']));
    expect(await advertisement?.evaluate('heard')).toEqual([]);
  });

  it('loads anew when an attribute changes, once for all that change together', async () => {
    await open('/inline');
    const { page } = grace;
    await timesAre(frameOf(page));
    const entries = await page.evaluate('history.length');
    const loads: string[] = [];
    page.on('request', (request) => {
      if (request.isNavigationRequest() && request.url().startsWith(stack.url)) loads.push(request.url());
    });
    await page.evaluate(() => {
      const element = document.querySelector('slotwire-booking');
      element?.setAttribute('theme', 'dark');
      element?.setAttribute('color', '#b3261e');
    });
    await frameOf(page).locator('html[data-theme="dark"] main[data-live="live"] ol[data-etag]').waitFor();
    expect(loads).toEqual([`${stack.url}/book/ada/intro?theme=dark&color=%23b3261e&embed=inline`]);
    // Back leads out of the page, not through what was in the frame.
    expect(await page.evaluate('history.length')).toBe(entries);
  });
});

describe('a booking page in a dialog', () => {
  it('has the focus within it and gives it back, by Escape, by the cross and by a click beside it', async () => {
    await open('/popup');
    const { page } = grace;
    const button = page.getByRole('button', { name: 'Talk to Ada' });
    const frame = frameOf(page);
    await button.focus();
    await page.keyboard.press('Enter');
    await timesAre(frame);
    expect(await page.getByRole('dialog', { name: 'Book a time' }).count()).toBe(1);
    const reached = new Set<string>();
    for (let pressed = 0; pressed < 12; pressed++) {
      await page.keyboard.press(pressed < 6 ? 'Tab' : 'Shift+Tab');
      reached.add(await focused());
    }
    expect([...reached].filter((name) => name === 'Before' || name === 'After')).toEqual([]);
    expect([...reached]).toContain('iframe');

    // From within the frame.
    await frame.locator(`button[data-start="${ONE}"]`).focus();
    await page.keyboard.press('Escape');
    await eventually(async () => expect([await isOpen(), await focused()]).toEqual([false, 'button']));
    await button.click();
    await page.getByRole('button', { name: 'Close' }).press('Escape');
    await eventually(async () => expect([await isOpen(), await focused()]).toEqual([false, 'button']));
    await button.click();
    await page.getByRole('button', { name: 'Close' }).click();
    await eventually(async () => expect([await isOpen(), await focused()]).toEqual([false, 'button']));
    await button.click();
    await page.mouse.click(5, 5);
    await eventually(async () => expect([await isOpen(), await focused()]).toEqual([false, 'button']));
  });

  it('keeps what was begun when it is closed, and begins anew after a booking', async () => {
    await open('/popup');
    const { page } = grace;
    const frame = frameOf(page);
    const button = page.getByRole('button', { name: 'Talk to Ada' });
    await button.click();
    await timesAre(frame);
    await frame.locator(`button[data-start="${ONE}"]`).click();
    await step(frame, 'details');
    await frame.locator('[name="name"]').fill('Grace Hopper');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.evaluate(() =>
      document.querySelector<HTMLElement & { open(): void }>('slotwire-booking')?.open(),
    );
    expect(await frame.locator('[name="name"]').inputValue()).toBe('Grace Hopper');
    await frame.locator('[name="email"]').fill('grace@example.net');
    await frame.locator('[data-confirm]').click();
    await step(frame, 'booking');
    await eventually(async () => expect(await typesSeen()).toContain('slotwire:booked'));
    await page.getByRole('button', { name: 'Close' }).click();
    await button.click();
    await timesAre(frame);
  });

  it('is opened by a link of the page, which has a tab of its own for who wants that', async () => {
    await open('/link');
    const { page } = grace;
    const link = page.getByRole('link', { name: 'Talk to Ada' });
    await link.click();
    await timesAre(frameOf(page));
    expect(await isOpen()).toBe(true);
    expect(new URL(page.url()).pathname).toBe('/link');
    await page.getByRole('button', { name: 'Close' }).click();
    const [tab] = await Promise.all([
      page.context().waitForEvent('page'),
      link.click({ modifiers: ['ControlOrMeta'] }),
    ]);
    expect(tab.url()).toBe(`${stack.url}/book/ada/intro`);
    expect(await isOpen()).toBe(false);
    await tab.waitForSelector('main[data-live="live"] ol[data-etag]');
    await tab.close();
  });

  it('is opened by a floating button in the corner, and fills a phone', async () => {
    await open('/button');
    const { page } = grace;
    const button = page.getByRole('button', { name: 'Book a time' });
    const box = await button.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeCloseTo(980, 0);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeCloseTo(780, 0);
    await page.setViewportSize({ width: 320, height: 600 });
    await button.click();
    await timesAre(frameOf(page));
    const dialog = await page.getByRole('dialog').boundingBox();
    expect(dialog).toMatchObject({ x: 0, y: 0, width: 320, height: 600 });
    const frame = await page.locator('slotwire-booking iframe').boundingBox();
    expect((frame?.y ?? 0) + (frame?.height ?? 0)).toBeLessThanOrEqual(600);
    await page.getByRole('button', { name: 'Close' }).click();
  });
});

it('works as a component of React, whose attributes change', async () => {
  await open('/react');
  const { page } = grace;
  const frame = frameOf(page);
  await timesAre(frame);
  const [FOUR = ''] = iso('16:00');
  await book(frame, FOUR);
  await eventually(async () =>
    expect(await page.evaluate('booked')).toEqual([expect.stringMatching(/^bkg_/)]),
  );
  await page.evaluate('show("popup")');
  await page.getByRole('button', { name: 'Book a time' }).click();
  await timesAre(frame);
  await page.getByRole('button', { name: 'Close' }).click();
});

describe('a site that EMBED_ORIGINS does not name', () => {
  it('shows no booking page, and a link to it after a while', async () => {
    const { page } = grace;
    await page.clock.install();
    const refused = page.waitForEvent('console', {
      predicate: (message) => message.text().includes('frame-ancestors'),
      timeout: WAIT_LIMIT,
    });
    await page.goto(`${site.originAt('127.0.0.1')}/inline`);
    await refused;
    const link = page.getByRole('link', { name: 'Open the booking page' });
    expect(await link.count()).toBe(0);
    await page.clock.fastForward(60_000);
    await link.waitFor();
    expect(await link.getAttribute('href')).toBe(`${stack.url}/book/ada/intro`);
    expect(await typesSeen()).toEqual([]);
    grace.complaints.length = 0;
  });
});
