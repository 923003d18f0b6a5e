/** Each fault as plain data, the same over HTTP. */
import { z } from 'zod';

/** In force until it is set off or all are cleared. */
const lastingSchemas = [
  /** Each item of a round comes twice: first in an older state, where it had one. */
  lasting('repeat-items', {}),
  /** Change tracking at Microsoft tells occurrences, but not the master that they belong to. */
  lasting('no-masters', {}),
  /** Microsoft tells a zone of its own making as the one that events were made in. */
  lasting('custom-zones', {}),
  /** Google's `sync` message is answered before the watch request is. */
  lasting('early-sync', {}),
  /** Google grants watch channels no more than so many seconds. */
  lasting('channel-life', { seconds: z.int().positive().default(60) }),
  /** Microsoft refuses what would be one more request at once for the same mailbox. */
  lasting('concurrency', { limit: z.int().positive().default(4) }),
  /** Free and busy times of one calendar (Google) or mailbox (Microsoft) fail inside an answer that is well. */
  lasting('free-busy', { of: z.string(), reason: z.string().default('internalError') }),
] as const;

function lasting<K extends string, S extends z.ZodRawShape>(kind: K, shape: S) {
  return z.object({ kind: z.literal(kind), on: z.boolean().default(true), ...shape });
}

export const faultSchema = z.discriminatedUnion('kind', [
  ...lastingSchemas,
  z.object({
    kind: z.literal('answer'),
    /** Regular expression on the path, as in `/events$`. */
    path: z.string(),
    method: z.string().optional(),
    /** How many requests it meets. */
    times: z.int().positive().default(1),
    /** How many matching requests it lets pass first. */
    after: z.int().nonnegative().default(0),
    /** Milliseconds before the answer. */
    delay: z.int().nonnegative().default(0),
    /** Absent: the request is only delayed. */
    status: z.int().min(200).max(599).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.unknown().optional(),
    /** With `status` or `cut`: the request is carried out, only its own answer is lost. */
    applied: z.boolean().default(false),
    /** The connection ends without an answer. */
    cut: z.boolean().default(false),
  }),
  /** Sync tokens and delta links of the calendar have expired. */
  z.object({
    kind: z.literal('expire-cursors'),
    calendar: z.string(),
    /** Microsoft's answer to it; Google's is always 410. The last one counts. */
    status: z.union([z.literal(410), z.literal(400)]).default(410),
  }),
  /** No list page holds more items than this; null ends it. */
  z.object({ kind: z.literal('page-size'), size: z.int().positive().nullable() }),
  /** Each round of events begins with so many empty pages. */
  z.object({ kind: z.literal('empty-pages'), count: z.int().nonnegative() }),
  z.object({
    kind: z.literal('notifications'),
    /**
     * `delay`: it leaves so much later, by the simulator's clock. `late`: the answer to its first attempt counts as if it had
     * taken so long. `wrong-token` and `unknown-channel`: that is what it says instead of the truth.
     */
    effect: z.enum(['drop', 'delay', 'duplicate', 'late', 'wrong-token', 'unknown-channel']),
    times: z.int().positive().default(1),
    /** Milliseconds, for `delay` and `late`. */
    delay: z.int().nonnegative().default(0),
  }),
  /**
   * What later rounds say of a series: not each lost instance, but only the master that changed (Microsoft) or is gone
   * (both). Undocumented either way.
   */
  z.object({ kind: z.literal('terse-series'), terse: z.boolean().default(true) }),
  /** What Microsoft makes of `transactionId`; the last one counts. */
  z.object({
    kind: z.literal('transactions'),
    /** Whether change tracking tells it. */
    told: z.boolean().default(true),
    /** A repeated one brings the event that it made, or is refused, also when that event is deleted. */
    repeated: z.enum(['first', 'refused']).default('first'),
  }),
  /** What service account and application may do from here on; tokens that are out go on until they end. */
  z.object({
    kind: z.literal('tenant'),
    /** Whose calendars they reach; null: everyone's. */
    people: z.array(z.string()).nullable().default(null),
    /** May the application read users, not only their calendars? */
    directory: z.boolean().default(true),
  }),
  /** The person's grants are worth nothing from here on. */
  z.object({ kind: z.literal('revoke'), person: z.string() }),
  /** Access tokens of the person have expired; refresh tokens still work. */
  z.object({ kind: z.literal('expire-access'), person: z.string() }),
]);

export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;
export type LastingFault = z.infer<(typeof lastingSchemas)[number]>;
export type AnswerFault = Extract<Fault, { kind: 'answer' }>;
export type NotificationFault = Extract<Fault, { kind: 'notifications' }>;
export type TenantFault = Extract<Fault, { kind: 'tenant' }>;
export type Transactions = Extract<Fault, { kind: 'transactions' }>;
