/** The demo as a newcomer starts it, in a process of its own, and a site that embeds one of its pages, for pictures of them. It needs dist. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startEmbeddingSite } from '../e2e/embedding-site.fixture.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';

export interface RunningDemo {
  url: string;
  /** Of the simulators, which show the calendars and what was mailed. */
  simulatorUrl: string;
  /** Of a site with a booking page in a dialog. */
  siteUrl: string;
  close(): Promise<void>;
}

/** How long a busy machine may need until the demo is ready. Milliseconds. */
const READY_LIMIT = 120_000;

/** @throws an error with what the demo said, when it ends instead of being ready */
export async function startDemo(dataDir: string): Promise<RunningDemo> {
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const child = spawn(
    process.execPath,
    ['dist/slotwire.js', 'demo', '--simulator-port', String(simulatorPort)],
    { env: { ...process.env, PORT: String(port), DATA_DIR: dataDir }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const closed = once(child, 'close');
  let [said, hasEnded] = ['', false];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  child.once('close', () => {
    hasEnded = true;
  });
  const close = async () => {
    child.kill('SIGTERM');
    await closed;
  };
  await until(() => hasEnded || said.includes('Slotwire is running.'), READY_LIMIT).catch(async (error) => {
    await close();
    throw error;
  });
  if (hasEnded) throw new Error(`The demo ended:\n${said}`);
  const url = `http://127.0.0.1:${port}`;
  const site = await startEmbeddingSite();
  site.add('/', { body: shop(url) });
  return {
    url,
    simulatorUrl: `http://127.0.0.1:${simulatorPort}`,
    siteUrl: site.originAt('localhost'),
    async close() {
      await site.close();
      await close();
    },
  };
}

const shop = (url: string) => `<meta name="viewport" content="width=device-width">
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { margin: 0 auto; max-width: 46rem; padding: 3rem 1.5rem }
</style>
<h1>Analytical Engines</h1>
<p>Built to your drawings, in brass. Half an hour with Ada tells whether yours can be programmed.</p>
<slotwire-booking owner="ada" slug="intro" mode="popup">Talk to Ada</slotwire-booking>
<script async src="${url}/embed.js"></script>`;
