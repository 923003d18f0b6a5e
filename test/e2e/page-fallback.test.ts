/** The booking page behind a proxy that lets no WebSocket through: it is live all the same, over Server-Sent Events. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { type StrictProxy, startProxy } from './proxy.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor, type Visitor } from './visitor.fixture.ts';

const { at, iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';

let stack: Stack;
let host: ConnectedHost;
let browser: Browser;
let proxy: StrictProxy;
let grace: Visitor;
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
  proxy = await startProxy(stack.url);
  grace = await createVisitor(browser, proxy.url);
});
afterEach(async () => {
  // The browser itself says that a WebSocket or a stream failed; all else would be ours.
  const others = grace.complaints
    .splice(0)
    .filter((text) => !/WebSocket connection|ERR_(EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/.test(text));
  await grace.close();
  await proxy.close();
  expect(others).toEqual([]);
});

const open = () => grace.open(`/book/${host.slug}/intro`);
const busy = (from: string, to: string) =>
  stack.simulator.world.createEvent(host.remoteCalendar, { start: at(from), end: at(to) });
const polls = () => proxy.posted().filter((name) => name === 'PageTimesNow').length;
const live = () => grace.page.locator('main[data-live="live"] ol[data-etag]').waitFor();

it('keeps the page live over Server-Sent Events without polling', async () => {
  await open();
  expect(await grace.page.locator('.badge').innerText()).toBe('Live');
  expect(proxy.streams()).toBe(1);
  expect(proxy.upgrades()).toBe(2);
  const asked = polls();
  const { id } = busy('10:00', '11:00');
  await grace.time(start('10:30')).waitFor({ state: 'detached' });
  stack.simulator.world.deleteEvent(host.remoteCalendar, id);
  await grace.time(start('10:30')).waitFor();
  expect(polls()).toBe(asked);
});

it('has one stream for the shown week, and tries no socket for the next', async () => {
  await open();
  await grace.page.getByRole('button', { name: 'Next week' }).click();
  await live();
  await until(async () => proxy.posted().filter((name) => name === 'PageTimesLive').length === 2);
  await until(async () => proxy.streams() === 1);
  expect(proxy.upgrades()).toBe(2);
});

it('resumes a stream that was cut, with the changes of the meantime', async () => {
  await open();
  const shown = grace.page.locator('ol[data-etag]');
  const etag = await shown.getAttribute('data-etag');
  proxy.cut();
  const { id } = busy('14:00', '14:30');
  await grace.time(start('14:00')).waitFor({ state: 'detached' });
  await live();
  expect(await shown.getAttribute('data-etag')).not.toBe(etag);
  expect(proxy.streams()).toBe(1);
  stack.simulator.world.deleteEvent(host.remoteCalendar, id);
  await grace.time(start('14:00')).waitFor();
});

it('is live within seconds where a proxy never answers upgrades', async () => {
  proxy.upgrade = 'swallow';
  await open();
  expect(proxy.streams()).toBe(1);
  expect(proxy.upgrades()).toBe(1);
});
