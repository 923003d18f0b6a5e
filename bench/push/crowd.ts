/** The viewers' process, a child of the benchmark: thousands of sockets, opened at a bounded rate, and what each received. */
import { now, serveParent, usage } from '../child.ts';
import { type Audience, createAudience, type Reached } from './audience.ts';
import type { Window } from './changes.ts';
import { openViewer } from './viewer.ts';

interface Gathering {
  url: string;
  query: string;
  /** Viewers are dealt to them in turn; the same each time. */
  windows: Window[];
  /** How many there are to be, those who are there already among them. */
  sockets: number;
  perSecond: number;
  /** How many may be on their way to their snapshot. */
  atOnce: number;
}

export interface Gathered {
  /** From the first socket's beginning to the last snapshot. */
  ms: number;
  /** Of each viewer, from its beginning to its snapshot. */
  times: number[];
}

/** How long the last snapshot may take after the last socket's turn. */
const SNAPSHOT_TIMEOUT = 120_000;

let audiences: Audience[] = [];
let viewers = 0;
const faults: string[] = [];

/** One more viewer. Resolves with the time of its snapshot. */
function join(which: number, { url, query, windows }: Gathering): Promise<number> {
  const [window, audience] = [windows[which], audiences[which]];
  if (!window || !audience) return Promise.reject(new Error('nothing to follow'));
  return new Promise<number>((resolve, reject) => {
    /** The number of its next event; null before its snapshot. */
    let next: number | null = null;
    openViewer(url, {
      fault: (text) => faults.push(text),
      payload(bytes, at) {
        if (next !== null) return audience.receive(next++, bytes, at);
        next = audience.join(bytes);
        resolve(at);
      },
    }).then((viewer) => viewer.subscribe(query, window), reject);
  });
}

async function gather(gathering: Gathering): Promise<Gathered> {
  const { windows, sockets, perSecond, atOnce } = gathering;
  if (viewers === 0) audiences = windows.map(({ eventType }) => createAudience(eventType));
  const missing = sockets - viewers;
  const begun = now();
  const times: number[] = [];
  let last = begun;
  for (let sent = 0; times.length < missing; ) {
    const due = Math.min(missing, ((now() - begun) / 1000) * perSecond, times.length + atOnce);
    for (; sent < due; sent++) {
      const from = now();
      join(viewers++ % windows.length, gathering).then(
        (at) => {
          times.push(at - from);
          last = Math.max(last, at);
        },
        (error) => faults.push(String(error)),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (now() > begun + (missing / perSecond) * 1000 + SNAPSHOT_TIMEOUT || faults.length > 0) {
      throw new Error([`${times.length} of ${missing} viewers have a snapshot`, ...faults].join('\n'));
    }
  }
  return { ms: last - begun, times };
}

const answers = {
  usage,
  gather,
  reached: ({ audience, n }: { audience: number; n: number }): Promise<Reached> | undefined =>
    audiences[audience]?.reached(n),
  check() {
    const verdicts = audiences.map((audience) => audience.check());
    return {
      etags: verdicts.map(({ etag }) => etag),
      faults: [...faults.splice(0), ...verdicts.flatMap((verdict) => verdict.faults)],
    };
  },
};

export type Crowd = typeof answers;

serveParent(answers);
