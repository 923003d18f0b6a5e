/** One request to an address of the configuration, and in words why there was no answer. */
import { createGuardedClient, type GuardedFetch, type GuardedResponse } from '../../net/client.ts';
import { NetError } from '../../net/failure.ts';
import { SECOND } from '../../time/clock.ts';

/** Addresses of the configuration are the operator's own, so private ones are allowed. */
export const reachClient: GuardedFetch = createGuardedClient({ allowPrivate: true });

export interface Unreached {
  /** A clause: its kind and reason. */
  fault: string;
  advice: string;
}

export interface ReachRequest {
  /** Milliseconds for the whole request. */
  limit: number;
  /** Bytes of the answer that are read; absent: its status alone counts. */
  maxBytes?: number;
  /** JSON to post; absent: a GET. */
  json?: string;
  signal: AbortSignal;
}

/** Redirects are not followed. @throws the signal's reason */
export async function reach(
  fetch: GuardedFetch,
  url: string,
  { limit, maxBytes, json, signal }: ReachRequest,
): Promise<GuardedResponse | Unreached> {
  try {
    return await fetch(url, {
      timeout: limit,
      maxBytes: maxBytes ?? 'ignored',
      signal,
      ...(json === undefined
        ? {}
        : { method: 'POST', body: json, headers: { 'content-type': 'application/json' } }),
    });
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
    return describeUnreached(error, new URL(url), limit);
  }
}

/** Errors of certificates and of the handshake, by Node's and OpenSSL's codes. */
const TLS =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO$|HOSTNAME_MISMATCH|INVALID_CA)/;
const NO_NAME = /^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL)/;

function describeUnreached(error: NetError, { hostname, host }: URL, limit: number): Unreached {
  const code = codeOf(error.cause);
  if (error.reason === 'timeout') {
    return {
      fault: `timeout: no answer within ${limit / SECOND} s`,
      advice: 'Look at firewalls, proxies and the routing between this machine and there.',
    };
  }
  if (NO_NAME.test(code)) {
    return {
      fault: `DNS: the name ${hostname} is not known here (${code})`,
      advice: 'Check the name, and the resolver of this machine.',
    };
  }
  if (TLS.test(code)) {
    return {
      fault: `TLS: the certificate or handshake is refused (${code})`,
      advice: 'Renew the certificate, check its name, or name its authority in NODE_EXTRA_CA_CERTS.',
    };
  }
  if (code === 'ECONNREFUSED') {
    return {
      fault: `connection refused: nothing listens at ${host}`,
      advice: 'Start what should listen there, or check host and port.',
    };
  }
  return {
    fault: `connection: ${code || error.message.replace(/\.$/, '')}`,
    advice: 'Look at the network and at firewalls between this machine and there.',
  };
}

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && !('code' in cause)) return codeOf(cause.errors[0]);
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
