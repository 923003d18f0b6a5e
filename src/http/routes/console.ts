/** What an operator without a key may know of an installation: whether bookings can be written, and whether workers run. */
import type { ServerResponse } from 'node:http';
import type { WorkersSeen } from '../../store/workers.ts';
import { MINUTE, SECOND } from '../../time/clock.ts';
import { htmlText, sendPage } from './pages.ts';

/**
 * @param missing what keeps bookings from being written; null: nothing
 * @param workers null: not known, as the database wasn't asked yet, or did not answer
 */
export function sendConsole(response: ServerResponse, missing: string | null, workers: WorkersSeen | null) {
  const readiness =
    missing === null ? 'Bookings can be written.' : `Bookings can not be written: ${missing}.`;
  const sentences = [readiness, workersSentence(workers)].map((text) => `<p>${htmlText(text)}</p>`);
  sendPage(
    response,
    200,
    'State of this installation',
    `<main class="page missing"><h1>State of this installation</h1>
${sentences.join('\n')}
<p>All figures are at <code>/metrics</code>; <code>slotwire doctor</code> looks at the rest, and says what to do.</p></main>`,
    { 'cache-control': 'no-store' },
  );
}

function workersSentence(workers: WorkersSeen | null): string {
  if (!workers) return 'Whether workers run is not known: the database was not asked yet, or did not answer.';
  const { count, age } = workers;
  if (count > 0) return count === 1 ? 'One worker runs.' : `${count} workers run.`;
  const since = age === null ? 'No worker was seen' : `No worker was seen for ${durationText(age)}`;
  return `${since}: calendars are not read, and bookings not written, until one runs.`;
}

/** @param ms 40,000: "40 seconds"; 180,000: "3 minutes" */
function durationText(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  if (seconds < 120) return `${seconds} seconds`;
  return `${Math.round(ms / MINUTE)} minutes`;
}
