/**
 * `npm run bench -- initial-pull [EVENTS]`: reads a calendar anew from each simulator and commits it, cursor and all.
 * One line per provider: `{provider, events, ms}`; `ms` is the time of one full pull, from the request to the answer.
 */
import { performance } from 'node:perf_hooks';
import { type BenchGateway, type ProviderName, withGateway } from './gateway.ts';

const HOUR = 3_600_000;

export async function benchInitialPull([count = '10000']: string[]) {
  await withGateway(async (gateway) => {
    for (const provider of ['google', 'microsoft'] as const) {
      const ms = Math.round(await pull(gateway, provider, Number(count)));
      process.stdout.write(
        `${JSON.stringify({ name: 'initial pull', provider, events: Number(count), ms })}\n`,
      );
    }
  });
}

/** From the consent page's answer to the calendar being proven, watched and shown. */
async function pull(gateway: BenchGateway, provider: ProviderName, count: number): Promise<number> {
  const { world } = gateway.simulator;
  const from = Math.ceil(Date.now() / HOUR) * HOUR;
  // Within the 180 days ahead, several at a time.
  const step = Math.floor((170 * 24 * HOUR) / count);
  let begun = 0;
  await gateway.connect(provider, `pull-${provider}`, (calendar) => {
    for (let i = 0; i < count; i++) {
      const start = from + i * step;
      world.createEvent(calendar, { title: `Event ${i}`, start, end: start + HOUR });
    }
    begun = performance.now();
  });
  return performance.now() - begun;
}
