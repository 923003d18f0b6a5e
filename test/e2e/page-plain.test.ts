/** Booking where no script runs: the times in the page, the form, what it refuses, and the booking's own page. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventTypeInput, type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { accessibilityFaults } from './axe.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';

const { iso, window } = testDay();
const date = window.from.slice(0, 10);
const start = (time: string) => iso(time)[0] ?? '';

let stack: Stack;
let host: MadeHost;
let browser: Browser;
beforeAll(async () => {
  stack = await startStack({ sync: false });
  host = await makeHost(stack.admin, 'ada', { name: 'Ada Lovelace' });
  await makeEventType(stack.admin, host, 'talk', { title: 'Talk' });
  await makeEventType(stack.admin, host, 'group', { title: 'Group', seats: 3 });
  await makeEventType(stack.admin, host, 'full', {
    title: 'Consultation',
    description: 'Bring your [agenda](https://example.com/agenda). <b>No</b> markup.',
    questions: [
      { id: 'company', label: 'Company', kind: 'TEXT', required: true },
      { id: 'mobile', label: 'Mobile', kind: 'PHONE' },
      { id: 'size', label: 'Size', kind: 'CHOICE', options: ['Small', 'Large'], required: true },
      { id: 'topics', label: 'Topics', kind: 'CHOICES', options: ['Sales', 'Support'] },
      { id: 'about', label: 'About', kind: 'LONG_TEXT' },
      { id: 'terms', label: 'I agree', kind: 'CHECKBOX', required: true },
    ],
    maxGuests: 2,
    places: [{ kind: 'IN_PERSON', value: 'Main Street 1' }, { kind: 'PHONE_TO_VISITOR' }],
  });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

const contexts: BrowserContext[] = [];
/** A page in which no script runs, unless stated otherwise. */
async function plainPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB', ...options });
  contexts.push(context);
  return context.newPage();
}
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

const timeButton = (page: Page, time: string) =>
  page.locator(`li[data-date="${date}"] button[name="start"][value="${start(time).slice(0, 16)}Z"]`);
const at = (page: Page, step: string) => page.locator(`main[data-plain="${step}"]`).waitFor();

async function toForm(page: Page, slug: string, time: string) {
  // On a busy machine the page may come without its times, which it waits for two seconds.
  await until(async () => {
    await page.goto(`${stack.url}/book/ada/${slug}`);
    return (await timeButton(page, time).count()) > 0;
  });
  await timeButton(page, time).click();
  await at(page, 'form');
}

async function fillIn(page: Page, name = 'Grace Hopper', email = 'grace@example.net') {
  await page.fill('[name="name"]', name);
  await page.fill('[name="email"]', email);
}

const send = (page: Page) => page.locator('[data-confirm]').click();

interface MadeBooking {
  start: string;
  status: string;
  attendee: { name: string };
}

const bookings = async () => {
  const { bookings: found } = await stack.admin<{ bookings: { edges: { node: MadeBooking }[] } }>(
    '{ bookings(first: 100) { edges { node { start status attendee { name } } } } }',
  );
  return found.edges.map(({ node }) => node);
};

describe('a booking page without a script', () => {
  it('shows times, books the chosen one, shows the booking, and cancels it', async () => {
    const page = await plainPage();
    await toForm(page, 'talk', '10:00');
    expect(await page.title()).toBe('Talk – Ada Lovelace');
    await fillIn(page);
    await page.fill('[name="notes"]', 'No <script>, please.');
    await send(page);
    await at(page, 'booking');
    expect(new URL(page.url()).pathname).toMatch(/^\/book\/b\/bkg_/);
    const text = await page.locator('main').innerText();
    for (const part of [
      'Your booking',
      'Talk, 30 minutes',
      'Ada Lovelace',
      'Grace Hopper',
      'No <script>, please.',
    ])
      expect(text).toContain(part);
    expect((await bookings()).filter((booking) => booking.start === start('10:00'))).toMatchObject([
      { status: 'CONFIRMED', attendee: { name: 'Grace Hopper' } },
    ]);

    await page.fill('[name="reason"]', 'Ill');
    await send(page);
    await page.locator('main[data-booking="CANCELLED"]').waitFor();
    expect(await page.locator('main').innerText()).toContain('You cancelled it.');
    expect(await page.locator('form').count()).toBe(0);
    await page.goto(`${stack.url}/book/ada/talk?plain=1`);
    expect(await timeButton(page, '10:00').count()).toBe(1);
  });

  it('says at each field what is wrong with it, and loses nothing that was filled in', async () => {
    const page = await plainPage();
    await toForm(page, 'full', '11:00');
    await fillIn(page, 'Grace', 'grace');
    await page.fill('[name="answer.mobile"]', 'none');
    await page.check('[name="answer.topics"][value="Support"]');
    await page.fill('[name="answer.about"]', 'one\n<two>');
    await page.fill('[name="guest"] >> nth=0', 'no address');
    await send(page);
    const errorOf = (name: string) =>
      page
        .locator('.field', { has: page.locator(`[name="${name}"]`) })
        .locator('.error')
        .first()
        .innerText();
    expect(await errorOf('email')).toBe('Please enter a whole e-mail address, like name@example.com.');
    expect(await errorOf('answer.company')).toBe('Please answer this.');
    expect(await errorOf('answer.mobile')).toBe('Please enter a phone number, like +49 30 123456.');
    expect(await errorOf('answer.size')).toBe('Please answer this.');
    expect(await errorOf('answer.terms')).toBe('Please answer this.');
    expect(await errorOf('place')).toBe('Please choose where it is to be.');
    expect(await page.locator('[name="guest"] >> nth=0').inputValue()).toBe('no address');
    expect(await page.locator('[name="answer.about"]').inputValue()).toBe('one\n<two>');
    expect(await page.locator('[name="answer.topics"][value="Support"]').isChecked()).toBe(true);

    await page.fill('[name="email"]', 'grace@example.net');
    await page.fill('[name="answer.company"]', 'ACME');
    await page.fill('[name="answer.mobile"]', '+49 30 123456');
    await page.check('[name="answer.size"][value="Large"]');
    await page.check('[name="answer.terms"]');
    await page.check('[name="place"][value="IN_PERSON"]');
    await page.fill('[name="guest"] >> nth=0', 'bob@example.net');
    await send(page);
    await at(page, 'booking');
    const text = await page.locator('main').innerText();
    for (const part of ['ACME', 'Large', 'Support', 'bob@example.net', 'Main Street 1'])
      expect(text).toContain(part);
  });

  it('shows the times again, with a reason, when the chosen one was taken meanwhile', async () => {
    const [first, second] = [await plainPage(), await plainPage()];
    for (const page of [first, second]) {
      await toForm(page, 'talk', '13:00');
      await fillIn(page);
    }
    await send(first);
    await at(first, 'booking');
    await send(second);
    await at(second, 'times');
    expect(await second.locator('[role="alert"]').innerText()).toBe(
      'This time is no longer available. Please choose another.',
    );
    expect(await timeButton(second, '13:00').count()).toBe(0);
    expect(await timeButton(second, '13:30').count()).toBe(1);
  });

  it('has times in the zone that the visitor names, and says when there is none of that name', async () => {
    const page = await plainPage();
    await page.goto(`${stack.url}/book/ada/talk?plain=1`);
    await page.fill('[name="zone"]', 'Asia/Kolkata');
    await page.locator('.plain-zone button').click();
    expect(await timeButton(page, '14:00').innerText()).toBe('19:30');
    await page.fill('[name="zone"]', 'Atlantis');
    await page.locator('.plain-zone button').click();
    expect(await page.locator('[role="alert"]').innerText()).toBe('No time zone is called that.');
    expect(await timeButton(page, '14:00').innerText()).toBe('14:00');
  });

  it('goes to later times and back', async () => {
    const page = await plainPage();
    await page.goto(`${stack.url}/book/ada/talk?plain=1`);
    await page.getByRole('link', { name: 'Later times' }).click();
    await at(page, 'times');
    expect(await timeButton(page, '14:00').count()).toBe(0);
    await page.getByRole('link', { name: 'Earlier times' }).click();
    await timeButton(page, '14:00').waitFor();
  });

  it('has no more faults than the one with a script, on a phone and on a desktop, from right to left too', async () => {
    for (const [width, locale] of [
      [390, 'en'],
      [1280, 'en'],
      [390, 'ar'],
    ] as const) {
      const page = await plainPage({ javaScriptEnabled: true, viewport: { width, height: 844 }, locale });
      for (const path of ['?plain=1', `?start=${start('15:00')}`]) {
        await page.goto(`${stack.url}/book/ada/full${path}`);
        expect([path, width, locale, await accessibilityFaults(page)]).toEqual([path, width, locale, []]);
        const [all, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        expect(all).toBeLessThanOrEqual(seen ?? 0);
      }
      if (locale === 'ar') expect(await page.getAttribute('html', 'dir')).toBe('rtl');
      await send(page);
      await page.locator('.error').first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
    }
  });
});

describe('a booking page whose script does not come', () => {
  it('lets the visitor book by the plain form', async () => {
    const page = await plainPage({ javaScriptEnabled: true });
    await page.route(/\/assets\/book\.[^/]*js$/, (route) => route.abort());
    await page.goto(`${stack.url}/book/ada/talk`);
    await page.locator('.late').waitFor();
    await timeButton(page, '16:00').click();
    await fillIn(page);
    await send(page);
    await page.waitForURL(/\/book\/b\//);
    await at(page, 'booking');
    await page.locator('[data-confirm]').click();
    await page.locator('main[data-booking="CANCELLED"]').waitFor();
  });
});

describe('the plain form', () => {
  const hiddenOf = async (slug: string, time: string) => {
    const html = await (await fetch(`${stack.url}/book/ada/${slug}?start=${start(time)}`)).text();
    return new URLSearchParams(
      [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
  };
  const post = (slug: string, body: URLSearchParams, headers: Record<string, string> = {}) =>
    fetch(`${stack.url}/book/ada/${slug}`, { method: 'POST', body, headers, redirect: 'manual' });

  it('books once when it is sent twice at once, also where more could be booked', async () => {
    for (const slug of ['group', 'talk']) {
      const body = await hiddenOf(slug, '09:00');
      body.set('name', 'Double');
      body.set('email', 'double@example.net');
      const answers = await Promise.all([post(slug, body), post(slug, body), post(slug, body)]);
      const seen = answers.map(({ status, headers }) => `${status} ${headers.get('location')}`);
      expect(new Set(seen).size).toBe(1);
      expect(seen[0]).toMatch(/^303 \/book\/b\/bkg_/);
      // The two share their host's time.
      if (slug === 'group') {
        const token = answers[0]?.headers.get('location')?.split('/').pop();
        expect((await bookings()).filter(({ attendee }) => attendee.name === 'Double')).toHaveLength(1);
        await stack.anyone('mutation ($token: String!) { cancelBooking(token: $token) { __typename } }', {
          token,
        });
      }
    }
  });

  it('is taken from our own pages alone', async () => {
    const body = await hiddenOf('talk', '12:00');
    body.set('name', 'Mallory');
    body.set('email', 'mallory@example.net');
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ];
    for (const headers of foreign) expect((await post('talk', body, headers)).status).toBe(403);
    expect((await bookings()).filter(({ attendee }) => attendee.name === 'Mallory')).toEqual([]);
    expect((await post('talk', body, { origin: stack.url })).status).toBe(303);
  });

  it('has no more than its own length, and none of another', async () => {
    const long = new URLSearchParams({ notes: 'x'.repeat(300_000) });
    expect((await post('talk', long)).status).toBe(413);
    expect((await post('nothing', new URLSearchParams())).status).toBe(404);
    const empty = await post('talk', new URLSearchParams({ start: 'never' }));
    expect([empty.status, (await empty.text()).includes('data-plain="times"')]).toEqual([200, true]);
  });

  it('fills in what the address says, in the language of the page', async () => {
    const html = await (
      await fetch(
        `${stack.url}/book/ada/full?locale=de&start=${start('15:00')}&name=Grace%20%22%3E&answer.company=ACME`,
      )
    ).text();
    expect(html).toContain('value="Grace &quot;&gt;"');
    expect(html).toContain('value="ACME"');
    expect(html).toContain('<html lang="de"');
    expect(html).not.toContain('<script');
  });

  it('says in words what can be done where a challenge is due', async () => {
    const guarded = await startStack({ sync: false, env: { CHALLENGE: 'always' } });
    const other = await makeHost(guarded.admin, 'bob');
    await makeEventType(guarded.admin, other, 'talk', eventTypeInput(other, 'talk'));
    const body = new URLSearchParams({
      ...{ start: start('10:00'), name: 'Grace', email: 'grace@example.net' },
    });
    const answer = await fetch(`${guarded.url}/book/bob/talk`, { method: 'POST', body });
    expect(await answer.text()).toContain(
      'without JavaScript this page can&#39;t check that you are no robot',
    );
    await guarded.close();
  });
});
