/** The public address: whether a gateway answers there, can write bookings, and belongs to this database. */
import type { GuardedFetch } from '../../net/client.ts';
import type { Store } from '../../store/client.ts';
import { findPublicAddress } from '../../store/rules/public-address.ts';
import { type Finding, findingsOf } from './finding.ts';
import { reach } from './reach.ts';

const MAX_BYTES = 64 * 1024;

export interface PublicUrlOptions {
  fetch: GuardedFetch;
  /** Of each request, milliseconds. */
  limit: number;
  signal: AbortSignal;
}

/** @param url PUBLIC_URL */
export async function diagnosePublicUrl(url: string, options: PublicUrlOptions): Promise<Finding[]> {
  const { ok, warning, failed } = findingsOf('public URL');
  const request = { ...options, maxBytes: MAX_BYTES };
  const health = await reach(options.fetch, `${url}/healthz`, request);
  if ('fault' in health) return [failed(`${url}/healthz: ${health.fault}`, health.advice)];
  if (health.status !== 200 || health.body.toString().trim() !== 'ok') {
    const location = health.headers.get('location');
    const to = location === null ? '' : ` to ${originOf(location, url)}`;
    return [
      failed(
        `${url}/healthz answers ${health.status}${to}, not as a gateway does (200, ok)`,
        'Let PUBLIC_URL lead to the gateway, without a redirect, and the proxy pass on all paths.',
      ),
    ];
  }
  const ready = await reach(options.fetch, `${url}/readyz`, request);
  if (!('fault' in ready) && ready.status === 503) {
    return [
      failed(
        `the gateway at ${url} can write no bookings now: ${ready.body.toString().trim().slice(0, 200)}`,
        'Look at what is found of the database here, and at the log of that gateway.',
      ),
    ];
  }
  if ('fault' in ready || ready.status !== 200) {
    return [
      warning(
        `${url} answers, but not its /readyz: whether bookings can be written was not asked`,
        'Let the proxy pass on /readyz, or ask it at the gateway itself.',
      ),
    ];
  }
  return [ok(`${url} answers, and its gateway can write bookings`)];
}

const originOf = (location: string, base: string) =>
  URL.canParse(location, base) ? new URL(location, base).origin : 'elsewhere';

/** Asks the gateway for an event type of this database, without a key, as a booking page does. */
export async function diagnoseInstallation(
  store: Store,
  url: string,
  options: PublicUrlOptions,
): Promise<Finding[]> {
  const { ok, failed, skipped } = findingsOf('installation');
  const address = await findPublicAddress(store);
  if (!address) return [skipped('the database has no event type to ask the public URL for')];
  const { id, owner, slug } = address;
  const query = 'query ($owner: String!, $slug: String!) { eventType(owner: $owner, slug: $slug) { id } }';
  const answer = await reach(options.fetch, `${url}/graphql`, {
    ...options,
    maxBytes: MAX_BYTES,
    json: JSON.stringify({ query, variables: { owner, slug } }),
  });
  const found = 'fault' in answer || answer.status !== 200 ? undefined : eventTypeOf(answer.body.toString());
  if (found === undefined) return [skipped('the public URL did not say which event types it has')];
  if (found === id) return [ok('the public URL serves this database')];
  return [
    failed(
      `the public URL serves another database: ${owner}/${slug} is not the event type there that it is here`,
      'Let DATABASE_URL (or DATA_DIR) and PUBLIC_URL be those of one installation.',
    ),
  ];
}

/** @returns the id, null for no such event type, undefined for any other answer */
function eventTypeOf(body: string): string | null | undefined {
  try {
    const answer: { data?: { eventType?: { id: string } | null }; errors?: unknown } = JSON.parse(body);
    if (answer.errors !== undefined || answer.data?.eventType === undefined) return undefined;
    return answer.data.eventType?.id ?? null;
  } catch {
    return undefined;
  }
}
