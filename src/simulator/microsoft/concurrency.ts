/** Exchange's limit on concurrent requests for one mailbox, active while a fault sets it. */

import type { Faults } from '../faults.ts';
import type { Grants } from '../grants.ts';
import type { HttpError, SimulatedRequest, SimulatedResponse } from '../http.ts';
import { apiError } from './errors.ts';

type Work = () => Promise<SimulatedResponse | null>;

/** @returns a function that runs the work of a request, or refuses it with 429. */
export function createConcurrencyLimiter({ faults, grants }: { faults: Faults; grants: Grants }) {
  const running = new Map<string, number>();

  function mailboxOf({ path, headers }: SimulatedRequest): string | null {
    if (!path.startsWith('/microsoft/graph/')) return null;
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    const named = /\/users\/([^/]+)\//.exec(path)?.[1];
    return grants.byAccess(token)?.person.email ?? (named ? decodeURIComponent(named) : null);
  }

  return async (request: SimulatedRequest, work: Work): Promise<SimulatedResponse | null> => {
    const mailbox = mailboxOf(request);
    if (mailbox === null) return work();
    const now = running.get(mailbox) ?? 0;
    const limit = faults.lasting('concurrency')[0]?.limit ?? Number.POSITIVE_INFINITY;
    if (now >= limit) throw tooManyRequests();
    running.set(mailbox, now + 1);
    try {
      return await work();
    } finally {
      const remaining = (running.get(mailbox) ?? 1) - 1;
      if (remaining > 0) running.set(mailbox, remaining);
      else running.delete(mailbox);
    }
  };
}

const tooManyRequests = (): HttpError =>
  apiError(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', {
    'retry-after': '1',
  });
