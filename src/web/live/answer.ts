/** What the server says, and why it says nothing: the words that requests and subscriptions share. */

/** A document: its text, and the types of what it takes and gives. A generated one, or a plain string. */
export interface Document<Data, Variables> {
  toString(): string;
  readonly __apiType?: ((variables: Variables) => Data) | undefined;
}

/** A document with its variables, as it is sent. */
export interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Why a request or a subscription failed. */
export interface Fault {
  /** The server's `extensions.code`; NETWORK when none came, PROTOCOL for a bug, CLOSED after the client's close. */
  readonly code: string;
  /** For people; may change. */
  readonly message: string;
  /** Milliseconds to wait at least. Set, it also says that another try may do better, whatever the code. */
  readonly retryAfter?: number;
  /** The part of the input that was refused, when the server names one. */
  readonly field?: string;
}

/** An answer to a request. */
export type Reply<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly fault: Fault };

/** What carries a subscription. */
export type Transport = 'websocket' | 'sse';

/** Hears a subscription. */
export interface Sink<Data> {
  /** The subscription is carried: from now on silence says that nothing changed. At most once, before all else. */
  opened?(over: Transport): void;
  next(data: Data): void;
  /**
   * Once, and nothing after it. Null: the server completed it.
   * @param wait Milliseconds that the server wishes to be left alone, whatever the fault; 0 when it said nothing.
   */
  ended(fault: Fault | null, wait: number): void;
}

/** A way to the server. After the returned stop nothing more is told. */
export interface Carrier {
  subscribe<Data>(operation: Operation, sink: Sink<Data>): () => void;
  /** Ends all that it carries. */
  close(fault: Fault): void;
}

export const NETWORK = 'NETWORK';

/** Any error fails the whole answer: half an answer would show a calendar as it is not. */
export function readReply<Data>(body: unknown): Reply<Data> {
  const { data, errors } = body as { data?: Data | null; errors?: unknown[] };
  if (errors?.length || data === null || data === undefined)
    return { ok: false, fault: faultOf(errors ?? []) };
  return { ok: true, data };
}

/** The first of the server's errors. */
export function faultOf(errors: readonly unknown[]): Fault {
  const first = errors[0] as
    | { message?: string; extensions?: { code?: string; retryAfter?: number; field?: string } }
    | undefined;
  const { code = NETWORK, retryAfter: seconds, field } = first?.extensions ?? {};
  return {
    code,
    message: first?.message ?? 'The connection ended.',
    ...(typeof seconds === 'number' ? { retryAfter: seconds * 1_000 } : {}),
    ...(typeof field === 'string' ? { field } : {}),
  };
}

/** For what was thrown on the way to the server. */
export function faultOfError(cause: unknown): Fault {
  if (cause instanceof Refusal) return cause.fault;
  return { code: NETWORK, message: cause instanceof Error ? cause.message : 'No answer.' };
}

/** Thrown where asking the server makes no sense. */
export class Refusal extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}
