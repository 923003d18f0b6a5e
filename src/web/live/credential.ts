/** The caller's credential: read anew for each connection, and not sent again once the server has refused it. */
import { type Fault, FaultError } from './operation.ts';

/** The value of the Authorization header, or a function that returns it. */
export type Authorization = string | (() => string | Promise<string>);

export interface Credential {
  /** Null without a credential. Rejects with a FaultError for a value that was refused before, and with the caller's own error. */
  get(): Promise<string | null>;
  /** Notes that the server refused the value. @returns the fault for it, with `retryAfter` where a new value may come. */
  markRefused(value: string | null, fault: Fault): Fault;
}

const REFUSAL_CODES = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

export function createCredential(authorization: Authorization | undefined): Credential {
  let refusedValue: string | null = null;
  return {
    async get() {
      if (typeof authorization !== 'function') return authorization ?? null;
      const value = await authorization();
      if (value === refusedValue)
        throw new FaultError({ code: 'FORBIDDEN', message: 'This credential was refused before.' });
      return value;
    },
    markRefused(value, fault) {
      if (typeof authorization !== 'function' || !REFUSAL_CODES.has(fault.code)) return fault;
      refusedValue = value;
      return { ...fault, retryAfter: fault.retryAfter ?? 0 };
    },
  };
}
