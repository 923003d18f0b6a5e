/** What the booking page says when something fails, and how it goes on from there. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { createBooker } from './booker.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { CONFIRM, createVisitor, type Visitor } from './visitor.fixture.ts';

const { at, iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';

let stack: Stack;
let host: ConnectedHost;
let browser: Browser;
let grace: Visitor;
/** One for each test: what it asks counts for the rate limit of its own event type. */
let eventType: string;
let page: string;
let made = 0;
beforeAll(async () => {
  stack = await startStack({
    env: { STRICT_DEADLINE: 'PT4S', RATE_LIMIT_STRICT: '12/PT9S', LOG_LEVEL: 'error' },
  });
  host = await connectHost(stack, 'GOOGLE', 'gina');
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});
beforeEach(async () => {
  const slug = `intro-${++made}`;
  eventType = await makeEventType(stack.admin, host, slug);
  page = `/book/${host.slug}/${slug}`;
  grace = await createVisitor(browser, stack.url);
});
afterEach(async () => {
  stack.simulator.faults.clear();
  await grace.close();
});

const chosen = async (time: string) => {
  await grace.open(page);
  await grace.choose(start(time));
};
const release = (token: string) =>
  stack.anyone('mutation ($token: String!) { releaseHold(token: $token) }', { token });

describe('a time', () => {
  it('returns to the times when another visitor took the time', async () => {
    await chosen('09:00');
    await grace.page.goBack();
    await grace.time(start('09:00')).waitFor();
    await createBooker(stack.anyone).book(eventType, start('09:00'));
    await grace.page.goForward();
    await grace.problem('taken');
    await grace.at('times');
    await grace.time(start('09:00')).waitFor({ state: 'detached' });
    expect(new URL(grace.page.url()).hash).toBe('');
    // The next one is there for the taking, and the words are gone.
    await grace.choose(start('09:30'));
  });

  it('returns to the times when the host became busy', async () => {
    await chosen('10:00');
    stack.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
    stack.simulator.world.createEvent(host.remoteCalendar, { start: at('10:00'), end: at('10:30') });
    await grace.book();
    await grace.problem('taken');
    await grace.at('times');
    await grace.time(start('10:00')).waitFor({ state: 'detached' });
    await grace.choose(start('10:30'));
    expect(await grace.page.inputValue('[name="name"]')).toBe('Grace Hopper');
  });

  it('returns to the times when the time is not offered any more', async () => {
    const lone = await makeHost(stack.admin, 'lone');
    await makeEventType(stack.admin, lone, 'talk');
    await grace.open('/book/lone/talk');
    const free = grace.page.locator('button[data-start]').first();
    const first = (await free.getAttribute('data-start')) ?? '';
    await grace.choose(first);
    await grace.page.goBack();
    await grace.time(first).waitFor();
    await stack.admin(
      `mutation ($host: ID!) { setWorkingHours(host: $host, input: {timeZone: "UTC", weekly: []}) { id } }`,
      { host: lone.id },
    );
    await grace.page.goForward();
    await grace.problem('not-offered');
    await grace.at('times');
  });
});

describe('a hold', () => {
  it('shows an expired hold as over, and holds the time again', async () => {
    await grace.page.clock.install();
    await chosen('11:00');
    await grace.page.fill('[name="name"]', 'Grace Hopper');
    const before = await grace.hold(eventType);
    await grace.page.clock.fastForward('04:30');
    expect(await grace.page.locator('.countdown [role=status]').innerText()).toContain('another 1 minute');
    await grace.page.clock.fastForward('00:45');
    // The field that had the focus is gone.
    await grace.page.locator('[data-over] h2:focus').waitFor();
    await grace.page.getByRole('button', { name: 'Hold it again' }).click();
    await grace.page.locator('main[data-holding="held"]').waitFor();
    expect(await grace.hold(eventType)).not.toBe(before);
    expect(await grace.page.inputValue('[name="name"]')).toBe('Grace Hopper');
  });

  it('shows a hold that the server ended as over, and lets the visitor choose another time', async () => {
    await chosen('11:30');
    await release(await grace.hold(eventType));
    await grace.book();
    await grace.page.locator('[data-over]').waitFor();
    await grace.page.getByRole('button', { name: 'Choose another time' }).click();
    await grace.choose(start('12:00'));
  });
});

describe('booking', () => {
  it('offers a retry and keeps the hold when a calendar can not be checked', async () => {
    await chosen('13:00');
    stack.simulator.faults.add({ kind: 'answer', path: '/events$', method: 'GET', status: 503, times: 20 });
    await grace.book();
    await grace.problem('stale');
    expect(await grace.page.locator('main').getAttribute('data-holding')).toBe('held');
    stack.simulator.faults.clear();
    await expect
      .poll(
        async () => {
          const again = grace.page.locator(CONFIRM);
          if (await again.count()) await again.click();
          return grace.page.locator('main').getAttribute('data-booking');
        },
        { interval: 500 },
      )
      .toBe('CONFIRMED');
  });

  it('waits as long as the rate limit says before a retry', async () => {
    await chosen('14:00');
    const booker = createBooker(stack.anyone);
    const { token } = await booker.book(eventType, start('14:30'));
    /** The night is not offered, so nothing moves. */
    const tooMuch = async () => {
      const moves = Array.from({ length: 16 }, () => booker.reschedule(token, start('03:00')));
      const refused = (await Promise.allSettled(moves)).filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(moves.length);
      return refused.some((one) => 'reason' in one && String(one.reason).includes('RATE_LIMITED'));
    };
    await grace.page.fill('[name="name"]', 'Grace Hopper');
    await grace.page.fill('[name="email"]', 'grace@example.net');
    // The moves of one round may be shared by two windows, so that neither has too many.
    await until(tooMuch);
    // A busy machine may need longer for the click than the window lasts, so others go on until it is refused.
    let isRefused = false;
    const others = (async () => {
      while (!isRefused) await tooMuch();
    })();
    await grace.page.locator(CONFIRM).click();
    await grace.problem('limited').finally(() => {
      isRefused = true;
    });
    await others;
    expect(await grace.page.locator('[data-problem]').innerText()).toMatch(/try again in [1-9] seconds?/);
    const confirm = grace.page.locator(CONFIRM);
    expect(await confirm.getAttribute('aria-disabled')).toBe('true');
    // The others may have come into the next window as well.
    const ready = grace.page.locator(`${CONFIRM}[aria-disabled="false"]`);
    await until(async () => {
      await ready.click({ timeout: 1_000 }).catch(() => {});
      return grace.page.locator('main[data-step="booking"]').isVisible();
    }, 50_000);
    const refused = grace.complaints.splice(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const complaint of refused) expect(complaint).toContain('429');
  });

  it('continues the booking once the network is back', async () => {
    await chosen('15:00');
    await grace.page.context().setOffline(true);
    await grace.book();
    await grace.problem('network');
    await grace.page.context().setOffline(false);
    await grace.page.locator(CONFIRM).click();
    await grace.at('booking');
    const refused = grace.complaints.splice(0);
    expect(refused.every((text) => text.includes('ERR_INTERNET_DISCONNECTED'))).toBe(true);
  });

  it('finds the booking whose answer was lost', async () => {
    await chosen('15:30');
    let lost = 0;
    await grace.page.route('**/graphql', async (route) => {
      if (lost > 0 || !route.request().postData()?.includes('Lost Answer')) return route.continue();
      lost++;
      await route.fetch();
      return route.abort();
    });
    await grace.book('Lost Answer');
    await grace.at('booking');
    expect(lost).toBe(1);
    const { bookings } = await stack.admin<{
      bookings: { edges: { node: { attendee: { name: string } } }[] };
    }>('{ bookings(first: 100) { edges { node { attendee { name } } } } }');
    expect(bookings.edges.filter(({ node }) => node.attendee.name === 'Lost Answer')).toHaveLength(1);
    expect(grace.complaints.splice(0)).toEqual([expect.stringContaining('ERR_FAILED')]);
  });
});

describe('a booking', () => {
  it('shows a booking that the host cancelled instead of moving it', async () => {
    const booker = createBooker(stack.anyone);
    const { token } = await booker.book(eventType, start('16:00'));
    await grace.page.goto(`${stack.url}${page}#booking=${token}&do=move&start=${start('16:30')}`);
    await grace.at('move');
    await booker.cancel(token);
    await grace.page.locator(CONFIRM).click();
    await grace.page.locator('main[data-booking="CANCELLED"]').waitFor();
  });

  it('returns to the times when the new time of a booking was taken', async () => {
    const booker = createBooker(stack.anyone);
    const { token } = await booker.book(eventType, start('16:00'));
    await grace.page.goto(`${stack.url}${page}#booking=${token}`);
    await grace.page.getByRole('button', { name: 'Choose another time' }).click();
    await grace.time(start('16:30')).click();
    await grace.at('move');
    await booker.book(eventType, start('16:30'));
    await grace.page.locator(CONFIRM).click();
    await grace.problem('taken');
    await grace.at('times');
    expect((await booker.read(token)).start).toBe(start('16:00'));
  });

  it('shows that a wrong link leads to no booking', async () => {
    await grace.page.goto(`${stack.url}${page}#booking=bk_nonsense.x`);
    await grace.page.locator('main[data-state="missing"]').waitFor();
    expect(await grace.page.locator('h1').innerText()).toBe('There is no such booking');
  });
});
