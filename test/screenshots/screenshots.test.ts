import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../harness/chromium.ts';
import { DEVICES, type Device, fileOf, SCHEMES, takeShot } from './camera.fixture.ts';
import { type RunningDemo, startDemo } from './demo.fixture.ts';
import { SCENES } from './scenes.fixture.ts';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

let demo: RunningDemo;
let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slotwire-screenshots-'));
  demo = await startDemo(join(folder, 'data'));
  browser = await launchBrowser();
}, 150_000);
afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

it.each(SCENES.map((scene) => [scene.name, scene] as const))(
  'the demo still shows what the picture %s is of, and no page complains',
  async (_name, scene) => {
    const shot = { scene, device: 'phone', scheme: 'dark' } as const;
    expect(await takeShot(browser, demo, shot, folder)).toEqual([]);
    expect(readFileSync(join(folder, fileOf(shot))).subarray(0, PNG.length)).toEqual(PNG);
  },
);

it('the docs show all pictures that are taken, and no other', () => {
  const docs = readdirSync('docs').filter((name) => name.endsWith('.md'));
  const texts = ['README.md', ...docs.map((name) => join('docs', name))].map((path) =>
    readFileSync(path, 'utf8'),
  );
  const shown = new Set(texts.flatMap((text) => text.match(/(?<=images\/)[a-z-]+\.png/g) ?? []));
  const devices = Object.keys(DEVICES) as Device[];
  const taken = SCENES.flatMap((scene) =>
    devices.flatMap((device) => SCHEMES.map((scheme) => fileOf({ scene, device, scheme }))),
  );
  // The one of two browsers side by side is put together by hand.
  expect([...shown].sort()).toEqual([...taken, 'booking.png'].sort());
  expect(readdirSync('docs/images').sort()).toEqual([...shown].sort());
});
