/** Takes the pictures of docs/images: each scene on a desktop and on a phone, light and dark. */
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import type { RunningDemo } from './demo.fixture.ts';
import type { Scene } from './scenes.fixture.ts';

export const DEVICES = {
  desktop: { viewport: { width: 1_120, height: 760 } },
  phone: { viewport: { width: 390, height: 780 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true },
} satisfies Record<string, BrowserContextOptions>;
export type Device = keyof typeof DEVICES;

export const SCHEMES = ['light', 'dark'] as const;
export type Scheme = (typeof SCHEMES)[number];

export interface Shot {
  scene: Scene;
  device: Device;
  scheme: Scheme;
}

export const fileOf = ({ scene, device, scheme }: Shot): string => `${scene.name}-${device}-${scheme}.png`;

/** Nothing moves in it, and no caret blinks. @returns what the page complained of */
export async function takeShot(
  browser: Browser,
  demo: RunningDemo,
  shot: Shot,
  folder: string,
): Promise<string[]> {
  const { scene, device, scheme } = shot;
  const context = await browser.newContext({
    ...DEVICES[device],
    ...{ colorScheme: scheme, locale: 'en-GB', timezoneId: 'Europe/London', reducedMotion: 'reduce' },
  });
  const complaints: string[] = [];
  context.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  context.on('weberror', (error) => complaints.push(error.error().message));
  try {
    const page = await context.newPage();
    await scene.show(page, demo);
    const options = { path: join(folder, fileOf(shot)), animations: 'disabled', caret: 'hide' } as const;
    await page.screenshot({ ...options, fullPage: !scene.isWindow });
    return complaints;
  } finally {
    await context.close();
  }
}
