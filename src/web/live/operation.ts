/** The types that requests and subscriptions share: documents, replies, faults and the transports of a subscription. */

/** A GraphQL document: its text, and the types of its variables and data. A generated document, or a plain string. */
export interface Document<Data, Variables> {
  toString(): string;
  /** The identifier by which the gateway that the page came from knows the document. */
  readonly __meta__?: { readonly documentId?: string } | undefined;
  readonly __apiType?: ((variables: Variables) => Data) | undefined;
}

/** A document, by its text or by its identifier, with its variables: in the form of a GraphQL request. */
export type Operation = ({ readonly query: string } | { readonly documentId: string }) & {
  readonly variables: Record<string, unknown>;
};

/** Why a request or a subscription failed. */
export interface Fault {
  /** The server's `extensions.code`; NETWORK without an answer, PROTOCOL for a bug, CLOSED after the client's close. */
  readonly code: string;
  /** For people; the wording may change. */
  readonly message: string;
  /** Milliseconds to wait at least. When it is set, a retry may succeed, whatever the code. */
  readonly retryAfter?: number;
  /** The part of the input that was refused, when the server names one. */
  readonly field?: string;
}

/** An answer to a request. */
export type Reply<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly fault: Fault };

/** The protocol that carries a subscription. */
export type Transport = 'websocket' | 'sse';

/** Receives the events of one subscription. */
export interface Sink<Data> {
  /** The transport has opened: from now on, no event means that nothing changed. Called at most once, before all else. */
  opened?(over: Transport): void;
  next(data: Data): void;
  /**
   * Called once, and nothing after it.
   * @param fault null when the server completed the subscription.
   * @param retryAfter milliseconds that the server asks clients to wait, whatever the fault; 0 when it named none.
   */
  ended(fault: Fault | null, retryAfter: number): void;
}

/** Opens subscriptions over one transport. After the returned stop the sink is not called any more. */
export interface SubscriptionTransport {
  subscribe<Data>(operation: Operation, sink: Sink<Data>): () => void;
  /** Ends every subscription of this transport with the fault; later ones begin anew. */
  drop(fault: Fault): void;
  /** The same, for good. */
  close(fault: Fault): void;
}

export const NETWORK = 'NETWORK';

/** Any error fails the whole answer, because partial data would show a calendar as it is not. */
export function parseReply<Data>(body: unknown): Reply<Data> {
  const { data, errors } = body as { data?: Data | null; errors?: unknown[] };
  if (errors?.length || data === null || data === undefined)
    return { ok: false, fault: faultFromErrors(errors ?? []) };
  return { ok: true, data };
}

/** The first of the server's errors. */
export function faultFromErrors(errors: readonly unknown[]): Fault {
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

/** The fault for an error that was thrown before an answer came. */
export function faultFromError(cause: unknown): Fault {
  if (cause instanceof FaultError) return cause.fault;
  return { code: NETWORK, message: cause instanceof Error ? cause.message : 'No answer.' };
}

/** Thrown in place of a request that can't succeed, such as one with a credential that the server refused before. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}
