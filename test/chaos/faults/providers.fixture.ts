/** Google and Microsoft out of order: too many requests, errors, refusals that pass, silence. */
import { SECOND } from '../../../src/time/clock.ts';
import { about, type Fault, last } from './fault.fixture.ts';

/** Requests of both for calendars, and none for tokens. */
const CALENDARS = '^/(google/calendar|microsoft/graph)';
const EVER = 1_000_000;

const answering = (
  group: string,
  title: string,
  status: number,
  headers: Record<string, string> = {},
): Fault => ({
  group,
  title,
  async play({ simulator }, random) {
    simulator.faults.add({ kind: 'answer', path: CALENDARS, status, headers, times: EVER });
    await last(about(random, 3 * SECOND));
    simulator.faults.clear();
  },
});

export const tooManyRequests = answering(
  'provider',
  'providers answer 429 with Retry-After: 1 for 3 to 6 s',
  429,
  { 'retry-after': '1' },
);
export const providerErrors = answering('provider', 'providers answer 503 for 3 to 6 s', 503);
export const passingRefusal = answering('refusals', 'providers answer 401 for 3 to 6 s', 401);

export const silenceProvider: Fault = {
  group: 'hangs',
  title: 'all open connections to providers fall silent for good',
  async play({ wires }) {
    wires.provider.silence();
  },
};

export const holdProvider: Fault = {
  group: 'hangs',
  title: 'nothing comes from providers for 5 to 10 s',
  async play({ wires }, random) {
    wires.provider.hold();
    await last(about(random, 5 * SECOND));
    wires.provider.resume();
  },
};
