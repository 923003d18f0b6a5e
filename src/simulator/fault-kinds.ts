/** The faults that the simulator can be set to, as plain data, the same in code and over HTTP. */
import { z } from 'zod';

/** Faults that last until they are turned off or all faults are cleared. */
const lastingSchemas = [
  /** Each item of a round is listed twice: first in an older state, where it had one. */
  lasting('repeat-items', {}),
  /** Change tracking at Microsoft lists occurrences, but not the master that they belong to. */
  lasting('no-masters', {}),
  /** Microsoft names a custom zone as the original zone of events. */
  lasting('custom-zones', {}),
  /** Google's `sync` message is answered before the watch request is. */
  lasting('early-sync', {}),
  /** The conference of an event is made only when the fault ends, or (`failure`) not at all. */
  lasting('conferences', { effect: z.enum(['pending', 'failure']).default('pending') }),
  /** Google grants watch channels at most this many seconds. */
  lasting('channel-life', { seconds: z.int().positive().default(60) }),
  /** Microsoft refuses more concurrent requests than this for the same mailbox. */
  lasting('concurrency', { limit: z.int().positive().default(4) }),
  /** Free and busy times of one calendar (Google) or mailbox (Microsoft) fail inside a successful response. */
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
    /** How many requests the fault applies to. */
    times: z.int().positive().default(1),
    /** How many matching requests pass first. */
    after: z.int().nonnegative().default(0),
    /** Milliseconds before the response. */
    delay: z.int().nonnegative().default(0),
    /** Absent: the request is only delayed. */
    status: z.int().min(200).max(599).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.unknown().optional(),
    /** With `status` or `cut`: the request is carried out, and only its own response is lost. */
    applied: z.boolean().default(false),
    /** The connection ends without a response. */
    cut: z.boolean().default(false),
  }),
  /** Sync tokens and delta links of the calendar have expired. */
  z.object({
    kind: z.literal('expire-cursors'),
    calendar: z.string(),
    /** Microsoft's status for an expired link; Google's is always 410. The last fault counts. */
    status: z.union([z.literal(410), z.literal(400)]).default(410),
  }),
  /** No list page holds more items than this; null ends the fault. */
  z.object({ kind: z.literal('page-size'), size: z.int().positive().nullable() }),
  /** Each round of events begins with this many empty pages. */
  z.object({ kind: z.literal('empty-pages'), count: z.int().nonnegative() }),
  z.object({
    kind: z.literal('notifications'),
    /**
     * `delay`: the notification is sent this much later, by the simulator's clock. `late`: the response to its first attempt
     * counts as if it had taken this long. `wrong-token` and `unknown-channel`: the notification carries a forged one.
     */
    effect: z.enum(['drop', 'delay', 'duplicate', 'late', 'wrong-token', 'unknown-channel']),
    times: z.int().positive().default(1),
    /** Milliseconds, for `delay` and `late`. */
    delay: z.int().nonnegative().default(0),
  }),
  /**
   * Later rounds list of a series not each removed instance, but only the master that changed (Microsoft) or was deleted
   * (both). Undocumented either way.
   */
  z.object({ kind: z.literal('terse-series'), terse: z.boolean().default(true) }),
  /** How Microsoft treats `transactionId`; the last fault counts. */
  z.object({
    kind: z.literal('transactions'),
    /** Change tracking lists it. */
    listed: z.boolean().default(true),
    /** A repeated id returns the event that it created, or is refused, also when that event is deleted. */
    repeated: z.enum(['first', 'refused']).default('first'),
  }),
  /** The access of service account and application from now on; tokens that were issued stay valid until they expire. */
  z.object({
    kind: z.literal('tenant'),
    /** People whose calendars they can reach; null: everyone's. */
    people: z.array(z.string()).nullable().default(null),
    /** The application may read users, not only their calendars. */
    directory: z.boolean().default(true),
  }),
  /** All grants of the person are revoked. */
  z.object({ kind: z.literal('revoke'), person: z.string() }),
  /** All access tokens of the person expire; refresh tokens still work. */
  z.object({ kind: z.literal('expire-access'), person: z.string() }),
]);

export type SimulatedFault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;
export type LastingFault = z.infer<(typeof lastingSchemas)[number]>;
export type AnswerFault = Extract<SimulatedFault, { kind: 'answer' }>;
export type NotificationFault = Extract<SimulatedFault, { kind: 'notifications' }>;
export type TenantFault = Extract<SimulatedFault, { kind: 'tenant' }>;
export type TransactionsFault = Extract<SimulatedFault, { kind: 'transactions' }>;
