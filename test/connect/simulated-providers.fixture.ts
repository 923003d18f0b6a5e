/** Both providers, as they are offered when the environment points at the simulators. */
import { createProviders } from '../../src/providers/registry.ts';
import { gatewayEnvironment } from '../../src/simulator/environment.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

export const simulatedProviders = (simulator: Pick<Simulator, 'google' | 'microsoft'>) =>
  createProviders({
    ...gatewayEnvironment(simulator),
    MICROSOFT_TENANT: 'common',
    MICROSOFT_EVENT_GRID: undefined,
  });
