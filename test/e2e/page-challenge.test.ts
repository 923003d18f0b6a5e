/** The booking page where each hold costs a proof of work. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor } from './visitor.fixture.ts';

const { iso } = testDay();

let stack: Stack;
let browser: Browser;
beforeAll(async () => {
  stack = await startStack({ env: { CHALLENGE: 'always' } });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

it('a challenge is solved unseen, by a worker that is loaded only then', async () => {
  const host = await makeHost(stack.admin, 'ada');
  await makeEventType(stack.admin, host, 'talk');
  const grace = await createVisitor(browser, stack.url);
  const scripts: string[] = [];
  grace.page.on('request', (request) => scripts.push(new URL(request.url()).pathname));
  await grace.open('/book/ada/talk');
  expect(scripts).not.toContain('/assets/solve.js');
  await grace.choose(iso('10:00')[0] ?? '');
  expect(scripts).toContain('/assets/solve.js');
  await grace.book();
  await grace.at('booking');
});
