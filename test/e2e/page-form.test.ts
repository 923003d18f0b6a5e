/** The form of an event type that asks for much: filled in, refused, prefilled by address, and left for another page. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '../../src/time/clock.ts';
import { makeEventType } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { accessibilityFaults } from './axe.fixture.ts';
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
  await makeEventType(stack.admin, host, 'full', { ...FULL, title: 'Consultation' });
  await makeEventType(stack.admin, host, 'leaving', {
    questions: [{ id: 'company', label: 'Company', kind: 'TEXT', required: true }],
    maxGuests: 2,
    redirectUrl: `${stack.url}/book/${host.slug}/intro?from=booking`,
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

const LONG_LIST = Array.from({ length: 9 }, (_, i) => `Country ${i + 1}`);
const FULL = {
  description:
    'Bring your [agenda](https://example.com/agenda) or write to mailto:gina@example.com.\n<b>No</b> javascript:alert(1)',
  questions: [
    { id: 'company', label: 'Company', kind: 'TEXT', required: true },
    { id: 'about', label: 'What is it about?', kind: 'LONG_TEXT' },
    { id: 'mobile', label: 'Mobile', kind: 'PHONE' },
    { id: 'people', label: 'How many people?', kind: 'NUMBER', required: true },
    { id: 'size', label: 'Size', kind: 'CHOICE', options: ['Small', 'Large'], required: true },
    { id: 'country', label: 'Country', kind: 'CHOICE', options: LONG_LIST },
    { id: 'topics', label: 'Topics', kind: 'CHOICES', options: ['Sales', 'Support'], required: true },
    { id: 'site', label: 'Website', kind: 'URL' },
    { id: 'terms', label: 'I agree to the terms', kind: 'CHECKBOX', required: true },
  ],
  maxGuests: 2,
  places: [
    { kind: 'IN_PERSON', value: 'Main Street 1, Springfield' },
    { kind: 'PHONE_TO_VISITOR' },
    { kind: 'LINK', value: 'https://meet.example/{booking}' },
  ],
};

const opened: Visitor[] = [];
async function visitor(width: number): Promise<Visitor> {
  const one = await createVisitor(browser, stack.url, { viewport: { width, height: 844 } });
  opened.push(one);
  return one;
}

const nameOfFocus = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('name') ?? document.activeElement?.tagName);
const errorOf = (page: Page, name: string) =>
  page.locator(`[data-invalid]:has([name="${name}"])`).last().locator('.error').innerText();

describe('an event type that asks for much', () => {
  it('is booked on a phone, with each wrong field named and the first one focused', async () => {
    const grace = await visitor(390);
    const { page } = grace;
    await grace.open(`/book/${host.slug}/full`);
    const description = page.locator('.description');
    expect(
      await description.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ).toEqual(['https://example.com/agenda', 'mailto:gina@example.com']);
    expect(await description.innerText()).toContain('<b>No</b> javascript:alert(1)');
    expect(await accessibilityFaults(page)).toEqual([]);
    await grace.choose(start('10:00'));
    await grace.fits();
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.locator(CONFIRM).click();
    await page.locator('[data-invalid]').first().waitFor();
    expect(await nameOfFocus(page)).toBe('name');
    await page.fill('[name="name"]', 'Grace Hopper');
    await page.fill('[name="email"]', 'grace@example.net');
    await page.fill('[name="answer.people"]', 'many');
    await page.locator(CONFIRM).click();
    await until(async () => (await nameOfFocus(page)) === 'place');
    const missing = await page.locator('[data-invalid] .error').allInnerTexts();
    expect(missing).toHaveLength(6);
    expect(await errorOf(page, 'answer.people')).toBe('Please enter a number, like 42 or 3.5.');
    expect(await errorOf(page, 'place')).toBe('Please choose where it is to be.');
    // Each error is read with its field.
    const unlinked = await page
      .locator('.error')
      .evaluateAll(
        (errors) => errors.filter(({ id }) => !document.querySelector(`[aria-describedby="${id}"]`)).length,
      );
    expect(unlinked).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await grace.fits();

    await page.setViewportSize({ width: 320, height: 700 });
    await grace.fits();
    await page.setViewportSize({ width: 390, height: 844 });

    await page.check('[name="place"][value="PHONE_TO_VISITOR"]');
    await page.fill('[name="phone"]', '+49 30 123456');
    await page.fill('[name="answer.company"]', 'ACME');
    await page.fill('[name="answer.about"]', 'Compilers\nand more');
    await page.fill('[name="answer.people"]', '3');
    await page.check('[name="answer.size"][value="Large"]');
    await page.selectOption('[name="answer.country"]', 'Country 7');
    await page.check('[name="answer.topics"][value="Support"]');
    await page.fill('[name="answer.site"]', 'https://acme.example');
    await page.check('[name="answer.terms"]');
    await page.getByRole('button', { name: 'Add a guest' }).click();
    await until(async () => (await nameOfFocus(page)) === 'guest.0');
    await page.fill('[name="guest.0"]', 'alan@example.com');
    await page.getByRole('button', { name: 'Add a guest' }).click();
    await page.fill('[name="guest.1"]', 'nobody');
    await page.locator(CONFIRM).click();
    await until(async () => (await nameOfFocus(page)) === 'guest.1');
    await page.getByRole('button', { name: 'Remove guest 2' }).click();
    await until(async () =>
      page.locator('[data-add-guest]').evaluate((one) => one === document.activeElement),
    );

    // A reload loses nothing.
    await page.reload();
    await grace.at('details');
    expect(await page.inputValue('[name="answer.company"]')).toBe('ACME');
    await page.locator(CONFIRM).click();
    await grace.at('booking');
    const words = await page.locator('.summary').innerText();
    for (const word of [
      'You are called at +49 30 123456',
      'alan@example.com',
      'ACME',
      'Large',
      'Country 7',
      'Support',
      'Yes',
    ])
      expect(words).toContain(word);
    expect(await accessibilityFaults(page)).toEqual([]);
    await grace.fits();

    const event = await until(async () => {
      const events = stack.simulator.world.events(host.remoteCalendar, at('00:00'), at('00:00') + 24 * HOUR);
      return events.find((one) => one.start === at('10:00'))?.event ?? false;
    });
    const written = JSON.stringify(event);
    for (const word of [
      'Phone call to +49 30 123456',
      'alan@example.com',
      'Company: ACME',
      'Topics: Support',
    ])
      expect(written).toContain(word);
  });

  it('is filled in and sent by keyboard alone', async () => {
    const grace = await visitor(1280);
    const { page } = grace;
    await grace.open(
      `/book/${host.slug}/full?answer.company=ACME&answer.people=3&answer.size=Small&answer.topics=Sales&answer.terms=true&name=Grace&email=grace@example.net`,
    );
    await page.locator(`button[data-start="${start('11:00')}"]`).focus();
    await page.keyboard.press('Enter');
    await grace.at('details');
    await page.locator('[name="email"]').focus();
    await page.keyboard.press('Tab');
    expect(await nameOfFocus(page)).toBe('place');
    // A radio group is one stop of the tabulator; arrows choose in it.
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('[name="place"][value="LINK"]').isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await nameOfFocus(page)).toBe('answer.company');
    await page.keyboard.press('Enter');
    await grace.at('booking');
    expect(await page.locator('.summary a[href^="https://meet.example/bkg_"]').count()).toBe(1);
  });
});

describe('an address with parameters', () => {
  it('fills in the form, gives pairs along, and leads on to the event type’s own page', async () => {
    const grace = await visitor(390);
    const { page } = grace;
    const params = new URLSearchParams([
      ...[
        ['name', 'Grace Hopper'],
        ['email', 'grace@example.net'],
        ['notes', 'From a link'],
      ],
      ...[
        ['guest', 'alan@example.com'],
        ['answer.company', 'ACME'],
        ['answer.unknown', 'x'],
      ],
      ...[
        ['utm_source', 'newsletter'],
        ['metadata.order', '7'],
      ],
    ]);
    await grace.open(`/book/${host.slug}/leaving?${params}`);
    await grace.choose(start('12:00'));
    for (const [name, value] of [
      ['name', 'Grace Hopper'],
      ['email', 'grace@example.net'],
      ['notes', 'From a link'],
      ['guest.0', 'alan@example.com'],
      ['answer.company', 'ACME'],
    ])
      expect([name, await page.inputValue(`[name="${name}"]`)]).toEqual([name, value]);
    await Promise.all([page.waitForURL(/from=booking/), page.locator(CONFIRM).click()]);
    const { searchParams } = new URL(page.url());
    const { bookings } = await stack.admin<{
      bookings: { edges: { node: { id: string; start: string; metadata: object[]; guests: string[] } }[] };
    }>('{ bookings(last: 1) { edges { node { id start metadata { key value } guests } } } }');
    const booked = bookings.edges[0]?.node;
    expect(Object.fromEntries(searchParams)).toEqual({
      ...{ from: 'booking', booking: booked?.id, start: start('12:00'), end: start('12:30') },
    });
    expect(booked).toMatchObject({
      guests: ['alan@example.com'],
      metadata: [
        { key: 'utm_source', value: 'newsletter' },
        { key: 'order', value: '7' },
      ],
    });
    // Back from there the booking is shown.
    await page.goBack();
    await grace.at('booking');
  });

  it('learns from the server what it wants since the page was opened, and loses nothing that was typed', async () => {
    const grace = await visitor(390);
    const { page } = grace;
    const id = await makeEventType(stack.admin, host, 'growing', {
      questions: [{ id: 'a', label: 'First', kind: 'TEXT' }],
    });
    await grace.open(`/book/${host.slug}/growing?answer.a=typed`);
    await grace.choose(start('14:00'));
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      {
        id,
        input: {
          ...{ owner: host.slug, slug: 'growing', title: 'Talk', length: 'PT30M', hosts: [host.id] },
          questions: [{ id: 'a', label: 'First', kind: 'NUMBER' }],
        },
      },
    );
    await grace.book();
    await until(async () => (await nameOfFocus(page)) === 'answer.a');
    expect(await errorOf(page, 'answer.a')).toBe('The server did not accept this. Please check it.');
    expect(await page.inputValue('[name="answer.a"]')).toBe('typed');
    await page.fill('[name="answer.a"]', '7');
    await page.locator(CONFIRM).click();
    await grace.at('booking');
  });
});

it('no page complained of anything', async () => {
  for (const one of opened) await one.close();
});
