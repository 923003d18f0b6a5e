/** The providers' addresses: whether this machine reaches them. Any HTTP answer will do, for nothing is asked as somebody. */
import type { Config } from '../../config.ts';
import type { GuardedFetch } from '../../net/client.ts';
import { type Finding, findingsOf } from './finding.ts';
import { reach } from './reach.ts';

interface Target {
  provider: string;
  variable: keyof Config;
  /** An origin. */
  url: string;
}

/** Addresses that the gateway itself asks; one for each origin. */
function targetsOf(config: Config): Target[] {
  const targets: Target[] = [];
  const add = (provider: string, variable: keyof Config, url: string) => {
    const { origin } = new URL(url);
    if (!targets.some((target) => target.url === origin)) targets.push({ provider, variable, url: origin });
  };
  if (config.GOOGLE_CLIENT_ID) {
    add('Google', 'GOOGLE_API_URL', config.GOOGLE_API_URL);
    add('Google', 'GOOGLE_TOKEN_URL', config.GOOGLE_TOKEN_URL);
  }
  if (config.MICROSOFT_CLIENT_ID) {
    add('Microsoft', 'MICROSOFT_GRAPH_URL', config.MICROSOFT_GRAPH_URL);
    add('Microsoft', 'MICROSOFT_LOGIN_URL', config.MICROSOFT_LOGIN_URL);
  }
  return targets;
}

/** @param options.limit of each request, milliseconds; they run at the same time */
export async function diagnoseProviders(
  config: Config,
  { fetch, limit, signal }: { fetch: GuardedFetch; limit: number; signal: AbortSignal },
): Promise<Finding[]> {
  const { ok, failed } = findingsOf('providers');
  const targets = targetsOf(config);
  if (targets.length === 0) return [ok('neither Google nor Microsoft is configured, so none is asked')];
  return Promise.all(
    targets.map(async ({ provider, variable, url }) => {
      const answer = await reach(fetch, url, { limit, signal });
      return 'fault' in answer
        ? failed(`${provider} at ${url} (${variable}): ${answer.fault}`, answer.advice)
        : ok(`${provider} at ${url} answers`);
    }),
  );
}
