/** Every fault of a chaos run. */
import { gatewaySkew, workerAhead, workerBehind, workerSteps } from './clocks.fixture.ts';
import {
  endBackends,
  failOver,
  holdDatabase,
  killBackend,
  resetDatabase,
  restartDatabase,
  silenceDatabase,
} from './database.fixture.ts';
import type { Fault } from './fault.fixture.ts';
import { wrongKey } from './keys.fixture.ts';
import { freezeGateway, freezeWorker, killGateway, killWorker, stopInSilence } from './processes.fixture.ts';
import {
  holdProvider,
  passingRefusal,
  providerErrors,
  silenceProvider,
  tooManyRequests,
} from './providers.fixture.ts';
import { flushRedis, freezeRedis, loseRedis, resetRedis, silenceRedis } from './redis.fixture.ts';

export const FAULTS: readonly Fault[] = [
  killGateway,
  killWorker,
  endBackends,
  killBackend,
  resetDatabase,
  resetRedis,
  silenceDatabase,
  holdDatabase,
  silenceRedis,
  freezeGateway,
  freezeWorker,
  restartDatabase,
  failOver,
  flushRedis,
  loseRedis,
  freezeRedis,
  tooManyRequests,
  providerErrors,
  passingRefusal,
  silenceProvider,
  holdProvider,
  stopInSilence,
  workerAhead,
  workerBehind,
  workerSteps,
  gatewaySkew,
  wrongKey,
];

/** What `--only` takes. */
export const GROUPS: readonly string[] = [...new Set(FAULTS.map(({ group }) => group))];
