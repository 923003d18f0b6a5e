/** The worker in which the booking page solves a challenge: it is sent one challenge and posts its solution, null for none. */
import { solvePuzzle } from './solve.ts';

addEventListener('message', ({ data }: MessageEvent<string>) => {
  // In a worker, `postMessage` of the global scope goes to the page; the type of a window wants an origin.
  const page: { postMessage(message: unknown): void } = self;
  page.postMessage(solvePuzzle(data));
});
