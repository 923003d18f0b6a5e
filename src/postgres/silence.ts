/** Watches a query for silence: a server that still works on it may take its time, a connection without a peer may not. */
import { SECOND } from '../time/clock.ts';
import type { ConnectionLimits } from './limits.ts';
import type { Probe } from './probe.ts';

/** What a statement may take on its way, beside its time at the server. */
const ON_THE_WAY = 5 * SECOND;
/** An answer may be under way when the server is asked, so a server that works on nothing is asked once more. */
const SECOND_LOOK = SECOND;

export interface SilenceDeps {
  limits: ConnectionLimits;
  probe: Probe;
  /** Of the connection's backend. */
  processId(): number | null;
  /** Ends the connection. */
  giveUp(reason: string): void;
}

/** Watches one query from now on. @returns a function that ends the watch: the query was answered, or has failed. */
export function watchForSilence({ limits, probe, processId, giveUp }: SilenceDeps): () => void {
  const startedAt = performance.now();
  let over = false;
  let idleSeen = false;

  async function look() {
    const waited = performance.now() - startedAt;
    if (limits.statement > 0 && waited > limits.statement + ON_THE_WAY) {
      return giveUp(`The database gave no answer within ${Math.round(waited / SECOND)} s.`);
    }
    const result = await probe();
    if (over) return;
    if (result === null) return giveUp('The database does not answer.');
    const pid = processId();
    const idle = result.busy !== null && pid !== null && !result.busy.has(pid);
    if (idle && idleSeen) return giveUp('The connection to the database fell silent.');
    idleSeen = idle;
    timer = setTimeout(() => void look(), idle ? SECOND_LOOK : limits.suspect);
  }

  let timer = setTimeout(() => void look(), limits.suspect);
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
