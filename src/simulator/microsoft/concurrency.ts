/** Exchange's limit on requests that run at once for one mailbox, in force when a fault says so. */
import type { Answer, Exchange, Refusal } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { Grants } from '../grants.ts';
import { refusal } from './errors.ts';

type Work = () => Promise<Answer | null>;

/** @returns how to do the work of a request, or to refuse it with 429. */
export function createConcurrency({ faults, grants }: { faults: Faults; grants: Grants }) {
  const running = new Map<string, number>();

  function mailboxOf({ path, headers }: Exchange): string | null {
    if (!path.startsWith('/microsoft/graph/')) return null;
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    const named = /\/users\/([^/]+)\//.exec(path)?.[1];
    return grants.byAccess(token)?.person.email ?? (named ? decodeURIComponent(named) : null);
  }

  return async (exchange: Exchange, work: Work): Promise<Answer | null> => {
    const mailbox = mailboxOf(exchange);
    if (mailbox === null) return work();
    const now = running.get(mailbox) ?? 0;
    const limit = faults.lasting('concurrency')[0]?.limit ?? Number.POSITIVE_INFINITY;
    if (now >= limit) throw tooMany();
    running.set(mailbox, now + 1);
    try {
      return await work();
    } finally {
      const left = (running.get(mailbox) ?? 1) - 1;
      if (left > 0) running.set(mailbox, left);
      else running.delete(mailbox);
    }
  };
}

const tooMany = (): Refusal =>
  refusal(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', {
    'retry-after': '1',
  });
