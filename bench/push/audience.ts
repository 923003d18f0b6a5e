/**
 * All viewers of one event type: who received which change when, and whether each one received all, in order. Bytes are
 * kept once and compared as they come; they are read only when the measuring is over.
 */
import { now } from '../child.ts';

/** How long the last viewer may take. */
const REACH_TIMEOUT = 30_000;

interface BroadcastEvent {
  /** As the first viewer got it. */
  payload: Buffer;
  /** What was not the same, byte for byte. */
  others: Buffer[];
  /** How many there were when it came. */
  viewers: number;
  receivers: number;
  last: number;
}

export interface Reached {
  viewers: number;
  receivers: number;
  /** When the last of them had it, by the machine's clock. */
  last: number;
}

export interface Verdict {
  /** That the last event led to; null when viewers began from different ones. */
  etag: string | null;
  faults: string[];
}

export type Audience = ReturnType<typeof createAudience>;

export function createAudience(eventType: string) {
  let viewers = 0;
  /** Etags of snapshots, by how many events had been before them. */
  const snapshotEtags: Set<string>[] = [];
  const events: BroadcastEvent[] = [];
  const waiting = new Map<number, () => void>();
  const faults: string[] = [];

  return {
    /** One more viewer, and its first payload. @returns the number of its first event */
    join(payload: Buffer): number {
      viewers++;
      const head = payload.toString('latin1', 0, 300);
      const etag = /"AvailabilitySnapshot","etag":"([^"]+)"/.exec(head)?.[1];
      const next = events.length;
      const etags = snapshotEtags[next] ?? new Set();
      snapshotEtags[next] = etags;
      if (etag) etags.add(etag);
      else faults.push(`${eventType} began with ${head}`);
      return next;
    },

    /** The n-th event, counted from 0, came to one viewer. */
    receive(n: number, payload: Buffer, at: number) {
      const event = events[n];
      if (!event) events[n] = { payload: Buffer.from(payload), others: [], viewers, receivers: 1, last: at };
      else {
        if (!event.payload.equals(payload)) event.others.push(Buffer.from(payload));
        event.receivers++;
        event.last = at;
      }
      if (events[n]?.receivers === viewers) waiting.get(n)?.();
    },

    /** Resolves once all viewers have the n-th event, or the time limit is over. */
    async reached(n: number): Promise<Reached> {
      if ((events[n]?.receivers ?? 0) < viewers) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, REACH_TIMEOUT);
          waiting.set(n, () => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
      return { viewers, receivers: events[n]?.receivers ?? 0, last: events[n]?.last ?? now() };
    },

    check(): Verdict {
      let [etag = null] = snapshotEtags[0] ?? [];
      const checkSnapshots = (n: number) => {
        for (const other of snapshotEtags[n] ?? []) {
          if (other !== etag) faults.push(`${eventType}, snapshot after ${n} events: ${other}, not ${etag}`);
        }
      };
      for (const [n, event] of events.entries()) {
        checkSnapshots(n);
        const which = `${eventType}, event ${n}`;
        if (!event) {
          faults.push(`${which} reached nobody`);
          continue;
        }
        const { payload, others, receivers } = event;
        if (receivers !== event.viewers)
          faults.push(`${which} reached ${receivers} of ${event.viewers} viewers`);
        const delta = read(payload);
        if (delta?.fromEtag !== etag) faults.push(`${which} is not from ${etag}: ${payload}`);
        const content = contentOf(payload);
        const different = others.find((other) => contentOf(other) !== content);
        if (different) faults.push(`${which} is not what another viewer received: ${different}`);
        etag = delta?.etag ?? null;
      }
      checkSnapshots(events.length);
      return { etag, faults: faults.splice(0) };
    },
  };
}

interface Delta {
  fromEtag: string;
  etag: string;
  /** Two makings of one answer may differ in this alone. */
  computedAt?: string;
}

function read(payload: Buffer): Delta | null {
  const { data } = JSON.parse(payload.toString()) as { data?: { availability?: Delta } };
  return data?.availability ?? null;
}

const contentOf = (payload: Buffer) => JSON.stringify({ ...read(payload), computedAt: null });
