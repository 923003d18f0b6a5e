/** `npm run screenshots`: the pictures of the README and the docs, taken of the demo. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { launchBrowser } from '../harness/chromium.ts';
import { DEVICES, type Device, fileOf, SCHEMES, takeShot } from './camera.fixture.ts';
import { startDemo } from './demo.fixture.ts';
import { SCENES, type Scene } from './scenes.fixture.ts';

await new Command('screenshots')
  .description(
    'Starts the demo and takes pictures of what visitors see, each on a desktop and on a phone, light and dark. It needs dist ' +
      '(npx tsx src/build.ts) and Chromium.',
  )
  .option('--to <folder>', 'where the pictures go', 'docs/images')
  .option('--only <scenes>', `a list of: ${SCENES.map(({ name }) => name).join(', ')}`, scenes, SCENES)
  .action(run)
  .parseAsync();

async function run({ to, only }: { to: string; only: readonly Scene[] }): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'slotwire-screenshots-'));
  mkdirSync(to, { recursive: true });
  process.stderr.write('starting the demo\n');
  const demo = await startDemo(dataDir);
  const browser = await launchBrowser();
  try {
    for (const scene of only)
      for (const device of Object.keys(DEVICES) as Device[])
        for (const scheme of SCHEMES) {
          const shot = { scene, device, scheme };
          const complaints = await takeShot(browser, demo, shot, to);
          process.stderr.write(`  ${join(to, fileOf(shot))}\n`);
          for (const complaint of complaints) process.stderr.write(`    the page complained: ${complaint}\n`);
        }
  } finally {
    await browser.close();
    await demo.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function scenes(list: string): Scene[] {
  return list.split(',').map((name) => {
    const scene = SCENES.find((one) => one.name === name);
    if (!scene) throw new InvalidArgumentError(`There is no scene ${name}.`);
    return scene;
  });
}
