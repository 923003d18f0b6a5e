/** The booking page where each hold costs the token of a provider's widget. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeWidgetProvider, startWidgetProvider } from '../booking/widget-provider.fixture.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { launchBrowser } from '../harness/chromium.ts';
import { startFramingSite } from './framing-site.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor, type Visitor } from './visitor.fixture.ts';

const { iso } = testDay();
const [TEN = '', ELEVEN = ''] = iso('10:00', '11:00');

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

describe.each(['turnstile', 'hcaptcha'] as const)('the widget of %s', (name) => {
  let provider: FakeWidgetProvider;
  let stack: Stack;
  let grace: Visitor;
  beforeAll(async () => {
    provider = await startWidgetProvider(name);
    stack = await startStack({ env: { CHALLENGE: 'always', ...provider.env } });
    await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk', { seats: 100 });
  }, 120_000);
  afterAll(async () => {
    await stack?.close();
    await provider?.close();
  });
  beforeEach(async () => {
    provider.answer(null);
    provider.asked.length = 0;
    grace = await createVisitor(browser, stack.url, { viewport: { width: 320, height: 700 } });
    await grace.open('/book/ada/talk');
  });

  const panel = () => grace.page.getByRole('dialog', { name: 'Are you a person?' });
  const press = (button: string) => panel().getByRole('button', { name: button }).click();

  it('is loaded and shown only when a hold wants it, and its token holds the time', async () => {
    expect(provider.asked).toEqual([]);
    await grace.time(TEN).click();
    await panel().waitFor();
    expect(await panel().locator(':focus').textContent()).toBe('Are you a person?');
    await grace.fits();
    await press('I am a person');
    await grace.at('details');
    expect(await panel().count()).toBe(0);
    expect(await grace.page.locator('body').getAttribute('data-removed')).toBe('widget-1');
    expect(provider.asked.map(({ path }) => path.split('?')[0])).toEqual(['/api.js', '/siteverify']);
    await grace.book();
    await grace.at('booking');
    await grace.close();
  });

  it('can be closed, by its button and by Escape, and be asked for again', async () => {
    for (const close of [() => press('Not now'), () => grace.page.keyboard.press('Escape')]) {
      await grace.time(TEN).click();
      await panel().waitFor();
      await close();
      await grace.problem('unproven');
      expect(await panel().count()).toBe(0);
    }
    await grace.page.getByRole('button', { name: 'Try again' }).click();
    await press('I am a person');
    await grace.at('details');
    await grace.close();
  });

  it('is in sight in a frame that is higher than the window', async () => {
    const { page } = grace;
    const site = await startFramingSite(4_000);
    await page.goto(site.pageOf(`${stack.url}/book/ada/talk?embed=inline&view=week`, 'localhost'));
    const inside = page.frameLocator('iframe');
    await inside.locator(`button[data-start="${TEN}"]`).click();
    const person = inside.getByRole('button', { name: 'I am a person' });
    await person.waitFor();
    const box = await person.boundingBox();
    expect(box?.y).toBeGreaterThanOrEqual(0);
    expect(box?.y).toBeLessThan(700);
    await person.click();
    await inside.locator('main[data-step="details"]').waitFor();
    await grace.close();
    await site.close();
  });

  it('goes when it fails, and when another time is chosen', async () => {
    await grace.time(TEN).click();
    await press('Fail');
    await grace.problem('unproven');
    await grace.time(TEN).click();
    await panel().waitFor();
    await grace.time(ELEVEN).click();
    await press('I am a person');
    await grace.at('details');
    expect(grace.page.url()).toContain('11');
    await grace.close();
  });

  it('holds nothing while the provider gives no verdict, and says so', async () => {
    provider.answer((_request, response) => response.writeHead(503).end());
    await grace.time(TEN).click();
    await press('I am a person');
    await grace.problem('unproven');
    provider.answer(null);
    await grace.page.getByRole('button', { name: 'Try again' }).click();
    await press('I am a person');
    await grace.at('details');
    await grace.close();
  });
});

it('a widget whose script can’t be loaded is a problem that can be tried again', async () => {
  const provider = await startWidgetProvider('turnstile');
  const stack = await startStack({ env: { CHALLENGE: 'always', ...provider.env } });
  await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk');
  const grace = await createVisitor(browser, stack.url);
  let isCut = true;
  await grace.page.route('**/api.js*', (route) => (isCut ? route.abort() : route.continue()));
  await grace.open('/book/ada/talk');
  await grace.time(TEN).click();
  await grace.problem('unproven');
  isCut = false;
  await grace.page.getByRole('button', { name: 'Try again' }).click();
  await grace.page.getByRole('button', { name: 'I am a person' }).click();
  await grace.at('details');
  // The browser says that the script was not loaded.
  expect(grace.complaints.splice(0)).toEqual([expect.stringContaining('ERR_FAILED')]);
  await grace.close();
  await stack.close();
  await provider.close();
}, 120_000);
