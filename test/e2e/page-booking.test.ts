/** The way through the booking page: choose, hold, book, manage. Pages are those of dist/web. */
import { readFile } from 'node:fs/promises';
import ICAL from 'ical.js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '../../src/time/clock.ts';
import { makeEventType } from '../graphql/world.fixture.ts';
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
beforeAll(async () => {
  stack = await startStack();
  host = await connectHost(stack, 'GOOGLE', 'gina');
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

const visitor = (options = {}) => createVisitor(browser, stack.url, options);
const intro = () => `/book/${host.slug}/intro`;

/** Starts of the host's events at the provider on the day, once they are these. */
const stored = (...times: string[]) =>
  until(async () => {
    const events = stack.simulator.world.events(host.remoteCalendar, at('00:00'), at('00:00') + 24 * HOUR);
    return JSON.stringify(events.map((event) => event.start)) === JSON.stringify(times.map(at)) && events;
  });

const tokenOf = (url: string) => new URLSearchParams(new URL(url).hash.slice(1)).get('booking') ?? '';

async function bookingsOf(name: string): Promise<number> {
  const { bookings } = await stack.admin<{ bookings: { edges: { node: { attendee: { name: string } } }[] } }>(
    '{ bookings(first: 100) { edges { node { attendee { name } } } } }',
  );
  return bookings.edges.filter(({ node }) => node.attendee.name === name).length;
}

describe('the whole way', () => {
  let link: string;
  let fragmentLink: string;

  it("holds a time, books it, and writes the event into the host's calendar", async () => {
    const grace = await visitor({ timezoneId: 'Asia/Tokyo', acceptDownloads: true });
    const { page } = grace;
    await grace.open(intro());
    await grace.choose(start('10:00'));
    const summary = page.locator('.summary');
    expect(await summary.locator('time').getAttribute('datetime')).toBe(start('10:00'));
    expect(await summary.innerText()).toMatch(/19:00\s?–\s?19:30/);
    expect(await summary.innerText()).toMatch(/with gina[\s\S]*Asia\/Tokyo[\s\S]*Kept for you for [45]:\d\d/);
    await page.fill('[name="notes"]', 'About compilers');
    await grace.book();
    await grace.at('booking');
    expect(await page.locator('h1').innerText()).toBe('You are booked');
    const words = await page.locator('.summary').innerText();
    expect(words).toContain('The calendar invitation comes by e-mail to grace@example.net.');
    for (const received of ['Intro', 'gina', 'Grace Hopper', 'About compilers'])
      expect(words).toContain(received);
    link = await page.locator('.copy input').inputValue();
    expect(link).toBe(`${stack.url}/book/b/${tokenOf(page.url())}`);
    // The address bar has the token where no server sees it.
    fragmentLink = page.url();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Add to my calendar' }).click(),
    ]);
    const event = new ICAL.Component(
      ICAL.parse(await readFile(await download.path(), 'utf8')),
    ).getFirstSubcomponent('vevent');
    const value = (name: string) => String(event?.getFirstPropertyValue(name));
    expect(value('dtstart')).toBe(start('10:00').replace('.000', ''));
    expect(value('organizer')).toBe('mailto:gina@example.com');
    expect([value('url'), value('description')]).toEqual([link, expect.stringContaining(link)]);
    expect(event?.getAllProperties('attendee')).toEqual([]);
    const [written] = await stored('10:00');
    expect(written?.event.title).toBe('Intro: Grace Hopper');
    expect(JSON.stringify(written?.event)).toContain(link);
    const booker = createBooker(stack.anyone);
    await booker.becomes(tokenOf(fragmentLink), 'WRITTEN');
    await grace.close();
  });

  it('offers the calendars of the web with title, time, organiser and the link', async () => {
    const later = await visitor();
    await later.page.goto(link);
    await later.at('booking');
    const hosts = ['calendar.google.com', 'outlook.live.com', 'outlook.office.com', 'calendar.yahoo.com'];
    const links = await later.page.locator('.add p a').all();
    const urls = await Promise.all(links.map(async (one) => new URL((await one.getAttribute('href')) ?? '')));
    expect(urls.map(({ host }) => host)).toEqual(hosts);
    for (const { searchParams } of urls) {
      const words = [...searchParams.values()].join('\n');
      for (const part of ['Intro with gina', 'Organiser: gina', link]) expect(words).toContain(part);
    }
    await later.close();
  });

  it('sends the token of a fragment to the server in request bodies only', async () => {
    const later = await visitor();
    const asked: string[] = [];
    later.page.on('request', (request) => {
      asked.push(request.url());
      for (const value of Object.values(request.headers())) asked.push(value);
    });
    await later.page.goto(fragmentLink);
    await later.at('booking');
    expect(await later.page.locator('h1').innerText()).toBe('Your booking');
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((text) => text.includes(tokenOf(fragmentLink)))).toEqual([]);
    await later.close();
  });

  it('moves the booking, whose own time does not block', async () => {
    const later = await visitor();
    const { page } = later;
    await page.goto(link);
    await page.getByRole('button', { name: 'Choose another time' }).click();
    await later.time(start('10:00')).waitFor();
    expect(await later.time(start('10:00')).isDisabled()).toBe(true);
    await later.time(start('11:00')).click();
    await later.at('move');
    const [from, to] = await page.locator('.summary time').all();
    expect(await from?.getAttribute('datetime')).toBe(start('10:00'));
    expect(await to?.getAttribute('datetime')).toBe(start('11:00'));
    await page.goBack();
    await later.time(start('11:30')).click();
    await later.at('move');
    await page.locator(CONFIRM).click();
    await later.at('booking');
    expect(await page.locator('h1').innerText()).toBe('Your booking was moved');
    expect(await page.locator('.summary time').getAttribute('datetime')).toBe(start('11:30'));
    await stored('11:30');
    await later.close();
  });

  it('cancels the booking after a confirmation, and shows it as cancelled from then on', async () => {
    const later = await visitor();
    const { page } = later;
    await page.goto(link);
    const cancel = page.getByRole('button', { name: 'Cancel the booking' });
    await cancel.click();
    await page.getByRole('button', { name: 'Keep the booking' }).click();
    await cancel.click();
    await page.fill('[name="reason"]', 'Ill');
    await page.locator(CONFIRM).click();
    await page.locator('main[data-booking="CANCELLED"]').waitFor();
    await stored();
    await page.goto('about:blank');
    await page.goto(link);
    await page.locator('main[data-booking="CANCELLED"]').waitFor();
    expect(await page.locator('h1').innerText()).toBe('This booking was cancelled');
    expect(await page.getByRole('button').count()).toBe(0);
    await page.getByRole('link', { name: 'Book another time' }).click();
    await later.time(start('11:30')).waitFor();
    await later.close();
  });
});

describe('two visitors', () => {
  it('removes a held time for another visitor at once, and returns it when it is released', async () => {
    const [grace, alan] = [await visitor(), await visitor()];
    await grace.open(intro());
    await alan.open(intro());
    await grace.choose(start('12:00'));
    await alan.time(start('12:00')).waitFor({ state: 'detached' });
    await grace.page.goBack();
    await grace.at('times');
    await alan.time(start('12:00')).waitFor();
    // Forward is the wish for the same time again.
    await grace.page.goForward();
    await grace.at('details');
    await alan.time(start('12:00')).waitFor({ state: 'detached' });
    await grace.page.getByRole('button', { name: 'Other times' }).click();
    await alan.time(start('12:00')).waitFor();
    await grace.close();
    await alan.close();
  });

  it('shares the seats of a time, and shows how many are left', async () => {
    const owner = { id: host.id, slug: host.slug };
    await makeEventType(stack.admin, owner, 'class', { seats: 3 });
    const [grace, alan] = [await visitor(), await visitor()];
    await alan.open(`/book/${host.slug}/class`);
    const left = (text: string) => alan.time(start('13:00')).filter({ hasText: text }).waitFor();
    await left('3 left');
    await grace.open(`/book/${host.slug}/class`);
    await grace.choose(start('13:00'));
    await left('2 left');
    await grace.page.goBack();
    await left('3 left');
    await grace.close();
    await alan.close();
  });
});

describe('a team', () => {
  it('names the hosts of each time of a team, and then the assigned one', async () => {
    const other = await connectHost(stack, 'MICROSOFT', 'mike');
    const { world } = stack.simulator;
    world.createEvent(other.remoteCalendar, { start: at('09:00'), end: at('10:00') });
    await stack.simulator.onIdle();
    const owner = { id: host.id, slug: host.slug };
    const hosts = [host.id, other.id];
    await makeEventType(stack.admin, owner, 'any', { scheduling: 'ROUND_ROBIN', hosts });
    const grace = await visitor();
    await grace.open(`/book/${host.slug}/any`);
    expect(await grace.page.locator('.facts').innerText()).toContain('with any of gina or mike');
    await grace.time(start('09:00')).filter({ hasText: 'with gina' }).waitFor();
    expect(await grace.time(start('10:00')).innerText()).not.toContain('gina');
    await grace.choose(start('09:00'));
    expect(await grace.page.locator('.facts').innerText()).toMatch(/with gina$/);
    await grace.close();
  });
});

describe('a visitor', () => {
  it('books by keyboard on a narrow phone', async () => {
    const grace = await visitor({ viewport: { width: 360, height: 640 }, reducedMotion: 'reduce' });
    const { page } = grace;
    const press = (key: string) => page.keyboard.press(key);
    /** Tab by Tab to what a selector names, which then shows that it has the focus. */
    const reach = async (selector: string) => {
      // Before it are the times of the days before: early in the day today's, too.
      for (let i = 0; i < 120 && !(await page.locator(`${selector}:focus`).count()); i++) await press('Tab');
      expect(await page.locator(`${selector}:focus-visible`).count()).toBe(1);
    };
    await grace.open(intro());
    await grace.fits();
    await reach(`[data-start="${start('14:00')}"]`);
    await press('Enter');
    await grace.at('details');
    await grace.fits();
    expect(await page.locator('h1:focus').count()).toBe(1);
    await reach(CONFIRM);
    await press('Enter');
    // The error has the focus at its field, and is tied to it.
    await page.locator('[name="name"]:focus').waitFor();
    const described = await page.locator('[name="name"]').getAttribute('aria-describedby');
    expect(await page.locator(`[id="${described}"]`).innerText()).toBe('Please enter your name.');
    await page.keyboard.type('Kay Board');
    await press('Tab');
    await page.keyboard.type('kay@example.net');
    await press('Enter');
    await grace.at('booking');
    await grace.fits();
    expect(await page.locator('h1:focus').innerText()).toBe('You are booked');
    await reach('.button-warn');
    await press('Enter');
    await page.locator('[data-cancelling] h2:focus').waitFor();
    await grace.fits();
    await reach(CONFIRM);
    await press('Enter');
    await page.locator('main[data-booking="CANCELLED"]').waitFor();
    await page.locator('h1:focus').waitFor();
    await grace.close();
  });

  it('reads whom to write to once a booking begins sooner than changeNotice', async () => {
    const owner = { id: host.id, slug: host.slug };
    await makeEventType(stack.admin, owner, 'fixed', { changeNotice: 'P60D' });
    const grace = await visitor();
    await grace.open(`/book/${host.slug}/fixed`);
    await grace.choose(start('16:00'));
    await grace.book('Felix Fix');
    await grace.at('booking');
    expect(await grace.page.locator('[data-fixed]').innerText()).toContain('60 days before it begins');
    expect(await grace.page.getByRole('button', { name: /Cancel|another time/ }).count()).toBe(0);
    await grace.close();
  });

  it('keeps hold and draft over a reload, and books once however often the button is clicked', async () => {
    const grace: Visitor = await visitor();
    const { page } = grace;
    await grace.open(intro());
    await grace.choose(start('15:00'));
    await page.fill('[name="name"]', 'Dora Double');
    const token = await grace.hold(host.eventType);
    await page.reload();
    await grace.at('details');
    expect(await grace.hold(host.eventType)).toBe(token);
    expect(await page.inputValue('[name="name"]')).toBe('Dora Double');
    await page.fill('[name="email"]', 'dora@example.net');
    await page.locator(CONFIRM).dblclick();
    await grace.at('booking');
    expect(await bookingsOf('Dora Double')).toBe(1);
    // Back are the times, forward is the booking: nothing is held or booked again.
    await page.goBack();
    await grace.at('times');
    await page.goForward();
    await grace.at('booking');
    await page.reload();
    await grace.at('booking');
    expect(await bookingsOf('Dora Double')).toBe(1);
    await grace.close();
  });
});
