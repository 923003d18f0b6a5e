/** Viewers who come back, as pages do, once the gateway that they watched is gone: a process of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, backoffDelay } from '../../src/async/backoff.ts';
import { now, serveParent } from '../child.ts';
import type { Window } from './changes.ts';
import { openViewer } from './viewer.ts';

interface Coming {
  /** Of the gateway that is watched first, and of the one that is there after it. */
  urls: [string, string];
  query: string;
  window: Window;
  viewers: number;
  perSecond: number;
}

export interface Returned {
  viewers: number;
  /** Those whose first event led on from what they held. */
  resumed: number;
  /** From the death of the first gateway to the event with the newest etag, of each viewer. Milliseconds. */
  times: number[];
}

/** As a page's. */
const RETRY: Backoff = { first: 500, max: 30_000, jitter: 1 };
const LONGEST = 120_000;
const ETAG = /"etag":"([^"]+)"/;

/** What each viewer holds. */
const held: string[] = [];
/** Of each viewer who is back: since when it holds that, and whether its first event led on from what it had held. */
const back = new Map<number, { at: number; resumed: boolean }>();
const faults: string[] = [];
let coming: Coming;

/** @param attempt 0: the first gateway; then how often the viewer tried to come back */
async function watch(viewer: number, attempt: number, ready: () => void): Promise<void> {
  const [first, second] = coming.urls;
  if (attempt > 0) await pause(backoffDelay(RETRY, attempt - 1));
  const socket = openViewer(attempt === 0 ? first : second, {
    fault: (text) => faults.push(text),
    closed: () => void watch(viewer, attempt + 1, () => {}),
    payload(bytes, at) {
      const head = bytes.toString('latin1', 0, 400);
      held[viewer] = ETAG.exec(head)?.[1] ?? '';
      const resumed = back.get(viewer)?.resumed ?? head.includes('AvailabilityDelta');
      if (attempt > 0) back.set(viewer, { at, resumed });
      ready();
    },
  });
  (await socket).subscribe(coming.query, coming.window, held[viewer]);
}

const answers = {
  async come(all: Coming): Promise<void> {
    coming = all;
    const begun = now();
    let ready = 0;
    for (let i = 0; i < all.viewers; ) {
      const due = Math.min(all.viewers, ((now() - begun) / 1_000) * all.perSecond, ready + 200);
      for (; i < due; i++) void watch(i, 0, () => void ready++);
      await pause(5);
      if (now() - begun > LONGEST) throw new Error(`${ready} of ${all.viewers} viewers have a snapshot`);
    }
    while (ready < all.viewers && now() - begun < LONGEST) await pause(20);
  },

  /** Resolves when all are back and hold `etag`. @param since the first gateway's death, by the machine's clock */
  async returned({ etag, since }: { etag: string; since: number }): Promise<Returned> {
    const all = held.map((_, viewer) => viewer);
    const isCurrent = (viewer: number) => back.has(viewer) && held[viewer] === etag;
    while (!all.every(isCurrent) && now() - since < LONGEST) await pause(20);
    const current = all.filter(isCurrent).flatMap((viewer) => back.get(viewer) ?? []);
    const resumed = current.filter((each) => each.resumed).length;
    return { viewers: held.length, resumed, times: current.map(({ at }) => at - since) };
  },
  faults: () => faults.splice(0),
};

export type Returners = typeof answers;

serveParent(answers);
