/** The booking page in a frame of another site. */
import type { Browser, FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { WAIT_LIMIT } from '../harness/eventually.ts';
import { type FramingSite, startFramingSite } from './framing-site.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor } from './visitor.fixture.ts';

const { iso } = testDay();
const [TEN = ''] = iso('10:00');

let site: FramingSite;
let stack: Stack;
let browser: Browser;
beforeAll(async () => {
  site = await startFramingSite();
  const env = { CHALLENGE: 'always', EMBED_ORIGINS: site.originAt('localhost') };
  stack = await startStack({ env });
  await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk');
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
  await site?.close();
});

const page = (host: string) => site.pageOf(`${stack.url}/book/ada/talk?embed=inline&view=week`, host);

const step = (frame: FrameLocator, name: string) =>
  frame.locator(`main[data-step="${name}"]`).waitFor({ timeout: WAIT_LIMIT });

it('solves a challenge in its worker and books, in a frame of an origin in EMBED_ORIGINS', async () => {
  const grace = await createVisitor(browser, stack.url);
  const workers: string[] = [];
  grace.page.on('worker', (worker) => workers.push(new URL(worker.url()).pathname));
  await grace.page.goto(page('localhost'));
  const frame = grace.page.frameLocator('iframe');
  await frame.locator('main[data-live="live"] ol[data-etag]').waitFor({ timeout: WAIT_LIMIT });
  await frame.locator(`button[data-start="${TEN}"]`).click();
  await step(frame, 'details');
  expect(workers).toEqual(['/assets/solve.js']);
  await frame.locator('[name="name"]').fill('Grace Hopper');
  await frame.locator('[name="email"]').fill('grace@example.net');
  await frame.locator('[data-confirm]').click();
  await step(frame, 'booking');
  const { bookings } = await stack.admin<{ bookings: { edges: { node: { start: string } }[] } }>(
    '{ bookings(first: 5) { edges { node { start } } } }',
  );
  expect(bookings.edges.map(({ node }) => Date.parse(node.start))).toEqual([Date.parse(TEN)]);
  await grace.close();
});

it('is not shown in a frame of an origin that EMBED_ORIGINS does not name', async () => {
  const grace = await createVisitor(browser, stack.url);
  const refused = grace.page.waitForEvent('console', {
    predicate: (message) => message.text().includes('frame-ancestors'),
    timeout: WAIT_LIMIT,
  });
  await grace.page.goto(page('127.0.0.1'));
  await refused;
  expect(await grace.page.frameLocator('iframe').locator('#book').count()).toBe(0);
  grace.complaints.length = 0;
  await grace.close();
});
