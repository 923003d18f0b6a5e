/** A booking at Google Meet, as its visitor sees it: the link, when it comes with the event, late, or not at all. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { HOUR } from '../../src/time/clock.ts';
import { makeEventType } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { accessibilityFaults } from './axe.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { CONFIRM, createVisitor } from './visitor.fixture.ts';

const { at, iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';
const LINK = '.summary a[href^="https://meet.google.com/"]';

let stack: Stack;
let host: ConnectedHost;
let browser: Browser;
beforeAll(async () => {
  stack = await startStack();
  host = await connectHost(stack, 'GOOGLE', 'gina');
  browser = await launchBrowser();
  await makeEventType(stack.admin, host, 'meet', { places: [{ kind: 'GOOGLE_MEET' }] });
  await makeEventType(stack.admin, host, 'teams', { places: [{ kind: 'MICROSOFT_TEAMS' }] });
}, 120_000);
afterEach(() => stack.simulator.faults.clear());
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

async function book(slug: string, time: string, place: string) {
  const visitor = await createVisitor(browser, stack.url, { viewport: { width: 390, height: 844 } });
  const { page } = visitor;
  await visitor.open(`/book/${host.slug}/${slug}`);
  await visitor.choose(start(time));
  expect(await page.locator('.place').innerText()).toBe(place);
  await page.fill('[name="name"]', 'Grace Hopper');
  await page.fill('[name="email"]', 'grace@example.net');
  await page.locator(CONFIRM).click();
  await visitor.at('booking');
  return visitor;
}
const booked = async (time: string) => {
  const { bookings } = await stack.admin<{
    bookings: { edges: { node: { start: string; place: string | null; writeError: string | null } }[] };
  }>('{ bookings { edges { node { start place writeError } } } }');
  return bookings.edges.map(({ node }) => node).find((node) => Date.parse(node.start) === at(time));
};

it('the page of a booking shows the link of its conference, which is the one of the host’s event', async () => {
  const { page } = await book('meet', '10:00', 'Google Meet');
  await page.locator(LINK).waitFor();
  const link = await page.locator(LINK).innerText();
  const [event] = stack.simulator.world.events(host.remoteCalendar, at('10:00'), at('10:00') + HOUR / 2);
  expect(event?.event.extra.hangoutLink).toBe(link);
  expect(await booked('10:00')).toMatchObject({ place: link, writeError: null });
  const calendars = await page
    .locator('a[href*="calendar.google.com"]')
    .evaluateAll((links) => links.map((one) => one.getAttribute('href') ?? ''));
  expect(calendars.map((href) => new URL(href).searchParams.get('location'))).toEqual([link]);
});

it('the page says that a late link follows, and shows it once it is there, without a reload', async () => {
  stack.simulator.faults.add({ kind: 'conferences' });
  const visitor = await book('meet', '11:00', 'Google Meet');
  const { page } = visitor;
  expect(await page.locator('.summary').innerText()).toContain('Google Meet: the link follows by mail');
  expect(await accessibilityFaults(page)).toEqual([]);
  await visitor.fits();
  stack.simulator.faults.clear();
  await page.locator(LINK).waitFor();
});

it('a booking without a meeting stands, and says why to those who run it', async () => {
  await book('teams', '12:00', 'Microsoft Teams');
  const found = await until(() => booked('12:00'));
  expect(found).toMatchObject({
    place: null,
    writeError: 'no online meeting: no booking calendar of its hosts makes such meetings',
  });
});
