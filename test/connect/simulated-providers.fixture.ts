/** Both providers, as they are offered when the environment points at the simulators. */
import { createProviders } from '../../src/providers/registry.ts';
import { environmentOf } from '../../src/simulator/environment.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

export const simulatedProviders = (simulator: Pick<Simulator, 'google' | 'microsoft'>) =>
  createProviders({
    ...environmentOf(simulator),
    MICROSOFT_TENANT: 'common',
    MICROSOFT_EVENT_GRID: undefined,
  });
