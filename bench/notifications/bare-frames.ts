/** The least that lies between a notification and an open page: a bare server stores it in one statement and sends a line to its reader. */
import { now, startChild } from '../child.ts';
import type { BareReceiver } from './bare.ts';

/** Milliseconds after which a line that doesn't come is a fault of the benchmark. */
const LONGEST = 20_000;

export interface BareFrames {
  /** Sends one notification. @returns milliseconds until its line has come */
  measure(): Promise<number>;
  end(): Promise<void>;
}

/** @param databaseUrl the gateway's own database: both wait for the same disk */
export async function startBareFrames(databaseUrl: string): Promise<BareFrames> {
  const bare = await startChild<BareReceiver>('notifications/bare.ts');
  const closing = new AbortController();
  try {
    await bare.ask('storeIn', databaseUrl);
    const url = await bare.ask('url');
    const { body } = await fetch(url, { signal: closing.signal });
    const lines = body?.getReader();
    if (!lines) throw new Error('the bare server sends no lines');
    return {
      async measure() {
        const begun = now();
        const sent = fetch(url, { method: 'POST', signal: AbortSignal.timeout(LONGEST) });
        const [at] = await Promise.all([lines.read().then(() => now()), sent.then(checkStored)]);
        return at - begun;
      },
      async end() {
        closing.abort();
        await bare.end();
      },
    };
  } catch (error) {
    await bare.end();
    throw error;
  }
}

async function checkStored(response: Response): Promise<void> {
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the bare server stored nothing: ${response.status}`);
}
