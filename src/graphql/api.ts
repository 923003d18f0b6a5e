/** The room's front: who asks, what they may, and what the API's fields are resolved with. */
import { BoundedMap } from '../async/bounded-map.ts';
import type { Limiter, Topics } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { defaultOrganisation } from '../store/access/organisations.ts';
import type { Store } from '../store/client.ts';
import { organisationOfEventType } from '../store/rules/event-types.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';
import { createKeyRevocations, type KeyRevocations } from './key-revocations.ts';
import { createLimitStrict } from './limits.ts';
import type { Services } from './services.ts';

/** Event types whose organisation is remembered: it never changes. */
const REMEMBERED = 10_000;

export interface ApiDeps extends Omit<Services, 'keys' | 'limitStrict' | 'limits'> {
  adminToken: string;
  topics: Topics;
  limiter: Limiter;
  metrics: Metrics;
  config: Pick<Config, 'RATE_LIMIT_STRICT' | 'RATE_LIMIT_KEYED' | 'OPERATION_COST' | 'ANSWER_MAX'>;
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
      ...deps,
      keys,
      limitStrict: createLimitStrict({
        ...deps,
        limit: config.RATE_LIMIT_STRICT,
        keyLimit: config.RATE_LIMIT_KEYED,
        organisationOf: createOrganisationOf(store),
      }),
      limits: { cost: config.OPERATION_COST, answer: config.ANSWER_MAX },
    },
    authenticate: createAuthenticate({
      ...{ store, clock, adminToken },
      defaultOrganisation: await defaultOrganisation(store),
    }),
  };
}

function createOrganisationOf(store: Store): (eventType: string) => Promise<string | null> {
  const known = new BoundedMap<string, string>(REMEMBERED);
  return async (eventType) => {
    const found = known.get(eventType) ?? (await organisationOfEventType(store, eventType));
    if (found !== null) known.set(eventType, found);
    return found;
  };
}
