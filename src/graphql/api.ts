/** The room's front: who asks, what they may, and what the API's fields are resolved with. */
import type { Limiter, Topics } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { defaultOrganisation } from '../store/access/organisations.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';
import { createKeyRevocations, type KeyRevocations } from './key-revocations.ts';
import { createLimitStrict } from './limits.ts';
import type { Services } from './services.ts';

export interface ApiDeps extends Omit<Services, 'keys' | 'limitStrict' | 'limits'> {
  adminToken: string;
  topics: Topics;
  limiter: Limiter;
  metrics: Metrics;
  config: Pick<Config, 'RATE_LIMIT_STRICT' | 'OPERATION_COST' | 'ANSWER_MAX'>;
  log: Log;
}

export interface Api {
  services: Services;
  authenticate: Authenticate;
  keys: KeyRevocations;
}

export async function createApi({ adminToken, config, ...deps }: ApiDeps): Promise<Api> {
  const { store, clock } = deps;
  const keys = createKeyRevocations(deps);
  return {
    keys,
    services: {
      ...{ ...deps, keys },
      limitStrict: createLimitStrict({ ...deps, limit: config.RATE_LIMIT_STRICT }),
      limits: { cost: config.OPERATION_COST, answer: config.ANSWER_MAX },
    },
    authenticate: createAuthenticate({
      ...{ store, clock, adminToken },
      defaultOrganisation: await defaultOrganisation(store),
    }),
  };
}
