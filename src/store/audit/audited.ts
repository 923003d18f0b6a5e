/**
 * A change that the audit log records. Its entry is written in the store's transaction that makes the change, so that both are
 * committed together or not at all: in the first that leaves the subject other than it was, or that says by `recordChange` that it
 * is the change although the details of the subject don't show it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Noun, nounOf } from '../../ids.ts';
import type { Store, Tx } from '../client.ts';
import type { PrismaClient } from '../generated/client.ts';
import { type Details, insertAuditEntry, type NewAuditEntry } from './entries.ts';
import { readDetails } from './snapshot.ts';

/** @property subject the id of what is changed; null: it is made by the change, or has no id */
export interface AuditedChange extends Omit<NewAuditEntry, 'before' | 'after'> {
  /** What the change makes; null: nothing. */
  creates: Noun | null;
}

interface Scope {
  /** Writes the entry if this transaction made the change. @returns whether it did */
  beforeCommit(tx: Tx, result: unknown): Promise<boolean>;
  afterCommit(): void;
}

const scopes = new AsyncLocalStorage<Scope>();
/** Changes that are being made. */
let changes = 0;

/** Node follows every promise of the process for as long as a scope is in use: between changes none is. */
async function inScope<T>(scope: Scope, work: () => Promise<T> | T): Promise<T> {
  changes += 1;
  try {
    return await scopes.run(scope, async () => work());
  } finally {
    changes -= 1;
    if (changes === 0) scopes.disable();
  }
}

/** Transactions that are a change whatever the details of its subject say, with what the change makes of them. */
const recorded = new WeakMap<Tx, Details>();

/**
 * Has the entry of the change at hand, if there is one, written when this transaction commits. For transactions whose change the
 * details of the subject don't show, and for the first of a change that takes several, or that reaches beyond the database.
 * @param becomes details that later transactions change
 */
export function recordChange(tx: Tx, becomes: Details = {}): void {
  recorded.set(tx, becomes);
}

/**
 * Does the work as a change of the audit log. What throws, and what answers with a refusal, has no entry unless a part of it was
 * committed. A change whose entry can't be written is not made, and rejects.
 * @param work its transactions on the store are watched. What changes must be in one of them.
 */
export async function audited<T>(
  store: Store,
  { creates, ...change }: AuditedChange,
  work: () => Promise<T> | T,
): Promise<T> {
  const before = change.subject === null ? null : await readDetails(store, change.subject);
  let [written, closed] = [false, false];

  async function write(tx: Tx, subject: string | null, after: Details | null) {
    // What is erased must not live on in the log.
    const erased = after === null && subject !== null && nounOf(subject) === 'Host';
    await insertAuditEntry(tx, { ...change, subject, before: erased ? null : before, after });
  }

  const scope: Scope = {
    async beforeCommit(tx, result) {
      if (written || closed) return false;
      const becomes = recorded.get(tx);
      const subject = change.subject ?? (creates && idIn(result, creates));
      if (subject === null && !becomes) return false;
      const details = subject === null ? null : await readDetails(tx, subject);
      if (!becomes && JSON.stringify(details) === JSON.stringify(before)) return false;
      await write(tx, subject, details && { ...details, ...becomes });
      return true;
    },
    afterCommit() {
      written = true;
    },
  };
  try {
    const result = await inScope(scope, work);
    if (written || isRefusal(result)) return result;
    // Nothing is other than it was: that somebody asked for it is recorded all the same.
    const subject = change.subject ?? (creates && idIn(result, creates));
    await write(store, subject, subject === null ? null : await readDetails(store, subject));
    return result;
  } finally {
    closed = true;
  }
}

/** Outcomes that a caller can act on are answers: then nothing was changed. */
const isRefusal = (result: unknown) => typeof result === 'object' && result !== null && 'refusal' in result;

/** The id of such a thing in what a transaction or a resolver returns: itself, or at most three objects deep. */
function idIn(value: unknown, noun: Noun, depth = 3): string | null {
  if (typeof value === 'string') return nounOf(value) === noun ? value : null;
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { id, ...others } = value as { id?: unknown };
  for (const inner of [id, ...Object.values(others)]) {
    const found = idIn(inner, noun, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

/** Has the transactions of a client write the entries of audited changes. */
export function watchTransactions(client: PrismaClient): PrismaClient {
  const begin = client.$transaction.bind(client);
  async function transaction(work: unknown, options?: object): Promise<unknown> {
    const scope = scopes.getStore();
    if (!scope || typeof work !== 'function') return Reflect.apply(begin, client, [work, options]);
    let wrote = false;
    const result = await Reflect.apply(begin, client, [
      async (tx: Tx) => {
        const returned: unknown = await Reflect.apply(work, undefined, [tx]);
        wrote = await scope.beforeCommit(tx, returned);
        return returned;
      },
      options,
    ]);
    if (wrote) scope.afterCommit();
    return result;
  }
  Object.defineProperty(client, '$transaction', { value: transaction });
  return client;
}
