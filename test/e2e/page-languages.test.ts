/** Booking pages in other languages than English: their words and dates, from right to left, and the mails that come of it. */

import type { Browser } from 'playwright-core';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeEventType } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { type SmtpServerHandle, startSmtpServer } from '../mail/smtp-server.fixture.ts';
import { accessibilityFaults } from './axe.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { CONFIRM, createVisitor } from './visitor.fixture.ts';

const { iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';
const PHONE = { width: 360, height: 740 };

let server: SmtpServerHandle;
let stack: Stack;
let host: ConnectedHost;
let browser: Browser;
beforeAll(async () => {
  server = await startSmtpServer();
  stack = await startStack({ env: { SMTP_URL: server.url, MAIL_FROM: 'bookings@example.com' } });
  host = await connectHost(stack, 'GOOGLE', 'lena');
  await makeEventType(stack.admin, host, 'talk', {
    title: 'Talk',
    maxGuests: 2,
    places: [{ kind: 'PHONE_TO_VISITOR' }, { kind: 'IN_PERSON', value: 'Main Street 1' }],
  });
  await makeEventType(stack.admin, host, 'plain', { title: 'Plain' });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
  await server?.close();
});

const page = (slug: string, search = '') => `/book/${host.slug}/${slug}${search}`;

/** The subject of the last mail to the visitor, and its HTML, once it has come. */
const mailTo = (email: string) =>
  until(async () => {
    const last = server.taken.findLast(({ to }) => to[0] === email);
    return last ? PostalMime.parse(last.raw) : undefined;
  });

describe('a booking page', () => {
  it('is German for a visitor whose browser is, from its times to the mail', async () => {
    const grace = await createVisitor(browser, stack.url, { locale: 'de-AT', viewport: PHONE });
    const files: string[] = [];
    grace.page.on('request', (request) => files.push(new URL(request.url()).pathname));
    await grace.open(page('plain'));
    expect(files.filter((file) => file.startsWith('/assets/words.'))).toHaveLength(1);
    const text = () => grace.page.locator('main').innerText();
    expect(await grace.page.locator('html').getAttribute('lang')).toBe('de');
    expect(await text()).toContain('30 Minuten · mit ');
    expect(await grace.page.locator('.badge').innerText()).toBe('Live');
    expect(await grace.page.locator('.weeks h2').innerText()).toMatch(
      /(Jän|Feb|März|Apr|Mai|Juni|Juli|Aug|Sep|Okt|Nov|Dez)/,
    );
    await grace.choose(start('10:00'));
    await expect.poll(() => grace.page.title()).toBe('Ihre Angaben: Plain');
    await grace.page.locator(CONFIRM).click();
    expect(await grace.page.locator('.error').allInnerTexts()).toEqual([
      'Bitte geben Sie Ihren Namen ein.',
      'Bitte geben Sie Ihre E-Mail-Adresse ein.',
    ]);
    await grace.fits();
    await grace.book();
    await grace.at('booking');
    expect(await grace.page.locator('h1').innerText()).toBe('Ihr Termin ist gebucht');
    await grace.fits();
    expect(await accessibilityFaults(grace.page)).toEqual([]);
    const mail = await mailTo('grace@example.net');
    expect(mail.subject).toMatch(/^Gebucht: Plain, /);
    expect(mail.html).toContain('<html lang="de" dir="ltr">');
    expect(mail.text).toContain('Ändern oder absagen');
    await grace.close();
  });

  it('goes from right to left in Arabic, fits a phone, and has no barriers', async () => {
    const grace = await createVisitor(browser, stack.url, {
      locale: 'ar-EG',
      viewport: PHONE,
      view: null,
    });
    await grace.open(page('talk', '?view=month'));
    expect(await grace.page.locator('html').getAttribute('dir')).toBe('rtl');
    const look = async () => {
      await grace.fits();
      expect(await accessibilityFaults(grace.page)).toEqual([]);
    };
    await look();
    // The first day of a week is at the right, and what comes next lies to the left.
    const [first, second] = await grace.page
      .locator('.month th')
      .evaluateAll((heads) => heads.map((head) => head.getBoundingClientRect().x));
    expect(first).toBeGreaterThan(second ?? 0);
    const focused = () => grace.page.evaluate(() => document.activeElement?.getAttribute('data-day') ?? '');
    await grace.page.locator('.month [tabindex="0"]').focus();
    const before = await focused();
    await grace.page.keyboard.press('ArrowLeft');
    await expect.poll(async () => Date.parse(await focused()) - Date.parse(before)).toBe(86_400_000);

    await grace.open(page('talk', '?view=week'));
    await look();
    await grace.choose(start('11:00'));
    await grace.page.locator('[name="place"]').first().check();
    await grace.page.locator('[data-add-guest]').click();
    await grace.page.locator(CONFIRM).click();
    await grace.page.locator('.error').first().waitFor();
    await look();
    await grace.page.fill('[name="phone"]', '+20 2 2794 0000');
    await grace.page.fill('[name="guest.0"]', 'guest@example.net');
    await grace.book('غريس هوبر');
    await grace.at('booking');
    expect(await grace.page.locator('h1').innerText()).toBe('تم تأكيد حجزك');
    await look();
    await grace.close();
  });

  it('falls back to the browser’s languages where its address names none that there is, and to English at last', async () => {
    const inFrench = await createVisitor(browser, stack.url, { locale: 'fr-CA' });
    await inFrench.open(page('plain', '?locale=tlh'));
    expect(await inFrench.page.locator('main').innerText()).toMatch(/30\sminutes · avec /);
    await inFrench.open(page('plain', '?locale=nl'));
    expect(await inFrench.page.locator('main').innerText()).toMatch(/30\sminuten · met /);
    await inFrench.close();
    const inFinnish = await createVisitor(browser, stack.url, { locale: 'fi-FI' });
    await inFinnish.open(page('plain'));
    expect(await inFinnish.page.locator('html').getAttribute('lang')).toBe('en');
    expect(await inFinnish.page.locator('main').innerText()).toContain('30 minutes · with ');
    await inFinnish.close();
  });

  it('that gets no words says so in the visitor’s language, and lets it be loaded again', async () => {
    const context = await browser.newContext({ locale: 'es-ES' });
    const lost = await context.newPage();
    await lost.route('**/assets/words.*', (route) => route.abort());
    await lost.goto(`${stack.url}${page('plain')}`);
    // It comes into sight after a while, as a script may still be on its way.
    await lost.getByRole('heading', { name: 'Esta página no se ha cargado' }).waitFor();
    await lost.unroute('**/assets/words.*');
    await lost.getByRole('link', { name: 'Vuelva a cargarla' }).click();
    await lost.waitForSelector('main[data-live="live"] ol[data-etag]');
    await context.close();
  });
});
