/** The booking page where only the documents of our own pages are answered. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { setHours } from '../http/protocol/world.fixture.ts';
import { documentOf, type SentOperation } from './page-documents.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { CONFIRM, createVisitor, type Visitor } from './visitor.fixture.ts';

const { iso } = testDay();
const [TEN = '', ELEVEN = '', EVENING = ''] = iso('10:00', '11:00', '18:00');

let stack: Stack;
let host: MadeHost;
let browser: Browser;
beforeAll(async () => {
  stack = await startStack({ env: { TRUSTED_DOCUMENTS: 'only' } });
  host = await makeHost(stack.admin, 'ada');
  await makeEventType(stack.admin, host, 'talk', { seats: 10 });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

interface Sent extends SentOperation {
  over: 'request' | 'socket';
}

/** The operations that the visitor's page sends from now on. */
function operationsOf({ page }: Visitor): Sent[] {
  const sent: Sent[] = [];
  page.on('request', (request) => {
    const body = request.url().endsWith('/graphql') ? request.postData() : null;
    if (body) sent.push({ over: 'request', ...JSON.parse(body) });
  });
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const message = JSON.parse(String(payload));
      if (message.type !== 'subscribe') return;
      const { query, extensions } = message.payload;
      sent.push({ over: 'socket', query, documentId: extensions?.documentId });
    }),
  );
  return sent;
}

describe.each([
  ['a WebSocket', true],
  ['an event stream', false],
])('over %s the booking page', (_over, hasSockets) => {
  it('shows times, follows them, books and moves, by identifiers alone', async () => {
    await setHours(stack, host, '09:00', '17:00');
    const grace = await createVisitor(browser, stack.url);
    if (!hasSockets) await grace.page.addInitScript(() => Reflect.deleteProperty(window, 'WebSocket'));
    const sent = operationsOf(grace);
    await grace.open('/book/ada/talk');
    expect(await grace.time(EVENING).count()).toBe(0);
    await setHours(stack, host, '09:00', '19:00');
    await grace.time(EVENING).waitFor();
    await grace.choose(TEN);
    await grace.book();
    await grace.at('booking');
    await grace.page.getByRole('button', { name: 'Choose another time' }).click();
    await grace.time(ELEVEN).click();
    await grace.at('move');
    await grace.page.locator(CONFIRM).click();
    await grace.at('booking');
    await grace.close();
    const mutations = sent.flatMap((one) => /mutation (\w+)/.exec(documentOf(one))?.[1] ?? []);
    expect(mutations).toEqual(['HoldSlot', 'ConfirmBooking', 'RescheduleBooking']);
    const subscribed = sent.filter((one) => documentOf(one).includes('subscription'));
    expect(subscribed.length).toBeGreaterThan(0);
    expect(new Set(subscribed.map(({ over }) => over))).toEqual(new Set([hasSockets ? 'socket' : 'request']));
    for (const one of sent) {
      expect(one.documentId).toMatch(/^sha256:[\da-f]{64}$/);
      expect(one.query ?? '').toBe('');
    }
  });
});
