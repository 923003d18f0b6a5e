/** The booking page of teams: what is written on a time stays on its button, and buttons stay in their day. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { daily, type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor } from './visitor.fixture.ts';

/** Of the page's window: phones, tablets, both sides of the width from which the week lies side by side, screens. */
const WIDTHS = [320, 390, 600, 768, 895, 896, 960, 1024, 1280, 1440, 1920];
const HOSTS_MAX = 12;
const LONG_NAMES = [
  'Maximiliane Freifrau von Hohenlohe-Waldenburg-Schillingsfürst',
  'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch',
  'Dr. Anne-Sophie de la Rochefoucauld-Montmorency',
];

const { iso } = testDay();
const [NINE = '', ELEVEN = ''] = iso('09:00', '11:00');

let stack: Stack;
let browser: Browser;
const hosts: MadeHost[] = [];
const nameOf = (index: number) => `${LONG_NAMES[index % LONG_NAMES.length]} ${index + 1}`;

beforeAll(async () => {
  stack = await startStack();
  browser = await launchBrowser();
  // Each host begins half an hour after the one before, so that each time of the morning has one host more.
  for (let index = 0; index < HOSTS_MAX; index++) {
    const start = 9 * 60 + index * 30;
    const clock = [Math.floor(start / 60), start % 60].map((part) => String(part).padStart(2, '0')).join(':');
    const more = { name: nameOf(index), workingHours: daily(clock, '17:00') };
    hosts.push(await makeHost(stack.admin, `host-${index + 1}`, more));
  }
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

/** Makes a page on which all hosts so far share the bookings. @returns its path */
async function makeTeamPage(count: number, scheduling = 'ROUND_ROBIN', name = 'boxes'): Promise<string> {
  const [owner = { id: '', slug: '' }] = hosts;
  const slug = `${name}-${scheduling.toLowerCase().replace('_', '-')}-${count}`;
  const quorum = scheduling === 'QUORUM' ? { quorum: 1 } : {};
  const ids = hosts.slice(0, count).map(({ id }) => id);
  await makeEventType(stack.admin, owner, slug, { hosts: ids, scheduling, seats: 1, ...quorum });
  return `/book/${owner.slug}/${slug}`;
}

/** What lies outside of its place: times outside of their day, labels outside of their time, times over each other. */
const misplaced = (page: Page) =>
  page.evaluate(() => {
    const within = (inner: DOMRect, outer: DOMRect) =>
      inner.left >= outer.left - 0.5 &&
      inner.right <= outer.right + 0.5 &&
      inner.top >= outer.top - 0.5 &&
      inner.bottom <= outer.bottom + 0.5;
    const found: string[] = [];
    for (const day of document.querySelectorAll('.day')) {
      const column = day.getBoundingClientRect();
      const times = [...day.querySelectorAll('.time')];
      const boxes = times.map((time) => time.getBoundingClientRect());
      for (const [index, time] of times.entries()) {
        const box = boxes[index] ?? column;
        if (!within(box, column)) found.push(`leaves its day: ${time.textContent}`);
        for (const label of time.querySelectorAll('.extra')) {
          if (!within(label.getBoundingClientRect(), box)) found.push(`label: ${label.textContent}`);
        }
        const covered = boxes.slice(index + 1).some((other) => {
          const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
          const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
          return across > 0.5 && down > 0.5;
        });
        if (covered) found.push(`is covered: ${time.textContent}`);
      }
    }
    return found;
  });

it('keeps times in their days and labels on their times, for 1 to 12 hosts with long names, from 320 to 1920 px', async () => {
  const grace = await createVisitor(browser, stack.url);
  for (let count = 1; count <= HOSTS_MAX; count++) {
    await grace.open(await makeTeamPage(count));
    for (const width of WIDTHS) {
      await grace.page.setViewportSize({ width, height: 800 });
      expect(await misplaced(grace.page), `${count} hosts at ${width} px`).toEqual([]);
      await grace.fits();
    }
  }
  await grace.close();
}, 180_000);

it('counts several hosts of a time, and names them in its tooltip and accessible name', async () => {
  const grace = await createVisitor(browser, stack.url);
  for (const scheduling of ['ROUND_ROBIN', 'QUORUM']) {
    await grace.open(await makeTeamPage(6, scheduling, 'names'));
    const single = grace.time(NINE).locator('.who');
    expect(await single.getAttribute('title')).toBe(nameOf(0));
    const several = grace.time(ELEVEN).locator('.who');
    const names = [0, 1, 2, 3, 4].map(nameOf);
    const title = await several.getAttribute('title');
    for (const name of names) expect(title).toContain(name);
    const shown = await several.evaluate((label) =>
      [...label.childNodes].flatMap((node) => (node.nodeType === Node.TEXT_NODE ? [node.textContent] : [])),
    );
    expect(shown.join('')).toBe('5 hosts');
    const button = grace.page.getByRole('button', { name: `with 5 hosts (${names[0]}` }).first();
    expect(await button.getAttribute('data-start')).toMatch(/T11:00/);
    // At 14:30 all six are there, which the head of the page says.
    expect(
      await grace
        .time(iso('14:30')[0] ?? '')
        .locator('.who')
        .count(),
    ).toBe(0);
  }
  await grace.close();
}, 120_000);
