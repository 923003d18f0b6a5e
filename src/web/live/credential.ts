/** The caller's credential: asked anew for each connection, and not offered again once it was refused. */
import { type Fault, Refusal } from './answer.ts';

/** The value of the Authorization header, or what gives it. */
export type Authorization = string | (() => string | Promise<string>);

export interface Credential {
  /** Null: there is none. Rejects with a Refusal for what was refused before, and with whatever the caller's function threw. */
  ask(): Promise<string | null>;
  /** The fault to tell after `said` was refused: one to try again after, when another credential may come. */
  refused(said: string | null, fault: Fault): Fault;
}

const REFUSED = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

export function createCredential(authorization: Authorization | undefined): Credential {
  let worthless: string | null = null;
  return {
    async ask() {
      if (typeof authorization !== 'function') return authorization ?? null;
      const said = await authorization();
      if (said === worthless)
        throw new Refusal({ code: 'FORBIDDEN', message: 'This credential was refused before.' });
      return said;
    },
    refused(said, fault) {
      if (typeof authorization !== 'function' || !REFUSED.has(fault.code)) return fault;
      worthless = said;
      return { ...fault, retryAfter: fault.retryAfter ?? 0 };
    },
  };
}
