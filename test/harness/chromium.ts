/** A real browser for tests of pages, quiet: it asks nothing of the network but what the page does. */
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM, pathOf } from './programs.ts';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Close it in afterAll. @throws an error that names what to install. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: pathOf(CHROMIUM), args: ARGS, headless: true });
